// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
import AsyncHTTPClient
import NIOHTTP1
import RLSCore
import ResourceListServer
import SIPMessage
import Testing
import XCAPDocuments

@testable import XCAPResolvers

@Suite(.timeLimit(.minutes(1))) struct XCAPHTTPCacheTests {
    /// R4825-12: confirmed by ETag, and not asked for at all while fresh.
    @Test func documentsAreConfirmedByTheirETag() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            fixture.server.put(Tutorial.services, at: HTTPFixture.services, etag: "\"v1\"")
            let service = try #require(try await fixture.resolver.find(Tutorial.uri))
            let list = try await fixture.resolver.list(Tutorial.uri)
            #expect(fixture.server.requests.map { $0.headers["If-None-Match"] } == [[]])
            fixture.clock.advance(by: .seconds(1))
            #expect(try await fixture.resolver.resolve(service, known: list.version) == .unchanged)
            #expect(fixture.server.requests.map { $0.headers["If-None-Match"] } == [[], ["\"v1\""]])
            // The answer 304 makes it fresh again.
            #expect(try await fixture.resolver.resolve(service, known: list.version) == .unchanged)
            #expect(fixture.server.requests.count == 2)
            fixture.server.put(
                Tutorial.services.replacing("claire", with: "tom"),
                at: HTTPFixture.services,
                etag: "\"v2\""
            )
            fixture.clock.advance(by: .seconds(1))
            guard case .list(let changed) = try await fixture.resolver.resolve(service, known: list.version) else {
                Issue.record("unchanged")
                return
            }
            #expect(changed.entries.map(\.uri) == ["sip:bob@example.org", "sip:tom@example.org"])
        }
    }

    /// The version is that of the content: neither a weak nor a wrong ETag hides a change, and the same bytes are none.
    @Test(arguments: ["W/\"1\"", nil])
    func versionsFollowTheContent(_ etag: String?) async throws {
        try await HTTPFixture.run { (fixture) async throws in
            fixture.server.script { _ in
                .reply(200, etag.map { [("ETag", $0)] } ?? [], Array(Tutorial.services.utf8))
            }
            let service = try #require(try await fixture.resolver.find(Tutorial.uri))
            let list = try await fixture.resolver.list(Tutorial.uri)
            fixture.clock.advance(by: .seconds(1))
            #expect(try await fixture.resolver.resolve(service, known: list.version) == .unchanged)
            fixture.server.script { _ in
                .reply(
                    200,
                    etag.map { [("ETag", $0)] } ?? [],
                    Array(Tutorial.services.replacing("claire", with: "tom").utf8)
                )
            }
            fixture.clock.advance(by: .seconds(1))
            #expect(try await fixture.resolver.resolve(service, known: list.version) != .unchanged)
        }
    }

    @Test func absenceAndFaultsAreRememberedWhileFresh() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            for _ in 0..<3 {
                #expect(try await fixture.resolver.find(Tutorial.uri) == nil)
            }
            #expect(fixture.paths.count == 2)
            fixture.clock.advance(by: .seconds(1))
            fixture.server.put("<rls-services", at: HTTPFixture.services, etag: "\"bad\"")
            for _ in 0..<3 {
                #expect(await fixture.failure()?.code == .badDocument)
            }
            fixture.clock.advance(by: .seconds(1))
            // Confirmed to be the same malformed document.
            #expect(await fixture.failure()?.code == .badDocument)
            #expect(fixture.server.requests.last?.headers["If-None-Match"] != nil)
            fixture.clock.advance(by: .seconds(1))
            fixture.server.put(Tutorial.services, at: HTTPFixture.services, etag: "\"good\"")
            #expect(try await fixture.resolver.find(Tutorial.uri) != nil)
        }
    }

    @Test(arguments: [nil, Duration.seconds(60)])
    func staleDocumentsServeOnlyWhenAllowed(_ limit: Duration?) async throws {
        try await HTTPFixture.run({ $0.staleIfError = limit }) { (fixture) async throws in
            fixture.server.put(Tutorial.services, at: HTTPFixture.services)
            _ = try await fixture.resolver.list(Tutorial.uri)
            fixture.server.script { _ in .reply(503) }
            fixture.clock.advance(by: .seconds(59))
            #expect(await fixture.failure()?.code == (limit == nil ? .unavailable : nil))
            fixture.clock.advance(by: .seconds(1))
            #expect(await fixture.failure()?.code == .unavailable)
        }
    }

    /// What a server says is not hidden by what it once said: only silence is.
    @Test func refusedCredentialsAreNotHiddenByStaleDocuments() async throws {
        try await HTTPFixture.run({ $0.staleIfError = .seconds(60) }) { (fixture) async throws in
            fixture.server.put(Tutorial.services, at: HTTPFixture.services)
            _ = try await fixture.resolver.list(Tutorial.uri)
            fixture.server.script { _ in .reply(403) }
            fixture.clock.advance(by: .seconds(2))
            #expect(await fixture.failure()?.code == .credentialsRefused)
        }
    }

    // MARK: Many at once

    @Test func oneRequestServesAllWhoWait() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            fixture.server.put(Tutorial.services, at: HTTPFixture.services)
            fixture.server.script { _ in .held }
            try await withThrowingTaskGroup(of: RLSListService?.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await fixture.resolver.find(Tutorial.uri) }
                }
                await fixture.server.waitForRequests(1)
                fixture.server.release()
                for try await service in group {
                    #expect(service?.uri == Tutorial.uri)
                }
            }
            #expect(fixture.paths == [HTTPFixture.services])
        }
    }

    /// The caller's deadline: who is cancelled is let go at once, the others are served.
    @Test func whoIsCancelledDoesNotTakeTheOthersAlong() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            fixture.server.put(Tutorial.services, at: HTTPFixture.services)
            fixture.server.script { _ in .held }
            let impatient = Task { await fixture.failure() }
            let patient = Task { try await fixture.resolver.find(Tutorial.uri) }
            await fixture.server.waitForRequests(1)
            impatient.cancel()
            #expect(await impatient.value?.code == .unavailable)
            fixture.server.release()
            #expect(try await patient.value != nil)
            #expect(fixture.paths == [HTTPFixture.services])
        }
    }

    /// When nobody waits any more, the request ends too, and the next caller gets one of its own.
    @Test func aRequestThatNobodyWaitsForEnds() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            fixture.server.put(Tutorial.services, at: HTTPFixture.services)
            fixture.server.script { _ in .silence }
            let task = Task { await fixture.failure() }
            await fixture.server.waitForRequests(1)
            task.cancel()
            #expect(await task.value?.message == "cancelled")
            fixture.server.script(nil)
            #expect(try await fixture.resolver.find(Tutorial.uri) != nil)
        }
    }

    @Test func aSlowDocumentHoldsUpNobodyElse() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            fixture.server.script { $0.uri.contains("alice") ? .silence : nil }
            let slow = Task { await fixture.failure() }
            await fixture.server.waitForRequests(1)
            #expect(try await fixture.resolver.find(Tutorial.uri, watcher: "sip:tom@example.org") == nil)
            slow.cancel()
            #expect(await slow.value?.code == .unavailable)
        }
    }

    @Test func aFloodOpensFewConnections() async throws {
        try await HTTPFixture.run({ $0.maxConnections = 3 }) { (fixture) async throws in
            try await withThrowingTaskGroup(of: RLSListService?.self) { group in
                for index in 0..<100 {
                    group.addTask {
                        try await fixture.resolver.find(Tutorial.uri, watcher: "sip:u\(index)@example.org")
                    }
                }
                for try await service in group {
                    #expect(service == nil)
                }
            }
            #expect(fixture.server.requests.count == 101)
            #expect(fixture.server.connections <= 3)
        }
    }

    @Test func aFloodBeyondTheLimitIsRefused() async throws {
        try await HTTPFixture.run({ $0.maxRequests = 2 }) { (fixture) async throws in
            fixture.server.script { _ in .held }
            let waiting = (0..<2).map { index in
                Task { try await fixture.resolver.find(Tutorial.uri, watcher: "sip:u\(index)@example.org") }
            }
            await fixture.server.waitForRequests(2)
            let failure = await fixture.failure()
            #expect(failure?.code == .unavailable)
            #expect(failure?.retryAfter == .seconds(1))
            fixture.server.script(nil)
            fixture.server.release()
            for task in waiting {
                #expect(try await task.value == nil)
            }
        }
    }

    @Test func theCacheIsBounded() async throws {
        try await HTTPFixture.run({ configuration in
            configuration.maxCacheDocuments = 4
            configuration.options.globalIndex = .unused
        }) { (fixture) async throws in
            let first = "sip:u0@example.org"
            for index in 0..<20 {
                fixture.clock.advance(by: .milliseconds(1))
                _ = try await fixture.resolver.find(Tutorial.uri, watcher: "sip:u\(index)@example.org")
            }
            let count = fixture.server.requests.count
            _ = try await fixture.resolver.find(Tutorial.uri, watcher: "sip:u19@example.org")
            #expect(fixture.server.requests.count == count)
            _ = try await fixture.resolver.find(Tutorial.uri, watcher: first)
            #expect(fixture.server.requests.count == count + 1)
        }
    }

    // MARK: Changes

    @Test func changesOfDocumentsInUseAreTold() async throws {
        try await HTTPFixture.run({ $0.revalidationInterval = .milliseconds(1) }) { (fixture) async throws in
            fixture.server.put(Tutorial.services(root: fixture.server.root), at: HTTPFixture.services, etag: "\"1\"")
            fixture.server.put(Tutorial.friends("sip:bob@example.org"), at: HTTPFixture.lists, etag: "\"1\"")
            let service = try #require(try await fixture.resolver.find("sip:alice-friends@example.org"))
            let list = try await fixture.resolver.list("sip:alice-friends@example.org")
            let stream = fixture.resolver.makeChanges()
            let change = Task { await stream.first { _ in true } }
            // Time goes on by itself, since nothing tells when an answer has been taken.
            let time = Task {
                while !Task.isCancelled {
                    fixture.clock.advance(by: .milliseconds(10))
                    await Task.yield()
                }
            }
            defer { time.cancel() }
            // Both are confirmed first: from then on the stream listens.
            await fixture.server.waitForRequests(4)
            fixture.server.put(Tutorial.friends("sip:tom@example.org"), at: HTTPFixture.lists, etag: "\"2\"")
            #expect(await change.value == .documents(["\(fixture.server.root)/\(HTTPFixture.lists)"]))
            // What caused the hint is what the list is now made from.
            guard case .list(let changed) = try await fixture.resolver.resolve(service, known: list.version) else {
                Issue.record("unchanged")
                return
            }
            #expect(changed.entries.map(\.uri) == ["sip:tom@example.org"])
        }
    }

    /// Appearing and vanishing are changes; what nobody uses is not asked for; each change is told once.
    @Test func eachChangeIsToldOnce() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            let root = try XCAPRoot(fixture.server.root)
            let configuration = XCAPHTTPConfiguration(roots: [.init(root)])
            let clock = fixture.clock
            let cache = HTTPDocumentCache(
                HTTPFetcher(client: .shared, timeout: .seconds(20), options: XCAPOptions(), authenticators: [:]),
                configuration
            ) { clock.now }
            let document = XCAPDocumentReference(root: root, try XCAPDocumentSelector(path: HTTPFixture.lists))
            await cache.watch([(document, nil)])
            var now = await cache.changes(after: nil)
            let steps: [(() -> Void, Bool)] = [
                ({}, false), ({ fixture.server.put(Tutorial.friends(), at: HTTPFixture.lists) }, true), ({}, false),
                ({ fixture.server.script { _ in .reply(500) } }, false), ({ fixture.server.script(nil) }, false),
                ({ fixture.server.remove(HTTPFixture.lists) }, true), ({}, false),
            ]
            for (step, isChange) in steps {
                step()
                #expect(await cache.due(after: .seconds(10), atMost: 5) == [])
                clock.advance(by: .seconds(10))
                #expect(await cache.due(after: .seconds(10), atMost: 5) == [document])
                _ = try? await cache.document(document, freshness: .zero)
                now = await cache.changes(after: now.sequence)
                #expect(now.keys == (isChange ? [document.key] : []))
            }
        }
    }

    @Test func aCancelledStreamEnds() async throws {
        try await HTTPFixture.run { (fixture) async throws in
            let task = Task {
                for await _ in fixture.resolver.makeChanges() {}
                return true
            }
            task.cancel()
            #expect(await task.value)
        }
    }
}
#endif
