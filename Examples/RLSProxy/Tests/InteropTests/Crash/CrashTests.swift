// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import RLSTestKit
import Testing

/// Runs when `RLS_INTEROP` is set: `make interop` installs what is needed and sets it.
@Suite(
    "kill -9 under load, and another start on the same database",
    .enabled(if: ProcessInfo.processInfo.environment["RLS_INTEROP"] != nil),
    .serialized,
    .timeLimit(.minutes(2))
)
struct CrashTests {
    static let kills = 4
    /// Another seed kills at other moments: `RLS_CRASH_SEED=7`.
    static let seed = ProcessInfo.processInfo.environment["RLS_CRASH_SEED"].flatMap(UInt64.init) ?? 1

    @Test("PostgreSQL: no confirmed subscription is lost, nothing goes back, every view is true in the end")
    func postgres() async throws {
        try await withPrivateServers { servers in
            // Beside Kamailio's.
            let database = [
                "--database", servers.database, "--rlsubs-table", "crash_watchers", "--rlpres-table", "crash_states",
            ]
            let proxy = ProxyProcess.executable.path(percentEncoded: false)
            _ = try await Command.run(proxy, ["migrate"] + database)
            try await Self.play(database)
        }
    }

    @Test("SQLite: no confirmed subscription is lost, nothing goes back, every view is true in the end")
    func sqlite() async throws {
        let file = "/tmp/rls-interop-crash-\(UInt32.random(in: .min ... .max)).sqlite"
        defer {
            for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
        }
        try await Self.play(["--database", "sqlite:\(file)"])
    }

    private static func play(_ database: [String]) async throws {
        let scene = try await CrashScene(database: database, seed: Self.seed)
        let crowd = scene.crowd
        try await scene.run {
            try await Self.kill(scene)
            for phone in crowd.phones { await phone.wants(.calm) }
            try await crowd.settle { phone in
                let views = await crowd.views(of: phone)
                return await phone.dialog.watcher.phase == .active && views.shown == views.truth
            }
            for phone in crowd.phones {
                let views = await crowd.views(of: phone)
                #expect(views.shown == views.truth, "\(phone.uri)")
                #expect(await phone.dialog.watcher.phase == .active)
            }
            for phone in crowd.phones { await phone.wants(.gone) }
            try await crowd.settle { await $0.dialog.watcher.phase == .idle }

            var survivals = 0
            for phone in crowd.phones {
                let faults = await phone.faults
                #expect(faults == [], "\(phone.uri)")
                #expect(await phone.notifies >= 3 * Self.kills)
                survivals += await phone.survivals
            }
            #expect(survivals > Self.kills, "refreshes in dialogs that a crash had met")
            #expect(try await scene.proxy.stop() == 0)
            #expect(try await scene.restart() == 0, "nothing is left of anybody")
        }
    }

    /// Kills the proxy again and again, while states change.
    private static func kill(_ scene: CrashScene) async throws {
        try await withThrowingTaskGroup(of: Void.self) { [crowd = scene.crowd] group in
            group.addTask { await crowd.changeStates(seed: Self.seed) }
            var random = SeededGenerator(seed: Self.seed)
            for life in 1...Self.kills {
                try await Task.sleep(for: .milliseconds(random.pick(500...1500)))
                // On a busy machine that is too soon: there has to be something to lose.
                try await crowd.settle { await $0.notifies >= 3 * life }
                let found = try await scene.crash()
                #expect(found > 0)
            }
            try await Task.sleep(for: .milliseconds(random.pick(500...1500)))
            group.cancelAll()
        }
    }
}
