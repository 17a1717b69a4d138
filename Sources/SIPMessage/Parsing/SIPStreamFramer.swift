// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3).
public struct SIPStreamFramer: Sendable {
    private var buffer: [UInt8] = []
    private let limits: SIPParserLimits
    /// Where the search for the end of the header goes on.
    private var searched = 0
    /// Double CRLFs that wait for a CRLF in answer (RFC 5626 §4.4.1). Reset it when they are answered.
    public var pendingPings = 0

    /// Creates a framer.
    public init(limits: SIPParserLimits = SIPParserLimits()) {
        self.limits = limits
    }

    /// Bytes that have come and are not part of a whole message yet.
    public var bufferedBytes: Int { self.buffer.count }

    /// Takes bytes from the stream.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        self.buffer.append(contentsOf: bytes)
    }

    /// The next whole message; nil: more bytes are needed.
    ///
    /// - Throws: the stream cannot be followed any further and has to be closed: Content-Length is missing or no
    ///   number, or the message is larger than the limits. `recovered` then holds what can be answered.
    public mutating func next() throws(SIPParseError) -> SIPParsedMessage? {
        self.skipKeepAlives()
        guard let headerEnd = self.headerEnd() else {
            guard self.buffer.count <= self.limits.headerBytes else {
                throw SIPParseError(.tooLarge, reason: "the header is too long")
            }
            return nil
        }
        var head = Array(self.buffer[..<headerEnd])
        let scan = try HeaderScan(scanning: &head, limits: self.limits)
        guard let length = try scan.contentLength(head) else {
            throw SIPParseError(.contentLength, header: .contentLength, reason: "missing on a stream")
        }
        guard length <= self.limits.bodyBytes else {
            throw SIPParseError(.tooLarge, header: .contentLength, reason: "the body is too long")
        }
        guard self.buffer.count >= headerEnd + length else { return nil }
        let message = Array(self.buffer[..<(headerEnd + length)])
        self.buffer.removeFirst(headerEnd + length)
        self.searched = 0
        return try SIPParser.parse(datagram: message, limits: self.limits)
    }

    /// A request that can be answered with 400 after ``next()`` has thrown; nil when there is none.
    public var recovered: SIPRequest? { SIPParser.recoverRequest(from: self.buffer) }

    private mutating func skipKeepAlives() {
        var skipped = 0
        while skipped < self.buffer.count, self.buffer[skipped] == 0x0D || self.buffer[skipped] == 0x0A {
            skipped += 1
        }
        guard skipped > 0 else { return }
        // A lone CR LF may be the first half of a ping: it waits for the rest.
        if skipped == self.buffer.count, skipped < 4 { return }
        self.pendingPings += skipped / 4
        self.buffer.removeFirst(skipped)
        self.searched = 0
    }

    /// Where the body begins; nil while the header is not whole.
    private mutating func headerEnd() -> Int? {
        var index = max(0, self.searched - 3)
        while index < self.buffer.count {
            if self.buffer[index] == 0x0A {
                if index + 1 < self.buffer.count, self.buffer[index + 1] == 0x0A {
                    return index + 2
                }
                if index + 2 < self.buffer.count, self.buffer[index + 1] == 0x0D, self.buffer[index + 2] == 0x0A {
                    return index + 3
                }
            }
            index += 1
        }
        self.searched = self.buffer.count
        return nil
    }
}
