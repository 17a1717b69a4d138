// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import NIOCore
import SIPMessage
import SIPPhone
import Testing

@testable import RLSProxy

@Suite("RFC 4475 torture messages", .timeLimit(.minutes(1)))
struct TortureTests {
    private static let messages = URL(filePath: #filePath)
        .appending(path: "../../../../../../../shared/rfc4475").standardizedFileURL

    private static var isHere: Bool { FileManager.default.fileExists(atPath: Self.messages.path()) }

    private static func message(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Self.messages.appending(path: "\(name).dat")))
    }

    @Test(
        "requests get the answer that the RFC names, over TCP",
        .enabled(if: Self.isHere),
        arguments: [
            ("insuf", 400), ("multi01", 400), ("mcl01", 400), ("mismatch01", 400), ("lwsruri", 400), ("lwsstart", 400),
            ("unkscm", 416), ("novelsc", 416), ("bext01", 420), ("zeromf", 200),
        ]
    )
    func answers(name: String, status: Int) async throws {
        try await withProxy(configure: { $0.domains = ["example.com", "example.org"] }) { running in
            let answer = try await RawConnection.exchange(try Self.message(name), with: running.tcp)
            let startLine = String(decoding: answer.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
            #expect(startLine.hasPrefix("SIP/2.0 \(status) "), "\(startLine)")
        }
    }

    @Test("none of them stops the proxy, over UDP", .enabled(if: Self.isHere))
    func datagrams() async throws {
        try await withProxy(configure: { $0.domains = ["example.com", "example.org"] }) { running in
            let files = try FileManager.default.contentsOfDirectory(atPath: Self.messages.path())
            let names = files.filter { $0.hasSuffix(".dat") }.map { String($0.dropLast(4)) }
            #expect(names.count == 49)
            let phone = try await running.phone("sip:tom@example.org")
            for name in names {
                phone.send(bytes: try Self.message(name))
            }
            var subscription = PhoneSubscription(to: "sip:bob@example.org", isList: false)
            #expect(try await phone.send(subscription.request(from: phone, expires: 600)).statusCode == 200)
        }
    }
}
