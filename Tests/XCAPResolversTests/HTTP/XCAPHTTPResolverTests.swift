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

@Suite(.timeLimit(.minutes(1))) struct XCAPHTTPResolverTests {
    @Test(arguments: [false, true])
    func theTutorialsListIsResolved(_ isEncrypted: Bool) async throws {
        try await HTTPFixture.run(encrypted: isEncrypted) { (fixture) async throws in
            fixture.server.put(Tutorial.services(root: fixture.server.root), at: HTTPFixture.services)
            fixture.server.put(Tutorial.friends("sip:bob@example.org"), at: HTTPFixture.lists)
            let list = try await fixture.resolver.list(Tutorial.uri)
            #expect(list.entries.map(\.uri) == ["sip:bob@example.org", "sip:claire@example.org"])
            #expect(list.sources.map(\.key) == ["\(fixture.server.root)/\(HTTPFixture.services)"])
            let friends = try await fixture.resolver.list("sip:alice-friends@example.org")
            #expect(friends.entries.map(\.uri) == ["sip:bob@example.org"])
            #expect(try await fixture.resolver.find(Tutorial.uri)?.owner == .user(try SIPURI(Tutorial.alice)))
            #expect(fixture.paths == [HTTPFixture.services, HTTPFixture.lists])
        }
    }

    /// R4825-03: URLs are built from segments, and what is sent is what was built.
    @Test(
        arguments: [
            ("sip:joe%20smith@example.org", "sip:joe%2520smith@example.org"),
            ("sip:a;b@EXAMPLE.org", "sip:a;b@example.org"),
            ("sip:a%2Fb@example.org", "sip:a%252Fb@example.org"),
            ("sip:a/../b@example.org", nil),
            ("sip:%23%3f@example.org", "sip:%2523%253F@example.org"),
        ] as [(String, String?)]
    )
    func watchersBecomeOneSegmentOfThePath(_ watcher: String, _ segment: String?) async throws {
        try await HTTPFixture.run { (fixture) async throws in
            #expect(try await fixture.resolver.find(Tutorial.uri, watcher: watcher) == nil)
            #expect(fixture.paths == (segment.map { ["rls-services/users/\($0)/index"] } ?? []) + [HTTPFixture.global])
        }
    }

    /// R4825-14, R4826-41.
    @Test(arguments: [404, 410])
    func absenceMeansNotAList(_ status: Int) async throws {
        try await HTTPFixture.run { (fixture) async throws in
            fixture.server.script { _ in .reply(status) }
            #expect(try await fixture.resolver.find(Tutorial.uri) == nil)
            #expect(fixture.paths == [HTTPFixture.services, HTTPFixture.global])
        }
    }

    /// R4826-46, R4825-18: everything that is no answer is "unavailable", never "not a list".
    @Test(
        arguments: [
            (.reply(500), .unavailable, "status 500"), (.reply(502), .unavailable, "status 502"),
            (.reply(400), .unavailable, "status 400"), (.reply(204), .unavailable, "status 204"),
            (.reply(304), .unavailable, "status 304"), (.reply(429), .unavailable, "status 429"),
            (.reply(301, [("Location", "/root/elsewhere")]), .unavailable, "redirects are not followed"),
            (.reply(302, [("Location", "file:///etc/passwd")]), .unavailable, "redirects are not followed"),
            (.reply(307, [("Location", "http://169.254.169.254/")]), .unavailable, "redirects are not followed"),
            (.reply(401, [("WWW-Authenticate", "Basic realm=\"x\"")]), .credentialsRefused, "status 401"),
            (.reply(403), .credentialsRefused, "status 403"),
            (.cutOff(Array("<rls-services".utf8), declared: 500), .unavailable, ""),
            (.reply(200, [], Array("<html><body>Welcome</body></html>".utf8)), .badDocument, "root element"),
            (.reply(200), .badDocument, "empty"),
            (.reply(200, [("Content-Encoding", "gzip")], [0x1F, 0x8B]), .badDocument, "content encoding"),
            (.cutOff([], declared: 300_000), .badDocument, "too large"),
            (.reply(200, [], Array(repeating: 0x20, count: 262_145)), .badDocument, "too large"),
        ] as [(XCAPTestServer.Answer, RLSResolverError.Code, String)]
    )
    func badAnswersAreToldApart(
        _ answer: XCAPTestServer.Answer,
        _ code: RLSResolverError.Code,
        _ message: String
    ) async throws {
        try await HTTPFixture.run { (fixture) async throws in
            fixture.server.script { $0.uri.hasSuffix(HTTPFixture.services) ? answer : nil }
            let failure = await fixture.failure()
            #expect(failure?.code == code)
            #expect(failure?.document == "\(fixture.server.root)/\(HTTPFixture.services)")
            #expect(message.isEmpty || failure?.message.contains(message) == true)
            #expect(Set(fixture.paths) == [HTTPFixture.services, HTTPFixture.global])
        }
    }

    @Test func retryAfterIsPassedOn() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            for (value, duration) in [
                ("7", Duration.seconds(7)), ("999999", .seconds(3_600)), ("-1", nil), ("soon", nil),
            ] {
                fixture.server.script { _ in .reply(503, [("Retry-After", value)]) }
                #expect(await fixture.failure()?.retryAfter == duration)
            }
        }
    }

    /// A body without end is read up to the limit and no further.
    @Test func endlessBodiesAreCut() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            fixture.server.script { _ in .endless }
            let failure = await fixture.failure()
            #expect(failure?.code == .badDocument)
            // The rest is what fits into buffers on the way.
            #expect(fixture.server.endlessBytes < 64 * 1_048_576)
        }
    }

    @Test(arguments: [XCAPTestServer.Answer.silence, .stalled(Array("<rls-services>".utf8))])
    func slowServersAreGivenUp(_ answer: XCAPTestServer.Answer) async throws {
        try await HTTPFixture.run({ $0.timeout = .milliseconds(50) }) { (fixture) async throws in
            fixture.server.script { _ in answer }
            #expect(await fixture.failure()?.code == .unavailable)
        }
    }

    @Test func unreachableServersAreUnavailable() async throws {
        let port = try await XCAPTestServer.run { $0.port }
        let root = try XCAPRoot("http://127.0.0.1:\(port)/root")
        try await HTTPFixture.with(XCAPHTTPConfiguration(roots: [.init(root)])) { (resolver) async throws in
            let failure = await #expect(throws: RLSResolverError.self) { try await resolver.find(Tutorial.uri) }
            #expect(failure?.code == .unavailable)
        }
    }

    /// R4826-37: a certificate that nobody vouches for is refused.
    @Test func unknownCertificatesAreRefused() async throws {
        try await HTTPFixture.run(encrypted: true, trusted: false, { $0.timeout = .seconds(2) }) {
            (fixture) async throws in
            fixture.server.put(Tutorial.services, at: HTTPFixture.services)
            #expect(await fixture.failure()?.code == .unavailable)
            #expect(fixture.server.requests.isEmpty)
        }
    }

    /// The global index may be larger than a user's document; the union of users' services keeps their owners.
    @Test func theGlobalIndexMayBeLarge() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            let comment = "<!--" + String(repeating: " ", count: 700_000) + "-->"
            fixture.server.put(Tutorial.services(root: fixture.server.root) + comment, at: HTTPFixture.global)
            let service = try await fixture.resolver.find(
                "sip:alice-friends@example.org",
                watcher: "sip:tom@example.org"
            )
            #expect(service?.owner == .user(try SIPURI(Tutorial.alice)))
            #expect(try await fixture.resolver.find(Tutorial.uri, watcher: "sip:tom@example.org")?.owner == .unknown)
        }
    }

    // MARK: Roots

    private func configuration(_ roots: [String]) throws -> XCAPHTTPConfiguration {
        var configuration = XCAPHTTPConfiguration(roots: try roots.map { .init(try XCAPRoot($0)) })
        configuration.timeout = .seconds(50)
        return configuration
    }

    @Test func rootsAreTriedInOrder() async throws {
        try await XCAPTestServer.run { (one) async throws in
            try await XCAPTestServer.run { (two) async throws in
                two.put(Tutorial.services, at: HTTPFixture.services)
                let configuration = try self.configuration([one.root, two.root])
                try await HTTPFixture.with(configuration) { (resolver) async throws in
                    #expect(try await resolver.find(Tutorial.uri)?.location == "\(two.root)/\(HTTPFixture.services)")
                }
                // A root that is down does not hide what another one has, and turns nothing into "not a list".
                one.script { _ in .reply(503) }
                try await HTTPFixture.with(configuration) { (resolver) async throws in
                    #expect(try await resolver.find(Tutorial.uri) != nil)
                    await #expect(throws: RLSResolverError.self) { try await resolver.find("sip:bob@example.org") }
                }
            }
        }
    }

    @Test func rootsMayServeCertainDomains() async throws {
        try await XCAPTestServer.run { (one) async throws in
            try await XCAPTestServer.run { (two) async throws in
                var configuration = try self.configuration([one.root, two.root])
                configuration.roots[0].domains = ["Example.com"]
                configuration.roots[1].domains = ["example.org"]
                try await HTTPFixture.with(configuration) { (resolver) async throws in
                    for (watcher, counts) in [
                        ("sip:alice@example.org", [0, 2]), ("sip:a@example.com", [2, 2]), ("sip:a@h", [2, 2]),
                    ] {
                        #expect(try await resolver.find(Tutorial.uri, watcher: watcher) == nil)
                        #expect([one.requests.count, two.requests.count] == counts)
                    }
                }
            }
        }
    }

    /// S-SSRF: no request for what is not allowed; an allowed root of others gets one, and no credentials.
    @Test func externalListsComeOnlyFromAllowedRoots() async throws {
        try await XCAPTestServer.run { (foreign) async throws in
            foreign.put(Tutorial.friends("sip:eve@example.net"), at: HTTPFixture.lists)
            foreign.require(.basic(user: "Aladdin", password: "open sesame"))
            let anchor = "\(foreign.root)/\(HTTPFixture.lists)/~~/resource-lists/list"
            let services = """
                <rls-services xmlns="urn:ietf:params:xml:ns:rls-services" xmlns:rl="urn:ietf:params:xml:ns:resource-lists">
                <service uri="\(Tutorial.uri)"><list><rl:entry uri="sip:bob@h"/><rl:external anchor="\(anchor)"/></list></service>
                </rls-services>
                """
            for isAllowed in [false, true] {
                try await HTTPFixture.run({ configuration in
                    configuration.roots[0].credentials = XCAPCredentials(user: "Aladdin", password: "open sesame")
                    configuration.roots[0].credentials?.allowsBasicWithoutTLS = true
                    configuration.externalRoots = isAllowed ? [try XCAPRoot(foreign.root)] : []
                }) { (fixture) async throws in
                    fixture.server.put(services, at: HTTPFixture.services)
                    let list = try await fixture.resolver.list(Tutorial.uri)
                    #expect(list.entries.map(\.uri) == ["sip:bob@h"])
                    #expect(list.losses.first?.reason == (isAllowed ? .unreadableDocument : .refusedReference))
                }
                #expect(foreign.requests.count == (isAllowed ? 1 : 0))
            }
            #expect(foreign.requests.allSatisfy { $0.headers["Authorization"].isEmpty })
        }
    }

    /// Documents may name the root by a name that only the outside uses.
    @Test func aliasesMeanTheRoot() async throws {
        try await HTTPFixture.run({ $0.roots[0].aliases = [try XCAPRoot(Tutorial.root)] }) { (fixture) async throws in
            fixture.server.put(Tutorial.services, at: HTTPFixture.services)
            fixture.server.put(Tutorial.friends("sip:bob@example.org"), at: HTTPFixture.lists)
            #expect(try await fixture.resolver.list("sip:alice-friends@example.org").entries.count == 1)
        }
    }
}
#endif
