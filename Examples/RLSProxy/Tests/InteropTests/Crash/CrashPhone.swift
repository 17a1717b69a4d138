// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSTestKit
import SIPMessage

/// A phone through crashes of its server: subscribes, refreshes and unsubscribes as chance will have it, and judges every
/// message in the order in which it came.
actor CrashPhone {
    /// One dialog: what the phone shows, and what was confirmed to it.
    struct Dialog {
        var watcher: StrictWatcher
        /// A 2xx has come.
        var isConfirmed = false
        /// A 2xx has come before the last crash.
        var hasSurvived = false
        /// A 2xx to Expires 0 has come.
        var isEndConfirmed = false
        /// Number of the last state shown, by resource.
        var shown: [String: UInt64] = [:]
    }

    /// What the phone wants.
    enum Wish {
        /// Refresh, and now and then subscribe anew.
        case restless
        /// Keep the subscription.
        case calm
        /// Have none.
        case gone
    }

    let uri: String
    let list: String
    let entries: [String]
    let socket: OrderedSocket
    private let server: SocketAddress
    private var random: SeededGenerator
    var dialog: Dialog
    private var dialogCount = 0
    /// Dialogs that the phone has left, by Call-ID: whether their end was confirmed.
    private(set) var left: [String: Bool] = [:]
    var pending: RepeatedRequest?
    private var branchCount = 0
    /// A 2xx whose NOTIFY has not come.
    var answer: (response: SIPResponse, isLast: Bool)?
    /// What was answered to NOTIFYs, by branch, for repeats.
    var answers: [String: [UInt8]] = [:]
    var nextRequest = NIODeadline.now()
    private(set) var wish = Wish.restless
    var faults: [String] = []
    /// Refreshes confirmed in dialogs that a crash had met.
    var survivals = 0
    var notifies = 0

    init(_ name: String, entries: [String], server: SocketAddress, seed: UInt64) async throws {
        self.uri = "sip:\(name)@example.org"
        self.list = "sip:\(name)-list@example.org"
        self.entries = entries
        self.server = server
        self.socket = try await OrderedSocket()
        self.random = SeededGenerator(seed: seed)
        self.dialog = Dialog(
            watcher: StrictWatcher(WatcherOptions(listURI: self.list, watcherURI: self.uri, contact: ""))
        )
        self.renew()
    }

    func wants(_ wish: Wish) {
        self.wish = wish
        self.nextRequest = .now()
    }

    /// Takes what comes until the socket is closed.
    func run() async {
        for await datagram in self.socket.datagrams {
            switch try? SIPParser.parse(datagram: datagram.bytes) {
            case _ where datagram.bytes == CrashScene.mark: self.serverDied()
            case .request(let request)?: self.receive(request, from: datagram.source)
            case .response(let response)?: self.receive(response)
            case nil: self.faults.append("not a SIP message: \(String(decoding: datagram.bytes, as: UTF8.self))")
            }
            self.collect()
        }
    }

    /// Sends what is due.
    func tick() {
        let now = NIODeadline.now()
        if var pending = self.pending {
            switch pending.tick(now) {
            case .wait: break
            case .send: self.socket.send(pending.bytes, to: self.server)
            case .giveUp: self.faults.append("no answer to \(pending.request.summary)")
            }
            self.pending = pending
        } else if now >= self.nextRequest, self.answer == nil {
            self.act()
        }
    }

    private func act() {
        self.nextRequest = .now() + .milliseconds(Int64(self.random.pick(30...300)))
        switch (self.dialog.watcher.phase, self.wish) {
        case (.terminated, _), (.refused, _):
            self.renew()
        case (.idle, .gone):
            break
        case (.idle, _), (.asking, _):
            self.send(expires: 600)
        case (.active, .gone), (.pending, .gone):
            self.send(expires: 0)
        case (.active, .restless), (.pending, .restless):
            self.send(expires: self.random.chance(0.1) ? 0 : 600)
        case (.active, .calm), (.pending, .calm):
            self.nextRequest = .distantFuture
            self.send(expires: 600)
        }
    }

    private func send(expires: UInt32) {
        self.branchCount += 1
        let request = RepeatedRequest(
            self.dialog.watcher.subscribe(expires: expires),
            from: self.socket.hostAndPort,
            branch: "z9hG4bK\(self.socket.address.port ?? 0)x\(self.branchCount)"
        )
        self.pending = request
        self.socket.send(request.bytes, to: self.server)
    }

    /// Leaves the dialog for a new one.
    func renew() {
        self.left[self.dialog.watcher.options.callID] = self.dialog.isEndConfirmed
        self.dialogCount += 1
        var options = WatcherOptions(
            listURI: self.list,
            watcherURI: self.uri,
            contact: "sip:phone@\(self.socket.hostAndPort)",
            callID: "\(self.dialogCount)@\(self.socket.hostAndPort)",
            tag: "t\(self.dialogCount)"
        )
        // A busy machine reads late what came in time.
        options.grace = .seconds(10)
        self.dialog = Dialog(watcher: StrictWatcher(options))
        self.answer = nil
    }
}
