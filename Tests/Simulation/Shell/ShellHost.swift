// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import RLSCore
import RLSTestKit
import ResourceListServer
import SIPMessage

/// The real shell as a process of the world: `RLSServer` with the manual clock and the store in memory of RLSTestKit.
final class ShellHost: SimulatedHost {
    let generation: Int
    private let machine: ShellMachine
    private let store: ShellStore
    private let server: RLSServer
    private let changes: AsyncStream<RLSListChange>.Continuation
    private let life: Life
    private var run: Task<Void, Never>?

    /// What tasks of the process and the world both look at.
    private final class Life: @unchecked Sendable {
        var hasCrashed = false
        var hasLoaded = false
        var hasEnded = false
    }

    init(_ machine: ShellMachine, _ configuration: RLSConfiguration, generation: Int) {
        self.machine = machine
        self.generation = generation
        self.store = ShellStore(machine)
        self.life = Life()
        let (stream, continuation) = AsyncStream.makeStream(of: RLSListChange.self)
        self.changes = continuation
        let plugs = ShellPlugs(machine: machine, changes: stream)
        self.server = RLSServer(
            configuration: configuration,
            resolver: plugs,
            store: self.store,
            authorizer: plugs,
            environment: machine.time.environment,
            logger: Logger(label: "rls", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        machine.perform { self.start() }
    }

    private func start() {
        let (server, life, machine) = (self.server, self.life, self.machine)
        Task {
            for await batch in server.actions where !life.hasCrashed {
                machine.world.execute(batch, answering: nil)
            }
        }
        Task { life.hasLoaded = await server.untilServing() }
        self.run = Task {
            try? await server.run()
            life.hasEnded = true
        }
    }

    var statistics: RLSStatistics { self.server.statistics }

    var hasLoaded: Bool { self.life.hasLoaded }

    var nextDeadline: RLSInstant? { self.machine.time.earliestSleep }

    func handleTimeouts() {
        self.machine.perform {}
    }

    func receive(_ arrival: SimulatedNetwork.Arrival, via path: SIPPath) {
        let (server, life, machine) = (self.server, self.life, self.machine)
        machine.perform {
            if arrival.request.method == .notify {
                let actions = server.rlsHandleNotify(arrival.request, via: path)
                return machine.world.execute(actions, answering: arrival.transaction)
            }
            Task {
                let actions = await server.rlsHandleSubscribe(arrival.request, via: path)
                guard !life.hasCrashed else { return }
                machine.world.execute(actions, answering: arrival.transaction)
            }
        }
    }

    func learn(_ outcome: RLSTransactionOutcome, of transaction: RLSTransactionID) {
        self.machine.perform {
            self.machine.world.execute(self.server.rlsHandleResponse(outcome, for: transaction), answering: nil)
        }
    }

    func listsChanged(_ uris: [String]) {
        self.machine.perform { self.changes.yield(.documents(uris)) }
    }

    func beginStop(_ mode: RLSShutdown) {
        self.machine.perform { self.server.beginShutdown(mode) }
    }

    var isStopped: Bool { self.life.hasEnded }

    var storedDialogs: [RLSDialogKey] { self.machine.store.dialogs.map(\.key).sorted { $0.did < $1.did } }
    var storedStates: Int { self.machine.store.states.count }

    func crash() {
        self.life.hasCrashed = true
        self.machine.perform {
            self.store.die()
            self.run?.cancel()
            self.changes.finish()
        }
    }
}
