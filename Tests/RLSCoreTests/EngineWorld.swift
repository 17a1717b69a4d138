// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// An engine with time, requests and answers around it, so that a test reads as a story.
struct EngineWorld: ~Copyable {
    var engine: RLSEngine
    var now = RLSInstant(nanoseconds: 1_000_000_000_000)
    let configuration: RLSConfiguration
    let path = SIPPath(
        transport: .udp,
        local: .init(host: "192.0.2.1", port: 5060),
        remote: .init(host: "192.0.2.10", port: 5062),
        flow: 7
    )
    private var cSeq: UInt32 = 0

    static func configuration(_ change: (inout RLSConfiguration) -> Void = { _ in }) -> RLSConfiguration {
        var configuration = RLSConfiguration()
        change(&configuration)
        return configuration
    }

    init(_ configuration: RLSConfiguration = RLSConfiguration(), isPersistent: Bool = false) {
        self.configuration = configuration
        self.engine = RLSEngine(configuration: configuration, seed: RLSSeed(1, 2, 3, 4), now: self.now)
        self.engine.isPersistent = isPersistent
        self.engine.epochSeconds = 1_700_000_000
    }

    static let service = RLSListService(
        uri: "sip:alice-list@example.org",
        owner: .user(try! SIPURI("sip:alice@example.org"))
    )

    static func list(_ uris: String..., names: [RLSDisplayName] = []) -> RLSResolvedList {
        RLSResolvedList(
            names: names,
            entries: uris.map { RLSListEntry(uri: $0, target: try! SIPURI($0), names: []) },
            sources: [RLSDocumentVersion(key: "rls-services/users/sip:alice@example.org/index", etag: "1")]
        )
    }

    /// A SUBSCRIBE as a phone writes it; later ones in the dialog carry `toTag`.
    func makeSubscribe(
        expires: UInt32? = 600,
        cSeq: UInt32 = 1,
        callID: String = "call-1",
        toTag: String? = nil,
        lines: [String] = []
    ) -> SIPRequest {
        var text = """
            SUBSCRIBE sip:alice-list@example.org SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKc\(cSeq)\(callID)
            To: <sip:alice-list@example.org>\(toTag.map { ";tag=\($0)" } ?? "")
            Call-ID: \(callID)
            CSeq: \(cSeq) SUBSCRIBE
            """
        let names = lines.map { $0.prefix { $0 != ":" } }
        let defaults = [
            "Max-Forwards: 70", "From: <sip:alice@example.org>;tag=phone",
            "Contact: <sip:alice@192.0.2.10:5062>", "Event: presence", "Supported: eventlist",
            "Accept: application/pidf+xml, application/rlmi+xml, multipart/related",
        ]
        for line in defaults where !names.contains(line.prefix { $0 != ":" }) {
            text += "\n\(line)"
        }
        if let expires {
            text += "\nExpires: \(expires)"
        }
        for line in lines where !line.hasSuffix(": -") {
            text += "\n\(line)"
        }
        return Self.parse(text + "\n\n")
    }

    static func parse(_ text: String) -> SIPRequest {
        let bytes = Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
        guard case .request(let request) = try! SIPParser.parse(datagram: bytes) else { fatalError("a request") }
        return request
    }

    func read(_ request: SIPRequest) -> RLSSubscribe {
        RLSSubscribe(request, via: self.path, watcher: nil, configuration: self.configuration)
    }

    // MARK: Watcher side

    /// All steps of an initial SUBSCRIBE as the shell takes them.
    mutating func subscribe(
        _ request: SIPRequest,
        list: RLSResolvedList? = EngineWorld.list("sip:bob@example.org", "sip:claire@example.org"),
        service: RLSListService = EngineWorld.service,
        verdict: RLSAuthorization = .allow
    ) -> [RLSAction] {
        let subscribe = self.read(request)
        if case .refuse(let actions) = self.engine.admit(subscribe, service: service, now: self.now) {
            return actions
        }
        switch self.engine.admitAuthorized(subscribe, service: service, verdict: verdict, now: self.now) {
        case .refuse(let actions): return actions
        case .resolve:
            return self.finish(
                self.engine.prepare(subscribe, service: service, verdict: verdict, list: list, now: self.now)
            )
        case .acceptWithoutList:
            return self.finish(
                self.engine.prepare(subscribe, service: service, verdict: verdict, list: nil, now: self.now)
            )
        }
    }

    mutating func refresh(
        _ request: SIPRequest,
        verdict: RLSAuthorization = .allow,
        answer: RLSListAnswer = .unchanged
    ) -> [RLSAction] {
        let subscribe = self.read(request)
        switch self.engine.beginRefresh(subscribe, now: self.now) {
        case .answer(let actions): return actions
        case .wait: return []
        case .proceed(let ticket):
            return self.finish(
                self.engine.prepareRefresh(
                    ticket,
                    subscribe,
                    verdict: ticket.needsVerdict ? verdict : nil,
                    answer: ticket.needsList ? answer : .notAsked,
                    now: self.now
                )
            )
        }
    }

