// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import RLSCore
import RLSTestKit
import SIPMessage
import Testing

@testable import ResourceListServer

/// A server with everything around it scripted: time, lists, verdicts, store.
final class ServerHarness: Sendable {
    static let listURI = "sip:alice-list@example.org"

    let time = VirtualTime()
    let resolver = ScriptedResolver()
    let authorizer = ScriptedAuthorizer()
    let observer = RecordingObserver()
    let store: InMemoryStore?
    let server: RLSServer
    let sink = ActionSink()
    private let tasks = Locked([Task<Void, any Error>]())
    let path = SIPPath(
        transport: .udp,
        local: .init(host: "192.0.2.1", port: 5060),
        remote: .init(host: "192.0.2.10", port: 5062),
        flow: 7
    )

    init(
        store: InMemoryStore? = nil,
        logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
        _ change: (inout RLSConfiguration) -> Void = { _ in }
    ) {
        var configuration = RLSConfiguration()
        change(&configuration)
        self.store = store
        self.resolver.setList(Self.listURI, ["sip:bob@example.org", "sip:claire@example.org"])
        self.server = RLSServer(
            configuration: configuration,
            resolver: self.resolver,
            store: store,
            authorizer: self.authorizer,
            environment: self.time.environment,
            observer: self.observer,
            logger: logger
        )
    }

    /// Runs the server, and a consumer of its actions, until the body has ended.
    ///
    /// - Parameter answering: the watcher answers each NOTIFY from `actions` with 200.
    func running(
        consuming: Bool = true,
        answering: Bool = false,
        _ body: () async throws -> Void
    ) async throws {
        let run = self.launch()
        if consuming {
            self.consume(answering: answering)
        }
        await eventually { self.server.lifecycle.phase == .serving }
        try await body()
        run.cancel()
        _ = await run.result
    }

    /// Runs the server; the task ends as `run()` does.
    func launch() -> Task<Void, any Error> {
        Task { try await self.server.run() }
    }

    func consume(answering: Bool = false) {
        Task {
            for await batch in self.server.actions {
                self.sink.take(batch)
                var notifies = answering ? batch.notifies : []
                while !notifies.isEmpty {
                    notifies = self.answer(notifies).notifies
                }
            }
            self.sink.end()
        }
    }

    // MARK: Messages

    func subscribe(
        expires: UInt32? = 600,
        cSeq: UInt32 = 1,
        callID: String = "call-1",
        toTag: String? = nil,
        uri: String = ServerHarness.listURI,
        lines: [String] = []
    ) async -> [RLSAction] {
        let request = Self.makeSubscribe(
            expires: expires,
            cSeq: cSeq,
            callID: callID,
            toTag: toTag,
            uri: uri,
            lines: lines
        )
        return await self.server.rlsHandleSubscribe(request, via: self.path)
    }

    /// A SUBSCRIBE as a phone writes it; later ones in the dialog carry `toTag`.
    static func makeSubscribe(
        expires: UInt32? = 600,
        cSeq: UInt32 = 1,
        callID: String = "call-1",
        toTag: String? = nil,
        uri: String = ServerHarness.listURI,
        lines: [String] = []
    ) -> SIPRequest {
        var text = """
            SUBSCRIBE \(uri) SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bKc\(cSeq)\(callID)
            Max-Forwards: 70
            From: <sip:alice@example.org>;tag=phone
            To: <\(uri)>\(toTag.map { ";tag=\($0)" } ?? "")
            Call-ID: \(callID)
            CSeq: \(cSeq) SUBSCRIBE
            """
        let names = lines.map { $0.prefix { $0 != ":" } }
        let defaults = [
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

    /// A presence server's NOTIFY in the dialog of a back-end SUBSCRIBE.
    static func makeNotify(
        to subscribe: SIPRequest,
        cSeq: UInt32 = 1,
        state: String = "active;expires=600",
        body: String = "<presence/>"
    ) -> SIPRequest {
        Self.parse(
            """
            NOTIFY sip:rls@192.0.2.1:5060 SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKn\(cSeq)
            Max-Forwards: 70
            From: \(subscribe.text(.to) ?? "");tag=pa
            To: \(subscribe.text(.from) ?? "")
            Call-ID: \(subscribe.text(.callID) ?? "")
            CSeq: \(cSeq) NOTIFY
            Contact: <sip:pa@192.0.2.20>
            Event: presence
            Subscription-State: \(state)
            Content-Type: application/pidf+xml
            Content-Length: \(body.utf8.count)

            \(body)
            """
        )
    }

    static func parse(_ text: String) -> SIPRequest {
        let bytes = Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8)
        guard case .request(let request)? = try? SIPParser.parse(datagram: bytes) else {
            preconditionFailure("the test writes well-formed requests")
        }
        return request
    }

    /// Hands a NOTIFY in; what follows from it goes where batches of `actions` go.
    ///
    /// - Returns: the status of the reply.
    @discardableResult
    func deliver(_ notify: SIPRequest) -> Int? {
        let actions = self.server.rlsHandleNotify(notify, via: self.path)
        self.sink.take(actions)
        return actions.status
    }

    /// Answers requests of ours; what follows goes where batches of `actions` go.
    @discardableResult
    func answer(_ requests: [RLSOutboundRequest], _ status: Int = 200) -> [RLSAction] {
        let actions = requests.flatMap { outbound in
            let response = SIPResponse(to: outbound.request, status, toTag: Array("pa".utf8)[...])
            return self.server.rlsHandleResponse(.response(response), for: outbound.transaction)
        }
        self.sink.take(actions)
        return actions
    }
}

/// Takes batches of `actions` and lets tests wait for them.
final class ActionSink: Sendable {
    private struct State {
        var batches: [[RLSAction]] = []
        var isEnded = false
    }

    private let state = Locked(State())

    func take(_ batch: [RLSAction]) {
        self.state.withLock { $0.batches.append(batch) }
    }

    func end() {
        self.state.withLock { $0.isEnded = true }
    }

    var batches: [[RLSAction]] { self.state.withLock { $0.batches } }
    var actions: [RLSAction] { self.batches.flatMap { $0 } }
    var isEnded: Bool { self.state.withLock { $0.isEnded } }
}

/// Lets other tasks run until something is true. Does not wait for time, so a hung test fails instead.
@discardableResult
func eventually(
    _ condition: @Sendable () -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) async -> Bool {
    for _ in 0..<200_000 {
        if condition() {
            return true
        }
        await Task.yield()
    }
    Issue.record("did not come true", sourceLocation: sourceLocation)
    return false
}

/// Lets other tasks run for a while.
func settle() async {
    for _ in 0..<500 {
        await Task.yield()
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
    var toTag: String? { self.replies.first?.toTag.map { String(decoding: $0, as: UTF8.self) } }
    var retryAfter: String? { self.replies.first?.text(.retryAfter) }
}

extension SIPRequest {
    func text(_ name: SIPHeaderName) -> String? {
        self.headers.first(name).map { String(decoding: $0, as: UTF8.self) }
    }

    var bodyText: String { String(decoding: self.body, as: UTF8.self) }
    var cSeqNumber: UInt32 { (try? self.cSeq)?.number ?? 0 }
}

extension SIPResponse {
    func text(_ name: SIPHeaderName) -> String? {
        self.headers.first(name).map { String(decoding: $0, as: UTF8.self) }
    }
}
