// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSTestKit

/// Phones, each with a list of its own, and the presence server of whom they watch.
struct CrashCrowd: Sendable {
    static let phoneCount = 8
    static let entryCount = 6

    let presence: ChangingPresence
    let phones: [CrashPhone]

    /// - Parameter server: the proxy before them.
    init(server: SocketAddress, seed: UInt64) async throws {
        self.presence = try await ChangingPresence(server: server)
        var phones: [CrashPhone] = []
        for index in 0..<Self.phoneCount {
            let name = "phone\(index)"
            phones.append(
                try await CrashPhone(
                    name,
                    entries: (0..<Self.entryCount).map { "sip:friend\($0)@example.org" },
                    server: server,
                    seed: seed &+ UInt64(index)
                )
            )
        }
        self.phones = phones
    }

    /// Lets everybody take and send what comes and is due, until cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.presence.run() }
            for phone in self.phones {
                group.addTask { await phone.run() }
            }
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(10))
                for phone in self.phones { await phone.tick() }
                await self.presence.tick()
            }
            group.cancelAll()
        }
    }

    /// Closes all sockets.
    func close() async throws {
        for socket in self.phones.map(\.socket) + [self.presence.socket] {
            try await socket.close()
        }
    }

    /// Changes states, a hundred times a second, until cancelled.
    func changeStates(seed: UInt64) async {
        var random = SeededGenerator(seed: seed)
        while !Task.isCancelled {
            let phone = self.phones[random.pick(0...Self.phoneCount - 1)]
            await self.presence.change(phone.entries[random.pick(0...Self.entryCount - 1)], for: phone.uri)
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits until all phones are where they should be.
    func settle(_ isThere: (CrashPhone) async -> Bool) async throws {
        for _ in 0..<1000 {
            var areThere = true
            for phone in self.phones where areThere {
                areThere = await isThere(phone)
            }
            if areThere { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// What a phone shows, and what it should show; a line for each resource.
    func views(of phone: CrashPhone) async -> (shown: [String], truth: [String]) {
        let shown = await phone.dialog.watcher.table.rows.map { row in
            let states = row.instances.map { instance in
                let number = instance.body.flatMap { FakeState($0) }.map { "\($0.sequence)" } ?? "-"
                return "\(instance.state.rawValue) \(number)"
            }
            return "\(row.uri) \(states.joined(separator: ", "))"
        }
        var truth: [String] = []
        for entry in phone.entries {
            truth.append("\(entry) active \(await self.presence.number(of: entry, for: phone.uri))")
        }
        return (shown, truth)
    }
}
