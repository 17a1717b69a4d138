// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOConcurrencyHelpers
package import NIOCore
import NIOPosix
package import SIPMessage

/// A small SIP user agent on a UDP socket or a TCP connection of its own, for the demo and the tests.
///
/// It sends once and repeats nothing: it is meant for loopback.
package final class SIPPhone: Sendable {
    /// UDP or TCP.
    package enum Transport: String, Sendable {
        case udp = "UDP"
        case tcp = "TCP"
    }

    /// A request that came in.
    struct Arrival: Sendable {
        var request: SIPRequest
        var time: NIODeadline
    }

    private struct State {
        /// Who waits for the response to which branch.
        var waiting: [String: EventLoopPromise<SIPResponse>] = [:]
        var answer: @Sendable (SIPRequest) -> SIPResponse? = { SIPResponse(to: $0, 200) }
        var branches = 0
        /// Branches of the requests that came in.
        var seen: Set<String> = []
    }

    /// Address of record.
    package let uri: String
    /// UDP or TCP.
    package let transport: Transport
    /// Its own address, without a name.
    package let address: SocketAddress
    private let server: SocketAddress
    private let channel: any Channel
    private let inbox = Mailbox<Arrival>()
    private let state = NIOLockedValueBox(State())

    private init(uri: String, transport: Transport, server: SocketAddress, channel: any Channel) throws {
        guard let address = channel.localAddress else { throw PhoneError.unusable("socket without address") }
        self.uri = uri
        self.transport = transport
        self.address = address
        self.server = server
        self.channel = channel
    }

    /// Opens a socket, or a connection to the server.
    package static func open(
        _ uri: String,
        over transport: Transport = .udp,
        server: SocketAddress
    ) async throws -> SIPPhone {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let channel: any Channel
        switch transport {
        case .udp:
            channel = try await DatagramBootstrap(group: loop)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
                .channelOption(.autoRead, value: false)
                .bind(host: "127.0.0.1", port: 0).get()
        case .tcp:
            channel = try await ClientBootstrap(group: loop)
                .channelOption(.autoRead, value: false)
                .connect(to: server).get()
        }
        let phone = try SIPPhone(uri: uri, transport: transport, server: server, channel: channel)
        try await loop.submit {
            switch transport {
            case .udp: try channel.pipeline.syncOperations.addHandler(PhoneDatagramHandler(phone: phone))
            case .tcp: try channel.pipeline.syncOperations.addHandler(PhoneStreamHandler(phone: phone))
            }
        }.get()
        try await channel.setOption(.autoRead, value: true).get()
        return phone
    }

    /// Closes the socket or connection.
    package func close() async {
        try? await self.channel.close()
    }

    /// Its Contact URI.
    package var contact: String {
        let user = self.uri.drop { $0 != ":" }.dropFirst().prefix { $0 != "@" }
        let parameter = self.transport == .tcp ? ";transport=tcp" : ""
        return "sip:\(user)@\(self.hostAndPort)\(parameter)"
    }

    var hostAndPort: String { "\(self.address.ipAddress ?? ""):\(self.address.port ?? 0)" }

    /// Decides how requests are answered: a status, or nil for silence. Default 200.
    package func answerRequests(_ answer: @escaping @Sendable (SIPRequest) -> Int?) {
        self.respond { request in answer(request).map { SIPResponse(to: request, $0) } }
    }

    /// Decides how requests are answered: a response, or nil for silence.
    package func respond(_ answer: @escaping @Sendable (SIPRequest) -> SIPResponse?) {
        self.state.withLockedValue { $0.answer = answer }
    }

    /// Sends a request with a Via of its own, and waits for the final response.
    package func send(
        _ request: SIPRequest,
        within limit: TimeAmount = .seconds(10)
    ) async throws -> SIPResponse {
        let number = self.state.withLockedValue { state in
            state.branches += 1
            return state.branches
        }
        let branch = "z9hG4bKphone\(self.address.port ?? 0)x\(number)"
        var request = request
        request.headers.prepend(.via, "SIP/2.0/\(self.transport.rawValue) \(self.hostAndPort);branch=\(branch)")
        return try await self.exchange(request.bytes, branch: branch, within: limit)
    }

    /// Sends bytes as they are, and waits for the final response with this branch.
    package func exchange(
        _ bytes: [UInt8],
        branch: String,
        within limit: TimeAmount = .seconds(10)
    ) async throws -> SIPResponse {
        let loop = self.channel.eventLoop
        let promise = loop.makePromise(of: SIPResponse.self)
        self.state.withLockedValue { $0.waiting[branch] = promise }
        self.send(bytes: bytes)
        let timer = loop.scheduleTask(in: limit) {
            self.take(branch)?.fail(PhoneError.nothingCame)
        }
        defer { timer.cancel() }
        return try await promise.futureResult.get()
    }

    /// Sends bytes as they are.
    package func send(bytes: [UInt8]) {
        let buffer = ByteBuffer(bytes: bytes)
        switch self.transport {
        case .udp:
            self.channel.writeAndFlush(AddressedEnvelope(remoteAddress: self.server, data: buffer), promise: nil)
        case .tcp:
            self.channel.writeAndFlush(buffer, promise: nil)
        }
    }

    /// The next request that came in, in order of arrival; it has been answered already.
    package func nextRequest(within limit: TimeAmount = .seconds(10)) async throws -> SIPRequest {
        try await self.nextArrival(within: limit).request
    }

    /// The next request, and when it came in.
    func nextArrival(within limit: TimeAmount) async throws -> Arrival {
        try await self.inbox.next(within: limit, on: self.channel.eventLoop)
    }

    func received(_ message: SIPParsedMessage, from source: SocketAddress) {
        switch message {
        case .response(let response):
            guard response.statusCode >= 200 else { return }
            guard let branch = try? response.topVia?.branch else { return }
            self.take(branch)?.succeed(response)
        case .request(let request):
            let answer = self.state.withLockedValue { $0.answer }
            if let answer = answer(request) {
                let response = ByteBuffer(bytes: answer.bytes)
                switch self.transport {
                case .udp:
                    let envelope = AddressedEnvelope(remoteAddress: source, data: response)
                    self.channel.writeAndFlush(envelope, promise: nil)
                case .tcp:
                    self.channel.writeAndFlush(response, promise: nil)
                }
            }
            guard self.isNew(request) else { return }
            self.inbox.put(Arrival(request: request, time: .now()))
        }
    }

    /// Whether it is no repeat, which is answered again and not handed out again.
    private func isNew(_ request: SIPRequest) -> Bool {
        guard let branch = try? request.topVia?.branch else { return true }
        return self.state.withLockedValue { $0.seen.insert(branch).inserted }
    }

    private func take(_ branch: String) -> EventLoopPromise<SIPResponse>? {
        self.state.withLockedValue { $0.waiting.removeValue(forKey: branch) }
    }
}
