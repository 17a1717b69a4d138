// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import RLSCore
import RLSTestKit
import SIPMessage
import SIPPhone
import Testing

/// Runs when `RLS_INTEROP` is set: `make interop` installs what is needed and sets it.
@Suite(
    "Taking over from a live Kamailio",
    .enabled(if: ProcessInfo.processInfo.environment["RLS_INTEROP"] != nil),
    .serialized,
    .timeLimit(.minutes(2))
)
struct TakeOverTests {
    @Test("the phone refreshes in the dialog that Kamailio began, and goes on seeing changes")
    func takeOver() async throws {
        try await withPrivateServers { servers in
            let presence = try await servers.start(.presence)
            let kamailio = try await servers.start(.rls, presence: presence)
            try await servers.query(
                """
                insert into xcap (username, domain, doc, doc_type, etag, source, doc_uri, port)
                values ('alice', 'example.org', '\(AliceList.document(["bob", "claire"]))', 8, '1', 0,
                    '/xcap-root/rls-services/users/sip:alice@example.org/index', 0)
                """
            )
            let bob = try await Publisher("bob", proxy: presence)
            try await bob.publish("open", note: "Kamailio serves")

            // Kamailio's NOTIFYs are not judged: only what the phone needs is read.
            let phone = try await SIPPhone.open("sip:alice@example.org", server: kamailio)
            var dialog = PhoneSubscription(to: "sip:alice-list@example.org")
            let first = try await phone.send(dialog.request(from: phone, expires: 600))
            try #require(first.statusCode == 200)
            try dialog.established(by: first)
            var last = try await Self.next(phone) { $0.contains("Kamailio serves") }
            #expect(try await servers.query("select count(*) from rls_watchers") == "1")
            try await servers.stop(.rls)
            let atKamailio = try #require(Self.numbers(last))

            let proxy = try ProxyProcess(
                [
                    "--xcap-database", servers.database, "--database", servers.database, "--presence-server",
                    "sip:127.0.0.1:\(presence.port ?? 0)", "--waitn-time", "0.2",
                ],
                at: kamailio
            )
            try await proxy.start()
            #expect(proxy.log.contains("rls_count=1"))

            let refresh = try await phone.send(dialog.request(from: phone, expires: 600))
            #expect(refresh.statusCode == 200)
            last = try await Self.next(phone) { $0.contains("fullState=\"true\"") && $0.contains("Kamailio serves") }
            let atOurs = try #require(Self.numbers(last))
            #expect(atOurs.sequence > atKamailio.sequence)
            #expect(atOurs.version > atKamailio.version)
            #expect(last.callID == first.callID)
            #expect(last.fromTag == first.toTag)

            try await bob.publish("closed", note: "and now ours")
            _ = try await Self.next(phone) { $0.contains("and now ours") }
            let end = try await phone.send(dialog.request(from: phone, expires: 0))
            #expect(end.statusCode == 200)
            #expect(try await proxy.stop() == 0)
            #expect(try await servers.query("select count(*) from rls_watchers") == "0")
        }
    }

    /// Takes NOTIFYs until one says what is expected.
    private static func next(_ phone: SIPPhone, _ isExpected: (String) -> Bool) async throws -> SIPRequest {
        while true {
            let notify = try await phone.nextRequest(within: .seconds(15))
            if isExpected(String(decoding: notify.body, as: UTF8.self)) { return notify }
        }
    }

    /// CSeq and RLMI version of a NOTIFY.
    private static func numbers(_ notify: SIPRequest) -> (sequence: UInt32, version: UInt32)? {
        let body = String(decoding: notify.body, as: UTF8.self)
        // The XML declaration has a version, too.
        guard let list = body.firstRange(of: "<list"),
            let version = body[list.upperBound...].firstMatch(of: #/version="(\d+)"/#).flatMap({ UInt32($0.1) }),
            let sequence = try? notify.cSeq.number
        else { return nil }
        return (sequence, version)
    }
}
