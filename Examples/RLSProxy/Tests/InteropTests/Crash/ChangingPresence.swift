// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import RLSTestKit
import SIPMessage

/// The fake presence server of `RLSTestKit` on a socket: answers SUBSCRIBEs, and repeats its NOTIFYs until they are answered.
actor ChangingPresence {
    let socket: OrderedSocket
    private let server: SocketAddress
    private var fake: FakePresenceServer
    private var numbers: [String: UInt64] = [:]
    /// NOTIFYs under way, by branch.
    private var underWay: [String: RepeatedRequest] = [:]
    /// What was answered, by branch, for repeats.
    private var answers: [String: [UInt8]] = [:]

    init(server: SocketAddress) async throws {
        self.socket = try await OrderedSocket()
        self.server = server
        self.fake = FakePresenceServer(contact: "sip:presence@\(self.socket.hostAndPort)")
    }

    /// Changes the state that a watcher may see of a resource.
    func change(_ resource: String, for watcher: String) {
        let number = self.number(of: resource, for: watcher) + 1
        self.numbers["\(watcher) \(resource)"] = number
        for notify in self.fake.change(.active(number), of: resource, for: watcher, at: .now) {
            self.send(notify)
        }
    }

    /// The number of the state that a watcher may see of a resource.
    func number(of resource: String, for watcher: String) -> UInt64 {
        self.numbers["\(watcher) \(resource)"] ?? 0
    }

    /// Takes what comes until the socket is closed.
    func run() async {
        for await datagram in self.socket.datagrams {
            switch try? SIPParser.parse(datagram: datagram.bytes) {
            case .request(let request)?: self.receive(request, from: datagram.source)
            case .response(let response)?: self.receive(response)
            case nil: break
            }
        }
    }

    /// Repeats what was not answered in time.
    func tick() {
        for (branch, transaction) in self.underWay {
            var transaction = transaction
            switch transaction.tick(.now()) {
            case .wait: continue
            case .send: self.socket.send(transaction.bytes, to: self.server)
            case .giveUp:
                self.underWay[branch] = nil
                self.fake.notifyEnded(transaction.request, status: nil)
                continue
            }
            self.underWay[branch] = transaction
        }
    }

    private func receive(_ request: SIPRequest, from source: SocketAddress) {
        guard request.method == .subscribe else { return }
        if let answer = self.answers[request.branch] {
            return self.socket.send(answer, to: source)
        }
        for step in self.fake.subscribe(request, at: .now) {
            switch step {
            case .respond(let response):
                self.answers[request.branch] = response.bytes
                self.socket.send(response.bytes, to: source)
            case .notify(let notify):
                self.send(notify)
            }
        }
    }

    private func receive(_ response: SIPResponse) {
        guard response.statusCode >= 200, let transaction = self.underWay.removeValue(forKey: response.branch) else {
            return
        }
        self.fake.notifyEnded(transaction.request, status: response.statusCode)
    }

    private func send(_ notify: SIPRequest) {
        let transaction = RepeatedRequest(notify, from: self.socket.hostAndPort, branch: notify.branch)
        self.underWay[notify.branch] = transaction
        self.socket.send(transaction.bytes, to: self.server)
    }
}

extension RLSInstant {
    static var now: RLSInstant { RLSInstant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }
}
