// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit

/// The server crashes or is stopped, and another process begins.
extension SimulatedWorld {
    func crash() {
        self.note("the server crashes")
        self.host.crash()
        self.startAgain()
    }

    func stopCleanly() {
        let mode = self.random.chance(0.3) ? RLSShutdown.endDialogs : .keepDialogs
        self.note("the server is stopped: \(mode)")
        self.isStopping = true
        self.isDraining = self.isDraining || mode == .endDialogs
        self.host.beginStop(mode)
        self.awaitStop(self.host.generation, 0)
    }

    /// The next process begins when the one before has ended, or after 20 s: then it is killed.
    func awaitStop(_ generation: Int, _ count: Int) {
        guard generation == self.host.generation else { return }
        guard self.host.isStopped || count >= 40 else {
            return self.schedule(.stopping(generation: generation, count + 1), in: .milliseconds(500))
        }
        self.note("the server has stopped")
        self.host.crash()
        self.startAgain()
    }

    private func startAgain() {
        self.restarts += 1
        self.isStopping = false
        self.network.crash(.server)
        let stored = Set(self.host.storedDialogs.map(\.callID))
        let isDraining = self.isDraining
        let now = self.now
        let mayHaveEnded = self.mayHaveEnded
        for index in self.phones.indices {
            self.phones[index].withWatchers { watcher in
                let callID = watcher.options.callID
                let hasRecord = stored.contains(callID)
                if isDraining, !hasRecord { self.drained.insert(callID) }
                // Whether the last NOTIFY has left nobody knows.
                let mayBeOver = isDraining || mayHaveEnded[callID] != nil
                watcher.serverRestarted(hasRecord: hasRecord, isOver: mayBeOver && !hasRecord, at: now)
            }
        }
        self.isDraining = false
        self.dormant = stored
        self.storedDialogs = self.host.storedDialogs
        self.startHost(generation: self.host.generation + 1)
    }
}
