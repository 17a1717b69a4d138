// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import ResourceListServer
import SIPMessage
import Testing
import XCAPDocuments

@testable import XCAPResolvers

@Suite(.timeLimit(.minutes(1))) struct XCAPDirectoryResolverTests {
    private let tree: TemporaryTree
    private let resolver: XCAPDirectoryResolver
    private let services = "rls-services/users/sip:alice@example.org/index"
    private let lists = "resource-lists/users/sip:alice@example.org/index"

    init() throws {
        self.tree = try TemporaryTree()
        self.resolver = XCAPDirectoryResolver(directory: self.tree.path + "/", pollInterval: .milliseconds(1))
    }

    @Test func theTutorialsListIsResolved() async throws {
        try self.tree.write(Tutorial.services, to: self.services)
        let service = try #require(try await self.resolver.find(Tutorial.uri))
        #expect(service.packages == ["presence"])
        #expect(service.owner == .user(try SIPURI(Tutorial.alice)))
        let list = try await self.resolver.list(Tutorial.uri)
        #expect(list.entries.map(\.uri) == ["sip:bob@example.org", "sip:claire@example.org"])
        #expect(list.sources.map(\.key) == [self.services])
        #expect(try await self.resolver.resolve(service, known: list.version) == .unchanged)
    }

    @Test func referencesLeadToFilesOfTheTree() async throws {
        try self.tree.write(Tutorial.services, to: self.services)
        try self.tree.write(Tutorial.friends("sip:bob@example.org"), to: self.lists)
        let list = try await self.resolver.list("sip:alice-friends@example.org")
        #expect(list.entries.map(\.uri) == ["sip:bob@example.org"])
        #expect(list.sources.map(\.key) == [self.services, self.lists])
    }

    /// With the roots named, a URL of another root is refused.
    @Test func rootsCanBeNamed() async throws {
        try self.tree.write(Tutorial.services, to: self.services)
        try self.tree.write(Tutorial.friends("sip:bob@example.org"), to: self.lists)
        for (root, isOurs) in [(Tutorial.root, true), ("http://xcap.example.org/other", false)] {
            let resolver = XCAPDirectoryResolver(directory: self.tree.path, roots: [try XCAPRoot(root)])
            let list = try? await resolver.list("sip:alice-friends@example.org")
            #expect((list != nil) == isOurs)
        }
    }

    @Test func globalListsAreShared() async throws {
        try self.tree.write(Tutorial.services, to: "rls-services/global/index")
        #expect(try await self.resolver.find(Tutorial.uri, watcher: "sip:tom@example.org")?.owner == .shared)
    }

    @Test(
        arguments: [
            "sip:alice@example.org", "alice@example.org", "sip%3Aalice%40example.org", "alice%40example.org",
        ]
    )
    func foldersOfUsersMayBeNamedInSeveralWays(_ folder: String) async throws {
        try self.tree.write(Tutorial.services, to: "rls-services/users/\(folder)/index")
        #expect(try await self.resolver.find(Tutorial.uri) != nil)
        #expect(try await self.resolver.find(Tutorial.uri, watcher: "sip:bob@example.org") == nil)
    }

    @Test func whatIsNotThereIsNotAList() async throws {
        #expect(try await self.resolver.find(Tutorial.uri) == nil)
        try self.tree.write(Tutorial.services, to: self.services)
        #expect(try await self.resolver.find("sip:bob@example.org") == nil)
    }

    /// A watcher's name leads to no other place.
    @Test func watchersCannotLeaveTheTree() async throws {
        try self.tree.write(Tutorial.services, to: "outside/index")
        for user in ["..%2f..%2foutside", "..", "%2e%2e/%2e%2e/outside", "../../outside"] {
            guard let watcher = try? SIPURI("sip:\(user)@example.org") else { continue }
            let query = RLSListQuery(uri: try SIPURI(Tutorial.uri), event: "presence", watcher: watcher)
            #expect(try await self.resolver.findService(query) == nil)
        }
        let paths = DirectoryLayout.paths(
            of: try #require(XCAPDocumentSelector(.rlsServices, user: "sip:..")),
            below: "/lists"
        )
        #expect(paths.allSatisfy { !$0.contains("/../") })
    }

    // MARK: Faults

    @Test(
        arguments: [
            ("<rls-services", "not well-formed"), ("", "empty"), ("<html/>", "root element"),
            ("<!DOCTYPE rls-services><rls-services/>", "DOCTYPE"),
            ("<rls-services>" + String(repeating: " ", count: 262_144) + "</rls-services>", "too large"),
        ]
    )
    func malformedDocumentsAreNamed(_ text: String, _ reason: String) async throws {
        try self.tree.write(text, to: self.services)
        for _ in 0..<2 {
            let failure = await #expect(throws: RLSResolverError.self) { try await self.resolver.find(Tutorial.uri) }
            #expect(failure?.code == .badDocument)
            #expect(failure?.document == self.services)
            #expect(failure?.message.contains(reason) == true)
        }
    }

    @Test func aMissingDirectoryIsNotAnEmptyOne() async throws {
        let resolver = XCAPDirectoryResolver(directory: self.tree.path + "/none")
        let failure = await #expect(throws: RLSResolverError.self) { try await resolver.find(Tutorial.uri) }
        #expect(failure?.code == .unavailable)
    }

    @Test func whatIsNoFileIsUnavailable() async throws {
        try self.tree.makeFolder(self.services)
        let folder = await #expect(throws: RLSResolverError.self) { try await self.resolver.find(Tutorial.uri) }
        #expect(folder?.code == .unavailable)
        try self.tree.remove(self.services)
        #expect(self.tree.makePipe(self.services))
        let pipe = await #expect(throws: RLSResolverError.self) { try await self.resolver.find(Tutorial.uri) }
        #expect(pipe?.code == .unavailable)
    }

    // MARK: Changes

    @Test func changesOfFilesAreRead() async throws {
        try self.tree.write(Tutorial.services, to: self.services)
        try self.tree.write(Tutorial.friends("sip:bob@example.org"), to: self.lists)
        let service = try #require(try await self.resolver.find("sip:alice-friends@example.org"))
        let first = try await self.resolver.list("sip:alice-friends@example.org")
        try self.tree.write(Tutorial.friends("sip:tom@example.org"), to: self.lists)
        guard case .list(let list) = try await self.resolver.resolve(service, known: first.version) else {
            Issue.record("unchanged")
            return
        }
        #expect(list.entries.map(\.uri) == ["sip:tom@example.org"])
        // The same bytes again are no change.
        try self.tree.write(Tutorial.friends("sip:tom@example.org"), to: self.lists)
        #expect(try await self.resolver.resolve(service, known: list.version) == .unchanged)
        try self.tree.remove(self.services)
        #expect(try await self.resolver.resolve(service, known: list.version) == .gone)
    }

    @Test func changesOfFilesInUseAreTold() async throws {
        try self.tree.write(Tutorial.services, to: self.services)
        try self.tree.write(Tutorial.friends("sip:bob@example.org"), to: self.lists)
        _ = try await self.resolver.list("sip:alice-friends@example.org")
        var changes = self.resolver.makeChanges().makeAsyncIterator()
        var other = self.resolver.makeChanges().makeAsyncIterator()
        async let first = changes.next()
        async let second = other.next()
        // The streams have to be listening: what happens before is not theirs. Nothing tells when they are, so a
        // change is made until both have told one.
        let writer = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                try self.tree.write(Tutorial.friends("sip:\(number)@example.org"), to: self.lists)
                await Task.yield()
            }
        }
        let told = await (first, second)
        writer.cancel()
        #expect(told.0 == .documents([self.lists]))
        #expect(told.1 == .documents([self.lists]))
    }

    /// Appearing and vanishing are changes, a file that nobody asked for is none, and each is told once.
    @Test func eachChangeIsToldOnce() async throws {
        try self.tree.write(Tutorial.services, to: self.services)
        let reader = DirectoryReader(directory: self.tree.path, options: XCAPOptions())
        await reader.watch([self.services, self.lists])
        var now = await reader.changes(after: nil)
        #expect(now.keys == [])
        let steps: [(() throws -> Void, [String])] = [
            ({}, []),
            ({ try self.tree.write(Tutorial.friends(), to: self.lists) }, [self.lists]),
            ({}, []),
            ({ try self.tree.write(Tutorial.services + " ", to: self.services) }, [self.services]),
            ({ try self.tree.remove(self.lists) }, [self.lists]),
            ({ try self.tree.write(Tutorial.friends(), to: "resource-lists/users/sip:bob@example.org/index") }, []),
        ]
        for (step, keys) in steps {
            try step()
            now = await reader.changes(after: now.sequence)
            #expect(now.keys == keys)
        }
    }

    /// What changes between the reading of a list and the first look at its files is told too.
    @Test func changesRightAfterReadingAreNotMissed() async throws {
        try self.tree.write(Tutorial.services, to: self.services)
        let reader = DirectoryReader(directory: self.tree.path, options: XCAPOptions())
        let start = await reader.changes(after: nil)
        let reference = XCAPDocumentReference(try XCAPDocumentSelector(path: self.services))
        #expect(try await reader.document(reference) != nil)
        try self.tree.write(Tutorial.services + " ", to: self.services)
        await reader.watch([self.services])
        #expect(await reader.changes(after: start.sequence).keys == [self.services])
    }

    @Test func aCancelledStreamEnds() async throws {
        let task = Task {
            for await _ in self.resolver.makeChanges() {}
            return true
        }
        task.cancel()
        #expect(await task.value)
    }
}
