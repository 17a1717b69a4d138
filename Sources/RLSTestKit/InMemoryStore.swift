// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import ResourceListServer

/// A store in memory that fails, stalls and refuses records when a test wants it, and checks its caller.
///
/// Two servers may use it one after the other: that is a restart.
public final class InMemoryStore: RLSStore {
    /// Why a commit, a load or a cleaning failed.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// A text for the log.
        public var description: String

        /// Creates a failure.
        public init(_ description: String = "store is away") {
            self.description = description
        }
    }

    fileprivate struct StateKey: Hashable {
        var dialog: RLSDialogKey
        var uri: String
    }

    fileprivate struct State {
        var dialogs: [RLSDialogKey: RLSStoredDialog] = [:]
        var states: [StateKey: RLSStoredState] = [:]
        var batches: [[RLSRecordChange]] = []
        var violations: [String] = []
        var running = 0
        var reject: (@Sendable (RLSRecordChange) -> String?)?
        var pageSize = 100
    }

    private let state = Locked(State())
    private let commits = ScriptedCalls<[RLSRecordChange], Failure>()
    private let loads = ScriptedCalls<Void, Failure>()
    private let cleans = ScriptedCalls<Void, Failure>()
    private let epochSeconds: @Sendable () -> Int64

    /// Creates an empty store.
    ///
    /// - Parameter epochSeconds: the wall clock by which records expire; without one they never do.
    public init(epochSeconds: @escaping @Sendable () -> Int64 = { .min }) {
        self.epochSeconds = epochSeconds
    }

    // MARK: Script

    /// How `commit` behaves. A commit that stalled lands, or fails, as the next behaviour says.
    public var commitBehaviour: ScriptedBehaviour<Failure> {
        get { self.commits.behaviour }
        set { self.commits.behaviour = newValue }
    }

    /// How `load` behaves.
    public var loadBehaviour: ScriptedBehaviour<Failure> {
        get { self.loads.behaviour }
        set { self.loads.behaviour = newValue }
    }

    /// How `clean` behaves.
    public var cleanBehaviour: ScriptedBehaviour<Failure> {
        get { self.cleans.behaviour }
        set { self.cleans.behaviour = newValue }
    }

    /// Refuses the records for which `reason` returns one.
    public func reject(_ reason: (@Sendable (RLSRecordChange) -> String?)?) {
        self.state.withLock { $0.reject = reason }
    }

    /// Records per page of a load.
    public var pageSize: Int {
        get { self.state.withLock { $0.pageSize } }
        set { self.state.withLock { $0.pageSize = max(1, newValue) } }
    }

    // MARK: What is in it, and what happened

    /// List dialogs.
    public var dialogs: [RLSStoredDialog] { self.state.withLock { Array($0.dialogs.values) } }
    /// States.
    public var states: [RLSStoredState] { self.state.withLock { Array($0.states.values) } }
    /// Batches that were written, refused records included.
    public var batches: [[RLSRecordChange]] { self.state.withLock { $0.batches } }
    /// Batches that were tried.
    public var attempts: [[RLSRecordChange]] { self.commits.calls }
    /// How often it was read.
    public var loadCount: Int { self.loads.calls.count }
    /// How often it was told to remove what has expired.
    public var cleanings: Int { self.cleans.calls.count }
    /// Breaches of RLSStore's contract by the caller: two changes of one key in a batch, two commits at once.
    public var violations: [String] { self.state.withLock { $0.violations } }

    /// Waits until so many commits have been tried.
    public func untilAttempts(_ count: Int) async {
        await self.commits.until(count)
    }

    /// Waits until it has been read so many times.
    public func untilLoads(_ count: Int) async {
        await self.loads.until(count)
    }

    // MARK: RLSStore

    /// Writes a batch, unless it is told to fail.
    public func commit(_ batch: [RLSRecordChange]) async throws -> [RLSRejection] {
        self.state.withLock { state in
            state.running += 1
            state.check(batch)
        }
        let failure = await self.commits.record(batch)
        return try self.state.withLock { state throws -> [RLSRejection] in
            state.running -= 1
            if let failure {
                throw failure
            }
            return state.write(batch)
        }
    }

    /// Delivers what has not expired, list dialogs first.
    public func load(_ take: @escaping @Sendable ([RLSStoredRecord]) throws -> Void) async throws {
        if let failure = await self.loads.record(()) {
            throw failure
        }
        let now = self.epochSeconds()
        let (records, pageSize) = self.state.withLock { state in
            let dialogs = state.dialogs.values.filter { $0.expires > now }.sorted { $0.key.did < $1.key.did }
            let alive = Set(dialogs.map(\.key))
            let states = state.states.values.filter { alive.contains($0.dialog) }
                .sorted { ($0.dialog.did, $0.resourceURI) < ($1.dialog.did, $1.resourceURI) }
            return (dialogs.map { RLSStoredRecord.dialog($0) } + states.map { .state($0) }, state.pageSize)
        }
        for start in stride(from: 0, to: records.count, by: pageSize) {
            try take(Array(records[start..<min(start + pageSize, records.count)]))
        }
    }

    /// Removes what has expired.
    public func clean() async throws {
        if let failure = await self.cleans.record(()) {
            throw failure
        }
        let now = self.epochSeconds()
        self.state.withLock { state in
            for key in state.dialogs.filter({ $0.value.expires <= now }).keys {
                state.delete(key)
            }
        }
    }
}

extension InMemoryStore.State {
    fileprivate mutating func check(_ batch: [RLSRecordChange]) {
        if self.running > 1 {
            self.violations.append("two commits at once")
        }
        var seen: Set<String> = []
        for change in batch {
            let key: String =
                switch change {
                case .putDialog(let record, known: _): "put \(record.key.did)"
                case .deleteDialog(let key): "delete \(key.did)"
                case .putState(let record, known: _): "put \(record.dialog.did) \(record.resourceURI)"
                case .deleteState(let key, let uri): "delete \(key.did) \(uri)"
                }
            if !seen.insert(key).inserted {
                self.violations.append("twice in a batch: \(key)")
            }
        }
    }

    fileprivate mutating func write(_ batch: [RLSRecordChange]) -> [RLSRejection] {
        self.batches.append(batch)
        var rejections: [RLSRejection] = []
        for (index, change) in batch.enumerated() {
            if let reason = self.reject?(change) {
                rejections.append(RLSRejection(index: index, reason: reason))
                continue
            }
            switch change {
            case .putDialog(let record, known: _):
                self.dialogs[record.key] = record
            case .deleteDialog(let key):
                self.delete(key)
            case .putState(let record, known: _):
                self.states[.init(dialog: record.dialog, uri: record.resourceURI)] = record
            case .deleteState(let key, let uri):
                self.states[.init(dialog: key, uri: uri)] = nil
            }
        }
        return rejections
    }

    fileprivate mutating func delete(_ key: RLSDialogKey) {
        self.dialogs[key] = nil
        self.states = self.states.filter { $0.key.dialog != key }
    }
}
