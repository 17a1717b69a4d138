// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import RLSTestKit
import SIPMessage
import SIPPhone
import Testing

/// Runs when `RLS_INTEROP` is set: `make interop` installs what is needed and sets it.
@Suite(
    "The tutorial's alice-list, from every source of lists",
    .enabled(if: ProcessInfo.processInfo.environment["RLS_INTEROP"] != nil),
    .serialized,
    .timeLimit(.minutes(2))
)
struct AliceListTests {
    @Test("a directory: a changed file is on the phone within a second")
    func directory() async throws {
        let folder = "/tmp/rls-interop-lists-\(UInt32.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let user = "\(folder)/rls-services/users/sip:alice@example.org"
        try FileManager.default.createDirectory(atPath: user, withIntermediateDirectories: true)
        let write = { (names: [String]) in
            try AliceList.document(names).write(toFile: "\(user)/index", atomically: true, encoding: .utf8)
        }
        try write(["bob", "claire"])
        try await self.play(["--lists", folder]) { names, _ in try write(names) }
    }

    @Test("an XCAP server of others, Kamailio's: a changed document is on the phone at the next look")
    func foreignServer() async throws {
        try await withPrivateServers { servers in
            let xcap = try await servers.start(.xcap)
            let root = "http://127.0.0.1:\(xcap.port ?? 0)/xcap-root"
            try await Self.put(["bob", "claire"], below: root)
            try await self.play(["--xcap-root", root]) { names, proxy in
                try await Self.put(names, below: root)
                // Longer than a document is used unasked.
                try await Task.sleep(for: .milliseconds(1100))
                proxy.signal(SIGHUP)
            }
        }
    }

    @Test("OpenXCAP's table with the trigger: a changed row is on the phone within a second")
    func table() async throws {
        try await withPrivateServers { servers in
            let migration = try await Command.run(
                ProxyProcess.executable.path(percentEncoded: false),
                ["migrate", "--database", servers.database, "--xcap-trigger"]
            )
            #expect(migration.contains("installed the trigger rls_xcap_changed on table xcap"))
            try await servers.query(
                """
                insert into xcap (username, domain, doc, doc_type, etag, source, doc_uri, port)
                values ('alice', 'example.org', '\(AliceList.document(["bob", "claire"]))', 8, '1', 0, 'index', 0)
                """
            )
            try await self.play(["--xcap-database", servers.database]) { names, _ in
                try await servers.query(
                    "update xcap set doc = '\(AliceList.document(names))', etag = md5(random()::text)"
                )
            }
        }
    }

    /// Alice subscribes and sees Bob's presence; the list changes, and she sees that.
    private func play(
        _ source: [String],
        change: ([String], ProxyProcess) async throws -> Void
    ) async throws {
        let proxy = try ProxyProcess(source + ["--waitn-time", "1"])
        try await proxy.start()
        try await Publisher("bob", proxy: proxy.address).publish("open", note: "at my desk")
        let phone = try await SIPPhone.open("sip:alice@example.org", server: proxy.address)
        var alice = ListPhone(phone, list: "sip:alice-list@example.org")
        #expect(try await alice.send(alice.request(expires: 600)).statusCode == 200)
        try await alice.sees { $0.names == ["bob", "claire"] && $0["sip:bob@example.org"]?.instances.count == 1 }

        try await change(["bob", "tom"], proxy)
        let changed = ContinuousClock.now
        try await alice.sees { $0.names == ["bob", "tom"] }
        #expect(ContinuousClock.now - changed < .seconds(1))

        try await change(["claire", "bob", "tom"], proxy)
        try await alice.sees { $0.names == ["claire", "bob", "tom"] }
        #expect(alice.watcher.violations == [])
        #expect(try await proxy.stop() == 0)
    }

    private static func put(_ names: [String], below root: String) async throws {
        _ = try await Command.run(
            "curl",
            [
                "--silent", "--show-error", "--fail", "--max-time", "5", "--request", "PUT",
                "--header", "Content-Type: application/rls-services+xml", "--data-binary", AliceList.document(names),
                "\(root)/rls-services/users/sip:alice@example.org/index",
            ]
        )
    }
}

/// Alice's list as the tutorial has it, with entries of choice.
enum AliceList {
    static func document(_ names: [String]) -> String {
        let entries = names.map { "<entry uri=\"sip:\($0)@example.org\"/>" }.joined()
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <rls-services xmlns="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">
            <service uri="sip:alice-list@example.org"><list>\(entries)</list>
            <packages><package>presence</package></packages></service></rls-services>
            """
    }
}

extension ListPhone {
    /// Takes NOTIFYs until the phone shows what is expected.
    mutating func sees(_ isExpected: (WatcherTable) -> Bool) async throws {
        while !isExpected(self.watcher.table) {
            _ = try await self.next(within: .seconds(5))
        }
    }
}

extension WatcherTable {
    /// The users on the list, in its order.
    var names: [String] { self.rows.map { String($0.uri.dropFirst("sip:".count).prefix { $0 != "@" }) } }
}
