// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// What a list dialog brought from the store, until it is woken or ends.
struct DialogRestoration {
    /// A stored state; its handles are counted.
    struct State {
        var state: RLSStoredState.AuthState
        var reason: ByteHandle
        var contentType: ByteHandle
        var body: ByteHandle
    }

    /// The last run ended in order: the stored states are what the watcher saw.
    let isClean: Bool
    /// By resource URI.
    var states: [String: State] = [:]
    /// How often the list could not be had.
    private var failures = 0
    /// Not to be woken before.
    private(set) var due = RLSInstant.zero

    init(isClean: Bool) {
        self.isClean = isClean
    }

    /// The list could not be had, or not be stored: later, and each time a longer while later.
    mutating func postpone(retryAfter: Duration?, now: RLSInstant) {
        self.failures += 1
        let pause = Duration.seconds(min(300, 5 << min(self.failures, 6)))
        self.due = now.advanced(by: retryAfter ?? pause)
    }
}
