// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOConcurrencyHelpers
import SIPMessage
import Testing

/// Numbers that only have to differ.
final class WordBox: Sendable {
    private let value: NIOLockedValueBox<UInt64>

    init(_ first: UInt64 = 1000) {
        self.value = NIOLockedValueBox(first)
    }

    func next() -> UInt64 {
        self.value.withLockedValue { value in
            value += 1
            return value
        }
    }
}

extension SIPRequest {
    /// Parses a request written with plain line feeds; blank lines at the end of the head do not matter.
    static func parsed(_ head: String, body: String? = nil, type: String = "text/plain") throws -> SIPRequest {
        var lines = head.split(separator: "\n").map(String.init)
        if let body {
            lines.append("Content-Type: \(type)")
            lines.append("Content-Length: \(body.utf8.count)")
        }
        let text = lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
        switch try SIPParser.parse(datagram: Array(text.utf8)) {
        case .request(let request):
            return request
        case .response:
            throw ParsedAResponse()
        }
    }

    /// The first row of a header.
    func text(_ name: SIPHeaderName) -> String? {
        self.headers.first(name).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension SIPResponse {
    /// The first row of a header.
    func text(_ name: SIPHeaderName) -> String? {
        self.headers.first(name).map { String(decoding: $0, as: UTF8.self) }
    }
}

struct ParsedAResponse: Error {}
