// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
import NIOHTTP1
import RLSCore
import ResourceListServer
import SIPMessage
import Testing
import XCAPDocuments

@testable import XCAPResolvers

/// R4825-16: Basic (RFC 7617) and Digest (RFC 7616) toward the XCAP server.
@Suite(.timeLimit(.minutes(1))) struct XCAPHTTPAuthenticationTests {
    private func credentials(_ password: String = "open sesame", basic: Bool = false) -> XCAPCredentials {
        var credentials = XCAPCredentials(user: "Aladdin", password: password)
        credentials.allowsBasicWithoutTLS = basic
        return credentials
    }

    private func digest(_ algorithms: [String], qop: String? = "auth", uses: Int = .max) -> TestAuthentication {
        .digest(
            .init(user: "Aladdin", password: "open sesame", algorithms: algorithms, qop: qop, uses: uses)
        )
    }

    /// The server offers the algorithms in this order and accepts the last one only.
    @Test(
        arguments: [
            (["MD5"], "auth"), (["SHA-256"], "auth"), (["MD5", "SHA-256"], "auth"),
            (["SHA-512-256", "SHA-256"], "auth"),
            (["MD5-sess"], "auth"), (["SHA-256-sess"], "auth,auth-int"), (["MD5"], nil), (["SHA-256"], nil),
        ] as [([String], String?)]
    )
    func digestIsAnsweredWithTheStrongestAlgorithm(_ algorithms: [String], _ qop: String?) async throws {
        let credentials = self.credentials()
        try await HTTPFixture.run({ $0.roots[0].credentials = credentials }) { (fixture) async throws in
            fixture.server.require(self.digest(algorithms, qop: qop))
            fixture.server.put(Tutorial.services(root: fixture.server.root), at: HTTPFixture.services)
            fixture.server.put(Tutorial.friends("sip:bob@example.org"), at: HTTPFixture.lists)
            let list = try await fixture.resolver.list("sip:alice-friends@example.org")
            #expect(list.entries.count == 1)
            // Only the first request is sent twice: the challenge is remembered.
            #expect(fixture.paths == [HTTPFixture.services, HTTPFixture.services, HTTPFixture.lists])
            #expect(fixture.server.connections == 1)
        }
    }

    @Test func aStaleNonceIsReplaced() async throws {
        let credentials = self.credentials()
        try await HTTPFixture.run({ $0.roots[0].credentials = credentials }) { (fixture) async throws in
            fixture.server.require(self.digest(["SHA-256"], uses: 2))
            for index in 0..<7 {
                let service = try await fixture.resolver.find(Tutorial.uri, watcher: "sip:u\(index)@example.org")
                #expect(service == nil)
            }
        }
    }

    @Test(arguments: [
        TestAuthentication.digest(.init(user: "Aladdin", password: "other")), .basic(user: "x", password: "y"),
    ])
    func wrongPasswordsAreToldAndNotTriedAgainAndAgain(_ authentication: TestAuthentication) async throws {
        let credentials = self.credentials(basic: true)
        try await HTTPFixture.run({ configuration in
            configuration.roots[0].credentials = credentials
            configuration.options.globalIndex = .unused
        }) { (fixture) async throws in
            fixture.server.require(authentication)
            let failure = await fixture.failure()
            #expect(failure?.code == .credentialsRefused)
            #expect(failure?.description.contains("sesame") == false)
            #expect(fixture.server.requests.count == 2)
        }
    }

    /// A password in clear goes only over TLS, unless it is allowed.
    @Test(arguments: [(false, false, false), (false, true, true), (true, false, true)])
    func basicNeedsEncryptionOrPermission(_ isEncrypted: Bool, _ isPermitted: Bool, _ isSent: Bool) async throws {
        let credentials = self.credentials(basic: isPermitted)
        try await HTTPFixture.run(encrypted: isEncrypted, { $0.roots[0].credentials = credentials }) {
            (fixture) async throws in
            fixture.server.require(.basic(user: "Aladdin", password: "open sesame"))
            #expect(await fixture.failure()?.code == (isSent ? nil : .credentialsRefused))
            #expect(fixture.server.requests.contains { !$0.headers["Authorization"].isEmpty } == isSent)
        }
    }

    @Test func passwordsAreNotShown() {
        let root = XCAPHTTPConfiguration(roots: [])
        var configuration = root
        if let url = try? XCAPRoot("https://h") {
            configuration.roots = [.init(url, credentials: self.credentials())]
        }
        #expect(!"\(configuration)".contains("sesame"))
        #expect(!String(reflecting: configuration.roots).contains("sesame"))
        #expect(!"\(self.credentials())".contains("sesame"))
    }

    // MARK: Parts

    /// RFC 7616 §3.9.1 and RFC 2617 §3.5.
    @Test(
        arguments: [
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ]
    )
    func digestsAreThoseOfTheRFC(_ algorithm: String, _ response: String) throws {
        let field = """
            Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=\(algorithm), \
            nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
            """
        let challenge = try #require(HTTPChallenge.parse([field]).first.flatMap(DigestChallenge.init))
        let answer = challenge.authorization(
            XCAPCredentials(user: "Mufasa", password: "Circle of Life"),
            uri: "/dir/index.html",
            count: 1,
            clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
        )
        #expect(answer.contains("response=\"\(response)\""))
        #expect(answer.contains("nc=00000001"))
        #expect(answer.contains("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""))
    }

    @Test(
        arguments: [
            (["Basic realm=\"a\""], ["basic": ["realm": "a"]]),
            (
                ["Digest nonce=\"x\", realm=\"a, b=\\\"c\\\"\", qop=auth"],
                ["digest": ["nonce": "x", "realm": "a, b=\"c\"", "qop": "auth"]]
            ),
            (
                ["Basic realm=\"a\", Digest nonce=n , algorithm=MD5"],
                ["basic": ["realm": "a"], "digest": ["nonce": "n", "algorithm": "MD5"]]
            ),
            (["NEGOTIATE", "digest NONCE = \"x\""], ["negotiate": [:], "digest": ["nonce": "x"]]),
            ([""], [:]), ([",, ,"], [:]), (["Digest nonce=\"x"], ["digest": [:]]), (["Digest nonce="], ["digest": [:]]),
            (["\"x\""], [:]), (["=x"], [:]),
        ] as [([String], [String: [String: String]])]
    )
    func challengesAreRead(_ fields: [String], _ challenges: [String: [String: String]]) {
        let read = HTTPChallenge.parse(fields)
        #expect(Dictionary(read.map { ($0.scheme, $0.parameters) }) { one, _ in one } == challenges)
    }

    @Test(
        arguments: [
            "Digest realm=\"x\"", "Digest nonce=\"x\", algorithm=SHA-512-256", "Digest nonce=\"x\", qop=\"other\"",
            "Basic realm=\"x\"", "Bearer nonce=\"x\"",
        ]
    )
    func challengesThatCannotBeAnsweredAreLeftOut(_ field: String) {
        #expect(DigestChallenge.best(of: HTTPChallenge.parse([field])) == nil)
    }
}
#endif
