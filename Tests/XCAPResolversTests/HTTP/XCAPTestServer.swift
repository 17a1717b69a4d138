// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import Testing

/// An HTTP server on loopback that behaves like an XCAP server: documents with ETags, authentication, and every bad habit
/// that a test wants.
final class XCAPTestServer: Sendable {
    /// What a request is answered with.
    enum Answer: Sendable {
        case reply(Int, [(String, String)] = [], [UInt8] = [])
        /// Fewer bytes than its Content-Length says, then the connection is closed.
        case cutOff([UInt8], declared: Int)
        /// A body without end.
        case endless
        /// Head and first bytes, then nothing more.
        case stalled([UInt8])
        /// Nothing at all.
        case silence
        /// The document's own answer, once the test releases it.
        case held
    }

    struct Request: Sendable {
        var uri: String
        var headers: HTTPHeaders
    }

    private struct State {
        var documents: [String: (text: String, etag: String?)] = [:]
        var script: (@Sendable (Request) -> Answer?)?
        var authentication = TestAuthentication.none
        var requests: [Request] = []
        var connections = 0
        var endlessBytes = 0
        var held: [@Sendable () -> Void] = []
        var isReleased = false
    }

    private let state = Mutex(State())
    private let channel: any Channel
    private let isEncrypted: Bool

    private init(channel: any Channel, isEncrypted: Bool, box: Box) {
        self.channel = channel
        self.isEncrypted = isEncrypted
        box.server.withLock { $0 = self }
    }

    /// The server, for handlers that are made before it.
    private final class Box: Sendable {
        let server = Mutex<XCAPTestServer?>(nil)
    }

    /// Runs a body with a server that is closed afterwards.
    static func run<Result>(
        encrypted: Bool = false,
        _ body: (XCAPTestServer) async throws -> Result
    ) async throws -> Result {
        let box = Box()
        let context = encrypted ? try TestCertificate.serverContext() : nil
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let server = box.server.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try pipeline.addHandler(XCAPTestHandler(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = XCAPTestServer(channel: channel, isEncrypted: encrypted, box: box)
        defer { box.server.withLock { $0 = nil } }
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    var port: Int { self.channel.localAddress?.port ?? 0 }

    /// The root URL.
    var root: String { "\(self.isEncrypted ? "https" : "http")://localhost:\(self.port)/root" }

    // MARK: Scripting

    /// Puts a document under the root.
    func put(_ text: String, at path: String, etag: String? = nil) {
        self.state.withLock { $0.documents["/root/\(path)"] = (text, etag) }
    }

    func remove(_ path: String) {
        self.state.withLock { $0.documents["/root/\(path)"] = nil }
    }

    /// Answers for requests instead of their document's; nil from it: the document's.
    func script(_ script: (@Sendable (Request) -> Answer?)?) {
        self.state.withLock { $0.script = script }
    }

    func require(_ authentication: TestAuthentication) {
        self.state.withLock { $0.authentication = authentication }
    }

    var requests: [Request] { self.state.withLock { $0.requests } }
    var connections: Int { self.state.withLock { $0.connections } }
    var endlessBytes: Int { self.state.withLock { $0.endlessBytes } }

    /// Waits until so many requests have come.
    func waitForRequests(_ count: Int) async {
        while self.requests.count < count, !Task.isCancelled {
            await Task.yield()
        }
    }

    /// Answers what is held, and everything from now on.
    func release() {
        let held = self.state.withLock { state in
            state.isReleased = true
            defer { state.held = [] }
            return state.held
        }
        for answer in held {
            answer()
        }
    }

    // MARK: For the handler

    func connected() {
        self.state.withLock { $0.connections += 1 }
    }

    func sent(_ bytes: Int) {
        self.state.withLock { $0.endlessBytes += bytes }
    }

    /// Keeps an answer back; false: it is to be given at once.
    func hold(_ answer: @escaping @Sendable () -> Void) -> Bool {
        self.state.withLock { state in
            guard !state.isReleased else { return false }
            state.held.append(answer)
            return true
        }
    }

    func answer(_ request: Request) -> Answer {
        self.state.withLock { state in
            state.requests.append(request)
            if let refusal = state.authentication.refusal(of: request) { return refusal }
            return state.script?(request) ?? Self.document(request, state)
        }
    }

    func document(_ request: Request) -> Answer {
        self.state.withLock { Self.document(request, $0) }
    }

    private static func document(_ request: Request, _ state: State) -> Answer {
        guard let document = state.documents[request.uri] else { return .reply(404) }
        let headers = document.etag.map { [("ETag", $0)] } ?? []
        if let etag = document.etag, request.headers["If-None-Match"] == [etag] {
            return .reply(304, headers)
        }
        return .reply(200, headers + [("Content-Type", "application/xml")], Array(document.text.utf8))
    }
}

extension XCAPTestServer.Answer: CustomTestStringConvertible {
    var testDescription: String {
        switch self {
        case .reply(let status, let headers, let body): "\(status) \(headers) \(body.count) bytes"
        case .cutOff(let body, let declared): "\(body.count) of \(declared) bytes"
        case .endless: "endless"
        case .stalled(let body): "stalled after \(body.count) bytes"
        case .silence: "silence"
        case .held: "held"
        }
    }
}
#endif
