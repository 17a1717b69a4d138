// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage
import SIPPhone
import Testing

/// Alice's phone with a subscription to her list, and the servers that hold it in turn, on one address and database.
///
/// Kamailio's NOTIFYs are not judged: only what the phone needs is read.
final class TakeOverScene {
    let presence: SocketAddress
    /// Where the list servers listen.
    let address: SocketAddress
    let bob: Publisher
    let claire: Publisher
    private let servers: PrivateServers
    private let phone: SIPPhone
    private var dialog = PhoneSubscription(to: "sip:alice-list@example.org")

    /// Starts Kamailio as a presence server, with Bob's state, and as a list server.
    init(_ servers: PrivateServers) async throws {
        self.servers = servers
        self.presence = try await servers.start(.presence)
        self.address = try await servers.start(.rls, presence: self.presence)
        try await servers.query(
            """
            insert into xcap (username, domain, doc, doc_type, etag, source, doc_uri, port)
            values ('alice', 'example.org', '\(AliceList.document(["bob", "claire"]))', 8, '1', 0,
                '/xcap-root/rls-services/users/sip:alice@example.org/index', 0)
            """
        )
        self.bob = try await Publisher("bob", proxy: self.presence)
        self.claire = try await Publisher("claire", proxy: self.presence)
        self.phone = try await SIPPhone.open("sip:alice@example.org", server: self.address)
    }

    /// The first SUBSCRIBE; gives the NOTIFY that shows Bob.
    func subscribeAtKamailio() async throws -> SeenNotify {
        try await self.bob.publish("open", note: "Kamailio serves")
        let response = try await self.phone.send(self.dialog.request(from: self.phone, expires: 600))
        try #require(response.statusCode == 200)
        try self.dialog.established(by: response)
        return try await self.says("Kamailio serves")
    }

    /// A refresh in the dialog; gives the NOTIFY with full state that follows.
    func refresh() async throws -> SeenNotify {
        let response = try await self.phone.send(self.dialog.request(from: self.phone, expires: 600))
        try #require(response.statusCode == 200)
        return try await self.next(\.isFull)
    }

    /// Ends the subscription; gives the status of the answer.
    func unsubscribe() async throws -> Int {
        try await self.phone.send(self.dialog.request(from: self.phone, expires: 0)).statusCode
    }

    /// Takes NOTIFYs, `first` among them, until one says this.
    @discardableResult
    func says(_ text: String, from first: SeenNotify? = nil) async throws -> SeenNotify {
        if let first, first.says(text) { return first }
        return try await self.next { $0.says(text) }
    }

    /// Takes NOTIFYs until one is as expected.
    private func next(_ isExpected: (SeenNotify) -> Bool) async throws -> SeenNotify {
        var others: [SeenNotify] = []
        do {
            while true {
                let notify = try SeenNotify(await self.phone.nextRequest(within: .seconds(15)))
                if isExpected(notify) { return notify }
                others.append(notify)
            }
        } catch {
            Issue.record("what was expected did not come, but \(others)")
            throw error
        }
    }

    /// Ours, on the same address and database.
    func proxy() throws -> ProxyProcess {
        try ProxyProcess(
            [
                "--xcap-database", self.servers.database, "--database", self.servers.database, "--presence-server",
                "sip:127.0.0.1:\(self.presence.port ?? 0)", "--waitn-time", "0.2",
            ],
            at: self.address
        )
    }
}

/// What a phone looks at in a NOTIFY.
struct SeenNotify {
    struct Dialog: Equatable {
        var callID: SIPBytes?
        var notifierTag: SIPBytes?
    }

    /// The CSeq number.
    let sequence: UInt32
    /// RLMI's version.
    let version: UInt32
    let dialog: Dialog
    private let body: String

    init(_ notify: SIPRequest) throws {
        let body = String(decoding: notify.body, as: UTF8.self)
        // The XML declaration has a version, too.
        let list = try #require(body.firstRange(of: "<list"))
        let version = try #require(body[list.upperBound...].firstMatch(of: #/version="(\d+)"/#))
        self.version = try #require(UInt32(version.1))
        self.sequence = try notify.cSeq.number
        self.dialog = Dialog(callID: notify.callID, notifierTag: notify.fromTag)
        self.body = body
    }

    var isFull: Bool { self.body.contains("fullState=\"true\"") }

    func says(_ text: String) -> Bool { self.body.contains(text) }
}
