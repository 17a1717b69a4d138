// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit

/// A store that keeps records, and the queue of batches before it: one is written at a time.
struct SimulatedStore {
    /// A batch on its way, and who waits for it.
    struct Job {
        var id: Int
        var changes: [RLSRecordChange]
        /// The SUBSCRIBE that waits; nil for what is written behind.
        var commit: Commit?
        var isRunning = false
        var isGivenUp = false
    }

    struct Commit {
        var ticket: RLSCommitTicket
        /// The SUBSCRIBE's transaction; nil for a wake-up.
        var transaction: Int?
    }

    struct StateKey: Hashable {
        var dialog: RLSDialogKey
        var resource: String
    }

    var dialogs: [RLSDialogKey: RLSStoredDialog] = [:]
    var states: [StateKey: RLSStoredState] = [:]
    var jobs: [Job] = []
    var isDown = false
    var isStalled = false
    /// Refuses some records, and writes all others.
    var isRejecting = false
    private var count = 0

    mutating func enqueue(_ changes: [RLSRecordChange], _ commit: Commit?) -> Int {
        self.count += 1
        self.jobs.append(Job(id: self.count, changes: changes, commit: commit))
        return self.count
    }

    /// Puts a batch before all that waits.
    mutating func enqueueFirst(_ changes: [RLSRecordChange]) {
        self.count += 1
        self.jobs.insert(Job(id: self.count, changes: changes), at: 0)
    }

    mutating func apply(_ changes: [RLSRecordChange]) {
        for change in changes {
            switch change {
            case .putDialog(let record, known: _):
                self.dialogs[record.key] = record
            case .deleteDialog(let key):
                self.dialogs[key] = nil
                self.states = self.states.filter { $0.key.dialog != key }
            case .putState(let record, known: _):
                guard self.dialogs[record.dialog] != nil else { continue }
                self.states[StateKey(dialog: record.dialog, resource: record.resourceURI)] = record
            case .deleteState(let key, let resource):
                self.states[StateKey(dialog: key, resource: resource)] = nil
            }
        }
    }

    /// Removes what has expired.
    mutating func clean(epochSeconds: Int64) {
        for key in self.dialogs.filter({ $0.value.expires <= epochSeconds }).keys {
            self.dialogs[key] = nil
            self.states = self.states.filter { $0.key.dialog != key }
        }
    }

    /// The process is gone: what was being written may have been, everything behind it was not.
    mutating func crash(_ random: inout SeededGenerator) {
        if let job = self.jobs.first, job.isRunning, random.chance(0.5) {
            self.apply(job.changes)
        }
        self.jobs = []
    }
}
