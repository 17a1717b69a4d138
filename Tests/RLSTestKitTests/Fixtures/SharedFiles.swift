// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import SIPMessage
import Testing

/// Messages of the specification's examples and of other servers.
enum SharedFiles {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared")

    static var isPresent: Bool {
        FileManager.default.fileExists(atPath: Self.root.path) || ProcessInfo.processInfo.environment["CI"] == "true"
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Self.root.appendingPathComponent(path)))
    }

    static func request(_ path: String) throws -> SIPRequest {
        try Self.request(try Self.bytes(path))
    }

    static func request(_ bytes: [UInt8]) throws -> SIPRequest {
        guard case .request(let request) = try SIPParser.parse(datagram: bytes) else {
            throw SIPParseError(.method, reason: "not a request")
        }
        return request
    }

    /// The messages of a capture: a line of `#####`, which tells direction and size, before each.
    static func capture(_ path: String) throws -> [(heading: String, message: SIPParsedMessage)] {
        let bytes = try Self.bytes(path)
        var messages: [(heading: String, message: SIPParsedMessage)] = []
        var index = 0
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count - 1
            let line = String(decoding: bytes[index..<end], as: UTF8.self)
            index = end + 1
            guard line.hasPrefix("#####") else { continue }
            let next = Self.heading(in: bytes, from: index) ?? bytes.count
            var rest = Array(bytes[index..<next])
            if !rest.contains(0x0D) {
                // Written down as text: the line ends of the wire are lost, and Content-Length with them.
                rest = Self.withLineEnds(rest)
            }
            if let message = try? SIPParser.parse(datagram: rest) {
                messages.append((line, message))
            }
        }
        return messages
    }

    private static func withLineEnds(_ lines: [UInt8]) -> [UInt8] {
        let text = String(decoding: lines, as: UTF8.self).replacing("\n", with: "\r\n")
        let halves = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let head = halves.first else { return lines }
        // The capture ends each message with empty lines of its own.
        var body = halves[1]
        while body.hasSuffix("\r\n") { body.removeLast() }
        let rows = head.split(separator: "\r\n").map { row in
            row.hasPrefix("Content-Length") ? "Content-Length: \(body.utf8.count)" : String(row)
        }
        return Array((rows.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    private static func heading(in bytes: [UInt8], from start: Int) -> Int? {
        let mark = Array("\n##### ".utf8)
        var index = start
        while index + mark.count <= bytes.count {
            if bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) { return index + 1 }
            index += 1
        }
        return nil
    }
}
