// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
internal import Crypto

/// A Digest challenge that can be answered (RFC 7616; RFC 2617 servers send one without `qop`).
struct DigestChallenge: Sendable, Hashable {
    enum Algorithm: String, Sendable {
        case md5 = "MD5"
        case md5Session = "MD5-sess"
        case sha256 = "SHA-256"
        case sha256Session = "SHA-256-sess"

        var isSession: Bool {
            self == .md5Session || self == .sha256Session
        }

        var isStrong: Bool {
            self == .sha256 || self == .sha256Session
        }

        func hash(_ text: String) -> String {
            switch self {
            case .md5, .md5Session: Self.hex(Insecure.MD5.hash(data: Array(text.utf8)))
            case .sha256, .sha256Session: Self.hex(SHA256.hash(data: Array(text.utf8)))
            }
        }

        private static func hex(_ digest: some Sequence<UInt8>) -> String {
            digest.reduce(into: "") { $0 += String($1 >> 4, radix: 16) + String($1 & 0xF, radix: 16) }
        }
    }

    var realm: String
    var nonce: String
    var opaque: String?
    var algorithm: Algorithm
    /// `auth` or `auth-int`; nil: the server knows neither.
    var qop: String?
    var isStale: Bool
    var hashesUser: Bool

    init?(_ challenge: HTTPChallenge) {
        guard challenge.scheme == "digest", let nonce = challenge.parameters["nonce"] else { return nil }
        let name = challenge.parameters["algorithm"]?.lowercased() ?? "md5"
        let all: [Algorithm] = [.md5, .md5Session, .sha256, .sha256Session]
        guard let algorithm = all.first(where: { $0.rawValue.lowercased() == name }) else { return nil }
        let offered = challenge.parameters["qop"]?.lowercased().split { $0 == "," || $0 == " " } ?? []
        self.qop = offered.contains("auth") ? "auth" : offered.contains("auth-int") ? "auth-int" : nil
        guard self.qop != nil || offered.isEmpty else { return nil }
        self.realm = challenge.parameters["realm"] ?? ""
        self.nonce = nonce
        self.opaque = challenge.parameters["opaque"]
        self.algorithm = algorithm
        self.isStale = challenge.parameters["stale"]?.lowercased() == "true"
        self.hashesUser = challenge.parameters["userhash"]?.lowercased() == "true"
    }

    /// The strongest one of several.
    static func best(of challenges: [HTTPChallenge]) -> DigestChallenge? {
        let digests = challenges.compactMap(DigestChallenge.init)
        return digests.first { $0.algorithm.isStrong } ?? digests.first
    }

    /// The value of the `Authorization` field for a GET without body.
    ///
    /// - Parameters:
    ///   - uri: the request target, byte for byte.
    ///   - count: how often this nonce has been used, this time included.
    ///   - clientNonce: random.
    func authorization(_ credentials: XCAPCredentials, uri: String, count: UInt32, clientNonce: String) -> String {
        let hash = self.algorithm.hash
        var secret = hash("\(credentials.user):\(self.realm):\(credentials.password)")
        if self.algorithm.isSession {
            secret = hash("\(secret):\(self.nonce):\(clientNonce)")
        }
        let request = hash(self.qop == "auth-int" ? "GET:\(uri):\(hash(""))" : "GET:\(uri)")
        let digits = String(count, radix: 16)
        let number = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        let response =
            self.qop.map { hash("\(secret):\(self.nonce):\(number):\(clientNonce):\($0):\(request)") }
            ?? hash("\(secret):\(self.nonce):\(request)")

        let user = self.hashesUser ? hash("\(credentials.user):\(self.realm)") : credentials.user
        var fields = ["username=\(Self.quoted(user))", "realm=\(Self.quoted(self.realm))"]
        fields += ["nonce=\(Self.quoted(self.nonce))", "uri=\(Self.quoted(uri))", "response=\"\(response)\""]
        fields.append("algorithm=\(self.algorithm.rawValue)")
        if let qop = self.qop {
            fields += ["qop=\(qop)", "nc=\(number)"]
        }
        if self.qop != nil || self.algorithm.isSession {
            fields.append("cnonce=\"\(clientNonce)\"")
        }
        if let opaque = self.opaque {
            fields.append("opaque=\(Self.quoted(opaque))")
        }
        if self.hashesUser {
            fields.append("userhash=true")
        }
        return "Digest " + fields.joined(separator: ", ")
    }

    private static func quoted(_ text: String) -> String {
        text.reduce(into: "\"") { $0 += $1 == "\"" || $1 == "\\" ? "\\\($1)" : String($1) } + "\""
    }
}
#endif
