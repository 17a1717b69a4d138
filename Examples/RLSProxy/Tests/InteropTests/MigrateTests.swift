// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import Testing

/// Runs when `RLS_INTEROP` is set: `make interop` installs what is needed and sets it.
@Suite(
    "rls-proxy migrate on the tables of others",
    .enabled(if: ProcessInfo.processInfo.environment["RLS_INTEROP"] != nil),
    .serialized,
    .timeLimit(.minutes(2))
)
struct MigrateTests {
    @Test("an operator sees what was done, and is warned of a sequence that is half used up")
    func warnings() async throws {
        try await withPrivateServers { servers in
            let migrate = { (options: String...) in
                try await Command.run(
                    ProxyProcess.executable.path(percentEncoded: false),
                    ["migrate", "--database", servers.database] + options
                )
            }
            #expect(try await migrate() == "nothing to do\n")

            try await servers.query("select setval('rls_presentity_id_seq', 2147483647 / 2 + 2)")
            let warned = try await migrate()
            #expect(
                warned.contains(
                    """
                    warning: table rls_presentity: 1073741825 of 2147483647 values of id are used up; --widen makes it 64 bits \
                    wide
                    """
                )
            )

            // As in OpenSIPS, where the key begins with what a deletion does not know.
            try await servers.query(
                """
                alter table rls_watchers drop constraint rls_watchers_rls_watcher_idx,
                    add unique (presentity_uri, callid, to_tag, from_tag)
                """
            )
            #expect(try await migrate().contains("warning: table rls_watchers has no index that begins with callid"))
            let added = try await migrate("--add-indexes")
            #expect(added.contains("added an index by callid to rls_watchers"))
            #expect(!added.contains("widened"))
            #expect(try await !migrate().contains("rls_watchers"))

            let widened = try await migrate("--widen")
            #expect(widened.contains("added rls_watchers.dialog_ext"))
            #expect(widened.contains("made rls_presentity.id 64 bits wide"))
            #expect(try await migrate() == "nothing to do\n")
        }
    }
}
