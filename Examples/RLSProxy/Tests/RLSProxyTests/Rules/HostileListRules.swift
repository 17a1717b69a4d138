// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import RLSTestKit
import SIPMessage
import SIPPhone
import Testing
import XCAPDocuments
import XCAPResolvers

@testable import RLSProxy

extension Rules {
    @Suite("Lists of bad people, over sockets", .serialized, .timeLimit(.minutes(1)))
    struct HostileListRules {
        /// A resource-lists document, what the phone is told, and whom the server asks for presence.
        struct Case: Sendable, CustomTestStringConvertible {
            var name: String
            var document: @Sendable () throws -> String
            var policy = XCAPOptions.Policy.partial
            var status: Int
            var members: [String] = []
            var testDescription: String { self.name }
        }

        private static let catalogue = URL(filePath: #filePath)
            .appending(path: "../../../../../../../shared/spec/examples").standardizedFileURL
        private static var isHere: Bool { FileManager.default.fileExists(atPath: Self.catalogue.path()) }

        private static func sample(_ file: String) throws -> String {
            try String(contentsOf: Self.catalogue.appending(path: file), encoding: .utf8)
        }

        private static func lists(_ content: String) -> String {
            "<resource-lists xmlns=\"urn:ietf:params:xml:ns:resource-lists\">\(content)</resource-lists>"
        }

        static let cases = [
            Case(name: "S-XXE: an external entity", document: { try sample("hostile/xxe.xml") }, status: 500),
            Case(name: "S-BOMB: entities", document: { try sample("hostile/entity-bomb.xml") }, status: 500),
            Case(
                name: "S-BOMB: 20,000 lists in each other",
                document: {
                    lists(String(repeating: "<list>", count: 20_000) + String(repeating: "</list>", count: 20_000))
                },
                status: 500
            ),
            Case(
                name: "S-BOMB: larger than allowed",
                document: { lists("<list name=\"l\"/><!--\(String(repeating: "x", count: 300_000))-->") },
                status: 500
            ),
            Case(name: "not XML", document: { "sip:bob@example.org" }, status: 500),
            Case(
                name: "S-SSRF: addresses of others are left out",
                document: { try sample("hostile/ssrf.xml") },
                status: 200
            ),
            Case(
                name: "S-SSRF: or refuse the list",
                document: { try sample("hostile/ssrf.xml") },
                policy: .strict,
                status: 502
            ),
            Case(
                name: "S-INJECT: header lines in URIs",
                document: { try sample("hostile/crlf-uri.xml") },
                status: 200,
                members: ["sip:carol@example.com"]
            ),
            Case(
                name: "S-LOOP: a list that contains itself ends there",
                document: { try loop() },
                status: 200,
                members: ["sip:kate@example.com"]
            ),
            Case(name: "S-LOOP: or is refused", document: { try loop() }, policy: .strict, status: 502),
            Case(
                name: "S-LOOP: a member that is the list itself is not subscribed to",
                document: { lists("<list name=\"l\"><entry uri=\"sip:mal-list@example.org\"/></list>") },
                status: 200
            ),
        ]

        private static func loop() throws -> String {
            try Self.sample("xcap/04-resource-lists-loop-a.xml")
                .replacing("sip:loopb@example.com", with: "sip:mal@example.org")
                .replacing("list%5B@name=%22b%22%5D", with: "list%5B@name=%22a%22%5D")
        }

        @Test(
            "each is refused for what it is, and the next phone is served",
            .enabled(if: isHere),
            arguments: Self.cases
        )
        func hostile(test: Case) async throws {
            let folder = "/tmp/rls-hostile-\(UInt32.random(in: .min ... .max))"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try Self.write(try test.document(), to: folder, "resource-lists/users/sip:mal@example.org")
            try Self.write(Self.services("mal"), to: folder, "rls-services/users/sip:mal@example.org")
            try Self.write(
                Self.services("tom", "<rl:entry uri=\"sip:bob@example.org\"/>"),
                to: folder,
                "rls-services/users/sip:tom@example.org"
            )
            var options = XCAPOptions()
            options.policy = test.policy
            let resolver = XCAPDirectoryResolver(directory: folder, options: options)

            let nowhere = try SocketAddress(ipAddress: "127.0.0.1", port: 9)
            let presence = try await SIPPhone.open("sip:presence@example.org", server: nowhere)
            presence.answerRequests { _ in 404 }
            let server = try SIPURI(presence.contact)
            try await withProxy(resolver: resolver, configure: { $0.presenceServer = server }) { running in
                var mal = try await Self.phone("mal", running)
                #expect(try await mal.send(mal.request(expires: 600)).statusCode == test.status)
                if test.status == 200 {
                    _ = try await mal.next()
                }
                // Whom the server asks for Tom it asks last.
                var tom = try await Self.phone("tom", running)
                #expect(try await tom.send(tom.request(expires: 600)).statusCode == 200)
                #expect(try await tom.next().rlmi.resources.map(\.uri) == ["sip:bob@example.org"])
                for member in test.members + ["sip:bob@example.org"] {
                    let request = try await presence.nextRequest()
                    #expect(request.requestURI.elementsEqual(member.utf8))
                    #expect(request.headers.first(.route) == nil)
                }
                #expect(mal.watcher.violations + tom.watcher.violations == [])
            }
        }

        private static func phone(_ user: String, _ running: RunningProxy) async throws -> ListPhone {
            ListPhone(try await running.phone("sip:\(user)@example.org"), list: "sip:\(user)-list@example.org") {
                $0.grace = .seconds(5)
            }
        }

        /// A service with a list of its own, or with the first list of the user's other document.
        private static func services(_ user: String, _ entries: String? = nil) -> String {
            let document = "http://lists.example.org/resource-lists/users/sip:\(user)@example.org/index"
            let list = entries.map { "<list>\($0)</list>" }
            return """
                <rls-services xmlns="urn:ietf:params:xml:ns:rls-services" \
                xmlns:rl="urn:ietf:params:xml:ns:resource-lists"><service uri="sip:\(user)-list@example.org">\
                \(list ?? "<resource-list>\(document)/~~/resource-lists/list%5B1%5D</resource-list>")\
                </service></rls-services>
                """
        }

        private static func write(_ text: String, to folder: String, _ place: String) throws {
            let path = "\(folder)/\(place)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try text.write(toFile: "\(path)/index", atomically: true, encoding: .utf8)
        }
    }
}
