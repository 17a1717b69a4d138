// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// Whether the server serves, and how many SUBSCRIBEs and list changes it is handling.
final class Lifecycle: Sendable {
    enum Phase: Sendable, Hashable {
        /// `run()` has not been called.
        case idle
        /// Records are being read from the store.
        case loading
        case serving
        /// Ends in order: nothing new is begun, what is being handled is finished.
        case draining(RLSShutdown)
        case stopped
    }

    private struct State {
        var phase = Phase.idle
        var handled = 0
        var shutdown: (mode: RLSShutdown, limit: Duration)?
    }

    private let state = Locked(State())
    private let quiet = Signal()
    private let loaded = Gate()
    /// An orderly end has been asked for.
    let shutdownSignal = Signal()

    var phase: Phase { self.state.withLock { $0.phase } }

    /// Engines do nothing while their dialogs are being loaded: loading sends nothing.
    var runsEngines: Bool {
        switch self.phase {
        case .serving, .draining: true
        case .idle, .loading, .stopped: false
        }
    }

    /// - Returns: false when the server runs or has run.
    func start() -> Bool {
        self.state.withLock { state in
            guard state.phase == .idle else { return false }
            state.phase = .loading
            return true
        }
    }

    func change(to phase: Phase) {
        self.state.withLock { $0.phase = phase }
        switch phase {
        case .idle, .loading: break
        case .serving, .draining, .stopped: self.loaded.open()
        }
    }

    /// Waits until loading has ended, or the task is cancelled.
    ///
    /// - Returns: whether the server serves.
    func untilServing() async -> Bool {
        await self.loaded.wait()
        return self.phase == .serving
    }

    /// - Parameter isNew: it would begin a list subscription; otherwise it concerns one that exists.
    /// - Returns: false when it has to be refused; otherwise ``leave()`` must follow.
    func enter(isNew: Bool) -> Bool {
        self.state.withLock { state in
            switch state.phase {
            case .serving:
                break
            case .draining(.endDialogs) where !isNew:
                break
            case .idle, .loading, .draining, .stopped:
                return false
            }
            state.handled += 1
            return true
        }
    }

    func leave() {
        let isQuiet = self.state.withLock { state in
            state.handled -= 1
            return state.handled == 0
        }
        if isQuiet {
            self.quiet.set()
        }
    }

    /// Waits until nothing is being handled, or the task is cancelled.
    func untilQuiet() async {
        while !Task.isCancelled, self.state.withLock({ $0.handled > 0 }) {
            await self.quiet.wait()
        }
    }

    /// The first request counts.
    func requestShutdown(_ mode: RLSShutdown, within limit: Duration) {
        self.state.withLock { state in
            state.shutdown = state.shutdown ?? (mode, limit)
        }
        self.shutdownSignal.set()
    }

    var requestedShutdown: (mode: RLSShutdown, limit: Duration)? {
        self.state.withLock { $0.shutdown }
    }
}
