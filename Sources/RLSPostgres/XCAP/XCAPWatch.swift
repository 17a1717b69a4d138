// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import ResourceListServer
internal import SIPMessage

/// Notices changes of documents, on a thread of its own as long as somebody listens.
final class XCAPWatch: Sendable {
    /// Users whose documents were asked for; with more than this everything is looked at again when something changed.
    static let maxUsers = 100_000
    /// How long the thread waits at most before it looks whether it is still wanted.
    static let slice = Duration.milliseconds(250)

    struct State: Sendable {
        var listeners: [UInt64: AsyncStream<RLSListChange>.Continuation] = [:]
        var lastListener: UInt64 = 0
        var users: Set<XCAPUserKey> = []
        var isRunning = false
        var isStopped = false
    }

    private let configuration: OpenXCAPConfiguration
    private let state = Monitor(State())

    init(_ configuration: OpenXCAPConfiguration) {
        self.configuration = configuration
    }

    /// Documents of this user are of interest.
    func add(_ key: XCAPDocumentKey) {
        self.state.withLock { state in
            guard state.users.count < Self.maxUsers else { return }
            state.users.insert(XCAPUserKey(username: key.username, domain: key.domain))
        }
    }

    func makeChanges() -> AsyncStream<RLSListChange> {
        // Hints, of which the newest count: with more than these waiting the listener has to look at everything.
        let (stream, continuation) = AsyncStream.makeStream(
            of: RLSListChange.self,
            bufferingPolicy: .bufferingNewest(10_000)
        )
        let (isStopped, isFirst, id) = self.state.withLock { state -> (Bool, Bool, UInt64) in
            guard !state.isStopped else { return (true, false, 0) }
            state.lastListener &+= 1
            state.listeners[state.lastListener] = continuation
            defer { state.isRunning = true }
            return (false, !state.isRunning, state.lastListener)
        }
        guard !isStopped else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.listeners[id] = nil }
        }
        if isFirst {
            OwnThread.start { [self] in self.run() }
        }
        return stream
    }

    func stop() {
        let listeners = self.state.withLock { state in
            state.isStopped = true
            defer { state.listeners = [:] }
            return state.listeners.values.map { $0 }
        }
        for listener in listeners {
            listener.finish()
        }
    }

    /// The thread ends when nobody listens any more.
    private var isWanted: Bool {
        self.state.withLock { state in
            state.isRunning = !state.isStopped && !state.listeners.isEmpty
            return state.isRunning
        }
    }

    func send(_ change: RLSListChange) {
        let listeners = self.state.withLock { $0.listeners.values.map { $0 } }
        for listener in listeners {
            if case .dropped = listener.yield(change) {
                // What was dropped is unknown.
                listener.yield(.everything)
            }
        }
    }

    private func run() {
        let worker = WorkerConnection(self.configuration.connectionOptions)
        let table = XCAPTable(self.configuration.table)
        var wasLost = false
        while self.isWanted {
            do {
                // Repeatable would hide that the connection was lost, and with it notifications.
                try worker.perform(isRepeatable: { false }, tablesChanged: {}) { connection in
                    let session = XCAPWatchSession(connection, table, self.configuration.pollInterval)
                    try session.begin()
                    if wasLost {
                        self.send(.everything)
                    }
                    wasLost = true
                    while self.isWanted {
                        let users = self.state.withLock { $0.users }
                        for change in try session.changes(of: users, within: Self.slice) {
                            self.send(change)
                        }
                    }
                }
                // Nobody listens; who comes now starts another thread.
                return
            } catch {
                wasLost = true
                self.pause()
            }
        }
    }

    private func pause() {
        OwnThread.sleep(milliseconds: Deadline(in: Self.slice).milliseconds)
    }
}
#endif
