// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
import AsyncHTTPClient
import ResourceListServer
import SIPMessage
import Synchronization
import XCAPDocuments

@testable import XCAPResolvers

/// A clock that stands until it is moved.
final class TestClock: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { self.instant.withLock { $0 } }

    func advance(by duration: Duration) {
        self.instant.withLock { $0 += duration }
    }
}

/// A server, a resolver that asks it, and the resolver's clock.
struct HTTPFixture: Sendable {
    var server: XCAPTestServer
    var resolver: XCAPHTTPResolver
    var clock: TestClock

    static let services = "rls-services/users/sip:alice@example.org/index"
    static let lists = "resource-lists/users/sip:alice@example.org/index"
    static let global = "rls-services/global/index"

    /// Runs a body with all three.
    static func run(
        encrypted: Bool = false,
        trusted: Bool = true,
        _ configure: @Sendable (inout XCAPHTTPConfiguration) throws -> Void = { _ in },
        _ body: (HTTPFixture) async throws -> Void
    ) async throws {
        try await XCAPTestServer.run(encrypted: encrypted) { server in
            let clock = TestClock()
            var configuration = XCAPHTTPConfiguration(roots: [.init(try XCAPRoot(server.root))])
            configuration.timeout = .seconds(50)
            try configure(&configuration)
            try await self.with(configuration, clock, trusted: trusted) { resolver in
                try await body(HTTPFixture(server: server, resolver: resolver, clock: clock))
            }
        }
    }

    /// Runs a body with a resolver.
    static func with(
        _ configuration: XCAPHTTPConfiguration,
        _ clock: TestClock = TestClock(),
        trusted: Bool = true,
        _ body: (XCAPHTTPResolver) async throws -> Void
    ) async throws {
        var configuration = configuration
        // Machines that run tests are busy; what a test wants to see time out it says itself.
        configuration.connectTimeout = .seconds(50)
        let resolver = XCAPHTTPResolver(configuration, now: { clock.now }) { client in
            if trusted {
                TestCertificate.trust(&client)
            }
        }
        do {
            try await body(resolver)
            await resolver.shutdown()
        } catch {
            await resolver.shutdown()
            throw error
        }
    }

    /// The paths asked for.
    var paths: [String] {
        self.server.requests.map { String($0.uri.dropFirst("/root/".count)) }
    }

    /// The error of looking for alice's list.
    func failure() async -> RLSResolverError? {
        do {
            _ = try await self.resolver.find(Tutorial.uri)
            return nil
        } catch {
            return error as? RLSResolverError
        }
    }
}
#endif
