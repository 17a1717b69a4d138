// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
/// The authentication toward one root: remembers the server's last challenge, so that only the first request is sent twice.
actor HTTPAuthenticator {
    /// What a request is to carry.
    enum Authorization: Sendable, Hashable {
        case none
        case basic(user: String, password: String)
        case digest(String)
    }

    private let credentials: XCAPCredentials
    private let isEncrypted: Bool
    private var digest: DigestChallenge?
    private var count: UInt32 = 0
    private var usesBasic = false

    init(_ credentials: XCAPCredentials, isEncrypted: Bool) {
        self.credentials = credentials
        self.isEncrypted = isEncrypted
    }

    /// For the next request; `none` as long as the server has not asked.
    func authorization(uri: String) -> Authorization {
        if let digest = self.digest {
            self.count &+= 1
            let clientNonce = String(UInt64.random(in: 0 ... .max), radix: 16)
            return .digest(
                digest.authorization(self.credentials, uri: uri, count: self.count, clientNonce: clientNonce)
            )
        }
        return self.usesBasic ? .basic(user: self.credentials.user, password: self.credentials.password) : .none
    }

    /// Takes a 401.
    ///
    /// - Parameters:
    ///   - challenges: what the answer asks for.
    ///   - used: what the refused request carried.
    /// - Returns: whether it is worth to ask once more; otherwise the credentials are refused.
    func challenged(_ challenges: [HTTPChallenge], used: Authorization) -> Bool {
        if let best = DigestChallenge.best(of: challenges) {
            let isKnown = self.digest?.nonce == best.nonce
            if !isKnown {
                self.digest = best
                self.count = 0
            }
            // The same nonce again, not called stale, means that it is the password. A new nonce means that ours was old,
            // or that another request has meanwhile got one.
            switch used {
            case .none, .basic: return true
            case .digest(let text): return best.isStale || !text.contains(best.nonce)
            }
        }
        self.digest = nil
        let offersBasic = challenges.contains { $0.scheme == "basic" }
        guard offersBasic, self.isEncrypted || self.credentials.allowsBasicWithoutTLS else { return false }
        self.usesBasic = true
        // Basic once refused is refused for good.
        switch used {
        case .none, .digest: return true
        case .basic: return false
        }
    }
}
#endif
