// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
import Crypto
import NIOHTTP1
import Synchronization

@testable import XCAPResolvers

/// What a test server asks for, and whether it gets it. Its Digest is written from the RFC on its own, not with the code
/// that it tests.
enum TestAuthentication: Sendable {
    case none
    case basic(user: String, password: String)
    case digest(Digest)

    final class Digest: Sendable {
        let user: String
        let password: String
        let algorithms: [String]
        let qop: String?
        /// How often a nonce is good.
        let uses: Int
        private let state = Mutex((nonce: 1, counts: Set<String>()))

        init(
            user: String,
            password: String,
            algorithms: [String] = ["MD5"],
            qop: String? = "auth",
            uses: Int = .max
        ) {
            self.user = user
            self.password = password
            self.algorithms = algorithms
            self.qop = qop
            self.uses = uses
        }

        func refusal(of request: XCAPTestServer.Request) -> XCAPTestServer.Answer? {
            guard
                let field = request.headers.first(name: "Authorization"),
                let answer = HTTPChallenge.parse([field]).first, answer.scheme == "digest"
            else {
                return self.challenge(isStale: false)
            }
            let isRight = self.isRight(answer.parameters, uri: request.uri)
            let isFresh = self.state.withLock { state in
                guard answer.parameters["nonce"] == "n\(state.nonce)" else { return false }
                guard state.counts.count < self.uses else {
                    state = (state.nonce + 1, [])
                    return false
                }
                // A count that came before is a replay.
                return state.counts.insert(answer.parameters["nc"] ?? "\(state.counts.count)").inserted
            }
            return isRight && isFresh ? nil : self.challenge(isStale: isRight && !isFresh)
        }

        private func challenge(isStale: Bool) -> XCAPTestServer.Answer {
            let nonce = self.state.withLock { "n\($0.nonce)" }
            let fields = self.algorithms.map { algorithm in
                (
                    "WWW-Authenticate",
                    "Digest realm=\"xcap \\\"test\\\"\", nonce=\"\(nonce)\", algorithm=\(algorithm), opaque=\"o,p\""
                        + (self.qop.map { ", qop=\"\($0)\"" } ?? "") + (isStale ? ", stale=true" : "")
                )
            }
            return .reply(401, fields + [("WWW-Authenticate", "Basic realm=\"xcap\"")], Array("refused".utf8))
        }

        private func isRight(_ parameters: [String: String], uri: String) -> Bool {
            guard
                let algorithm = parameters["algorithm"], algorithm == self.algorithms.last,
                parameters["username"] == self.user, parameters["uri"] == uri, parameters["opaque"] == "o,p",
                parameters["qop"] == (self.qop == nil ? nil : "auth"), let nonce = parameters["nonce"]
            else {
                return false
            }
            let cnonce = parameters["cnonce"] ?? ""
            var secret = Self.hash(algorithm, "\(self.user):xcap \"test\":\(self.password)")
            if algorithm.hasSuffix("-sess") {
                secret = Self.hash(algorithm, "\(secret):\(nonce):\(cnonce)")
            }
            let request = Self.hash(algorithm, "GET:\(uri)")
            let middle = self.qop == nil ? nonce : "\(nonce):\(parameters["nc"] ?? ""):\(cnonce):auth"
            return parameters["response"] == Self.hash(algorithm, "\(secret):\(middle):\(request)")
        }

        private static func hash(_ algorithm: String, _ text: String) -> String {
            let bytes =
                algorithm.hasPrefix("MD5")
                ? Array(Insecure.MD5.hash(data: Array(text.utf8))) : Array(SHA256.hash(data: Array(text.utf8)))
            return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    func refusal(of request: XCAPTestServer.Request) -> XCAPTestServer.Answer? {
        switch self {
        case .none:
            return nil
        case .basic(let user, let password):
            // "Aladdin:open sesame" of RFC 7617 §2 is the only pair that tests use.
            let isRight =
                user == "Aladdin" && password == "open sesame"
                && request.headers["Authorization"] == ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="]
            return isRight ? nil : .reply(401, [("WWW-Authenticate", "Basic realm=\"xcap\", charset=\"UTF-8\"")])
        case .digest(let digest):
            return digest.refusal(of: request)
        }
    }
}
#endif
