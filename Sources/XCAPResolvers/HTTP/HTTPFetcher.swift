// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import ResourceListServer
internal import XCAPDocuments

/// Gets one document by HTTP.
struct HTTPFetcher: Sendable {
    /// What the server said.
    enum Answer: Sendable {
        case document([UInt8], etag: String?)
        case notModified
        case missing
    }

    let client: HTTPClient
    let timeout: Duration
    let options: XCAPOptions
    /// For each root with credentials. Others, foreign ones above all, never see any.
    let authenticators: [XCAPRoot: HTTPAuthenticator]

    /// Asks for a document.
    ///
    /// - Parameter etag: the version that is here already.
    /// - Throws: `unavailable` for everything that does not say whether the document exists, `badDocument` for one that is
    ///   too large, `credentialsRefused` for 401 and 403.
    func get(_ reference: XCAPDocumentReference, etag: String?) async throws(RLSResolverError) -> Answer {
        guard let root = reference.root else {
            throw RLSResolverError(.unavailable, document: reference.key, message: "no XCAP root")
        }
        do {
            // The client's own deadline ends with the head of the response; a body may come as slowly as it likes.
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask { try await self.exchange(reference, root, etag: etag) }
                group.addTask {
                    try await Task.sleep(for: self.timeout)
                    throw RLSResolverError(.unavailable, document: reference.key, message: "timed out")
                }
                defer { group.cancelAll() }
                return try await group.next() ?? .missing
            }
        } catch let error as RLSResolverError {
            throw error
        } catch {
            throw RLSResolverError(.unavailable, document: reference.key, message: Self.describe(error))
        }
    }

    private func exchange(
        _ reference: XCAPDocumentReference,
        _ root: XCAPRoot,
        etag: String?
    ) async throws -> Answer {
        let deadline = NIODeadline.now() + .nanoseconds(self.timeout.nanoseconds)
        let authenticator = self.authenticators[root]
        let url = reference.key
        // The request target, which Digest authentication signs.
        let uri = String(url[(url.dropFirst(root.scheme.count + 3).firstIndex(of: "/") ?? url.endIndex)...])
        // Without authentication, with a new challenge, and with the next nonce when that one was stale at once.
        for _ in 0..<3 {
            let authorization = await authenticator?.authorization(uri: uri) ?? .none
            let request = self.request(reference, etag: etag, authorization)
            let response = try await self.client.execute(request, deadline: deadline)
            guard response.status == .unauthorized else {
                return try await self.answer(response, reference, etag: etag)
            }
            await Self.drain(response)
            let challenges = HTTPChallenge.parse(response.headers["WWW-Authenticate"])
            guard await authenticator?.challenged(challenges, used: authorization) == true else { break }
        }
        throw RLSResolverError(.credentialsRefused, document: reference.key, message: "status 401")
    }

    private func request(
        _ reference: XCAPDocumentReference,
        etag: String?,
        _ authorization: HTTPAuthenticator.Authorization
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: reference.key)
        let type = "application/\(reference.selector.application.rawValue)+xml"
        request.headers.add(name: "Accept", value: "\(type), */*;q=0.1")
        request.headers.add(name: "User-Agent", value: "swift-resource-list-server")
        if let etag {
            request.headers.add(name: "If-None-Match", value: etag)
        }
        switch authorization {
        case .none:
            break
        case .basic(let user, let password):
            request.setBasicAuth(username: user, password: password)
        case .digest(let value):
            request.headers.add(name: "Authorization", value: value)
        }
        return request
    }

    private func answer(
        _ response: HTTPClientResponse,
        _ reference: XCAPDocumentReference,
        etag: String?
    ) async throws -> Answer {
        func failure(_ code: RLSResolverError.Code, _ message: String) -> RLSResolverError {
            RLSResolverError(code, document: reference.key, message: message, retryAfter: Self.retryAfter(response))
        }
        let status = Int(response.status.code)
        if status != 200 {
            await Self.drain(response)
        }
        switch status {
        case 200:
            let encoding = response.headers["Content-Encoding"].joined().lowercased()
            guard encoding.isEmpty || encoding == "identity" else {
                throw failure(.badDocument, "content encoding that was not asked for")
            }
            let limit = self.options.limits(of: reference.selector).maxBytes
            let bytes = try await Self.body(response, limit: limit)
            guard let bytes else { throw failure(.badDocument, "document is too large") }
            return .document(bytes, etag: Self.etag(response))
        case 304 where etag != nil:
            return .notModified
        // R4825-14; RFC 9110 §15.5.11.
        case 404, 410:
            return .missing
        case 403:
            throw failure(.credentialsRefused, "status 403")
        case 300..<400:
            throw failure(.unavailable, "status \(status), redirects are not followed")
        default:
            throw failure(.unavailable, "status \(status)")
        }
    }

    /// The body, read as it comes; nil when it is longer than the limit.
    private static func body(_ response: HTTPClientResponse, limit: Int) async throws -> [UInt8]? {
        if let length = response.headers.first(name: "Content-Length").flatMap(Int.init), length > limit {
            return nil
        }
        var bytes: [UInt8] = []
        for try await buffer in response.body {
            guard bytes.count + buffer.readableBytes <= limit else { return nil }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    /// Reads a body that does not matter, so that the connection can be used again.
    private static func drain(_ response: HTTPClientResponse) async {
        _ = try? await self.body(response, limit: 65_536)
    }

    private static func etag(_ response: HTTPClientResponse) -> String? {
        guard let etag = response.headers.first(name: "ETag"), (1...256).contains(etag.utf8.count) else { return nil }
        return etag.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? etag : nil
    }

    private static func retryAfter(_ response: HTTPClientResponse) -> Duration? {
        guard let seconds = response.headers.first(name: "Retry-After").flatMap(Int64.init), seconds >= 0 else {
            return nil
        }
        return .seconds(min(seconds, 3_600))
    }

    /// What went wrong on the way; errors of the client and of TLS hold no content of documents.
    private static func describe(_ error: any Error) -> String {
        if let error = error as? HTTPClientError {
            return error.shortDescription
        }
        return error is CancellationError ? "cancelled" : String(String(describing: error).prefix(200))
    }
}

extension Duration {
    /// Whole nanoseconds, at most a day: enough for time-outs, and no overflow.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = min(max(self, .zero), .seconds(86_400)).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
#endif