    mutating func finish(_ preparation: RLSPreparation) -> [RLSAction] {
        switch preparation {
        case .done(let actions): actions
        case .commit(let ticket, _): self.engine.confirm(ticket, now: self.now)
        }
    }

    // MARK: Back-end side

    /// Answers a request of ours.
    mutating func answer(
        _ outbound: RLSOutboundRequest,
        _ status: Int = 200,
        lines: [(SIPHeaderName, String)] = []
    ) -> [RLSAction] {
        var response = SIPResponse(to: outbound.request, status, toTag: Array("peer".utf8)[...])
        for (name, value) in lines {
            response.headers.append(name, value)
        }
        return self.engine.outcome(.response(response), for: outbound.transaction, now: self.now)
    }

    /// A NOTIFY of a presence server in the dialog of a back-end SUBSCRIBE.
    static func makeNotify(
        to subscribe: SIPRequest,
        cSeq: UInt32 = 1,
        state: String = "active;expires=600",
        body: String = "",
        tag: String = "pa",
        lines: [String] = []
    ) -> SIPRequest {
        let to = String(decoding: subscribe.headers.first(.to)!, as: UTF8.self).split(separator: ";")[0]
        var text = """
            NOTIFY sip:rls@192.0.2.1:5060 SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKn\(cSeq)
            Max-Forwards: 70
            From: \(to);tag=\(tag)
            To: \(String(decoding: subscribe.headers.first(.from)!, as: UTF8.self))
            Call-ID: \(String(decoding: subscribe.callID!, as: UTF8.self))
            CSeq: \(cSeq) NOTIFY
            """
        let names = lines.map { $0.prefix { $0 != ":" } }
        var defaults = ["Contact: <sip:pa@192.0.2.20>", "Event: presence", "Subscription-State: \(state)"]
        if !body.isEmpty {
            defaults.append("Content-Type: application/pidf+xml")
        }
        for line in defaults where !names.contains(line.prefix { $0 != ":" }) {
            text += "\n\(line)"
        }
        for line in lines where !line.hasSuffix(": -") {
            text += "\n\(line)"
        }
        return Self.parse(text + "\nContent-Length: \(body.utf8.count)\n\n\(body)")
    }

    mutating func notify(_ request: SIPRequest) -> [RLSAction] {
        self.engine.notifyReceived(request, via: self.path, now: self.now)
    }

    /// Lets time pass, doing what becomes due on the way.
    ///
    /// - Parameter answering: each NOTIFY is answered 200 at once.
    mutating func advance(_ duration: Duration, answering: Bool = false) -> [RLSAction] {
        let end = self.now.advanced(by: duration)
        var actions: [RLSAction] = []
        while let deadline = self.engine.nextDeadline, deadline <= end {
            self.now = max(self.now, deadline)
            var due = self.engine.handleTimeout(now: self.now)
            actions += due
            while answering, !due.notifies.isEmpty {
                due = due.notifies.flatMap { self.answer($0) }
                actions += due
            }
        }
        self.now = end
        return actions
    }
}

extension Array {
    /// An element that the test needs: fails the test, not the run, when it is missing.
    func at(_ index: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> Element {
        try #require(self.indices.contains(index) ? self[index] : nil, sourceLocation: sourceLocation)
    }
}

extension [RLSAction] {
    var replies: [SIPResponse] {
        self.compactMap { action in
            guard case .reply(let response) = action else { return nil }
            return response
        }
    }

    var status: Int? { self.replies.first?.statusCode }

    var requests: [RLSOutboundRequest] {
        self.compactMap { action in
            guard case .sendRequest(let request) = action else { return nil }
            return request
        }
    }

    var notifies: [RLSOutboundRequest] { self.requests.filter { $0.request.method == .notify } }
    var subscribes: [RLSOutboundRequest] { self.requests.filter { $0.request.method == .subscribe } }

    var toPresence: Int? {
        for case .toPresenceCode(let code) in self {
            return code
        }
        return nil
    }
}

extension SIPRequest {
    var bodyText: String { String(decoding: self.body, as: UTF8.self) }

    func text(_ name: SIPHeaderName) -> String? {
        self.headers.first(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The RLMI document of a list NOTIFY.
    var rlmi: String {
        let body = self.bodyText
        guard let start = body.range(of: "<?xml"), let end = body.range(of: "</list>") else { return "" }
        return String(body[start.lowerBound..<end.upperBound])
    }
}

extension SIPResponse {
    func text(_ name: SIPHeaderName) -> String? {
        self.headers.first(name).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var index = self.startIndex
        while index < self.endIndex {
            if self[index...].hasPrefix(text) {
                return index..<self.index(index, offsetBy: text.count)
            }
            index = self.index(after: index)
        }
        return nil
    }
}
