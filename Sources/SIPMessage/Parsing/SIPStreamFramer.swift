// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3).
///
/// Each byte is looked at once while a message is not whole, however small the pieces are that it comes in.
public struct SIPStreamFramer: Sendable {
    private var buffer: [UInt8] = []
    private let limits: SIPParserLimits
    /// Where the next message begins in the buffer.
    private var start = 0
    /// Where the search for the end of the header goes on.
    private var searched = 0
    /// Where the message ends, once its header is whole.
    private var messageEnd: Int?
    /// Double CRLFs that wait for a CRLF in answer (RFC 5626 §4.4.1). Count it down as they are answered.
    public var pendingPings = 0
    /// A request that can be answered after ``next()`` has thrown; nil when there is none.
    public private(set) var recovered: SIPRequest?
    /// Whether the stream can be followed no further and has to be closed.
    public private(set) var isBroken = false

    /// Creates a framer.
    public init(limits: SIPParserLimits = SIPParserLimits()) {
        self.limits = limits
    }

    /// Bytes that have come and are not part of a message returned.
    public var bufferedBytes: Int { self.buffer.count - self.start }

    /// Takes bytes from the stream.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        guard !self.isBroken else { return }
        self.compact()
        self.buffer.append(contentsOf: bytes)
    }

    /// The next whole message; nil: more bytes are needed.
    ///
    /// - Throws: what is wrong with the message. With ``isBroken`` its end is not known, for Content-Length is missing
    ///   or no number, or it is larger than the limits; else it has been skipped, and ``next()`` may be called again.
    ///   ``recovered`` then holds what can be answered.
    public mutating func next() throws(SIPParseError) -> SIPParsedMessage? {
        guard !self.isBroken else { return nil }
        self.recovered = nil
        guard let end = try self.findMessageEnd() else { return nil }
        guard self.buffer.count >= end else { return nil }
        let message = Array(self.buffer[self.start..<end])
        self.start = end
        self.searched = end
        self.messageEnd = nil
        do throws(SIPParseError) {
            return try SIPParser.parse(datagram: message, limits: self.limits)
        } catch {
            self.recovered = SIPParser.recoverRequest(from: message)
            throw error
        }
    }

    private mutating func findMessageEnd() throws(SIPParseError) -> Int? {
        if let known = self.messageEnd {
            return known
        }
        self.skipKeepAlives()
        do throws(SIPParseError) {
            guard let headerEnd = self.findHeaderEnd() else {
                guard self.bufferedBytes <= self.limits.headerBytes else {
                    throw SIPParseError(.tooLarge, offset: self.bufferedBytes, reason: "the header is too long")
                }
                return nil
            }
            var head = Array(self.buffer[self.start..<headerEnd])
            let scan = try HeaderScan(scanning: &head, limits: self.limits)
            guard let length = try scan.contentLength(head) else {
                throw SIPParseError(.contentLength, header: .contentLength, reason: "missing on a stream")
            }
            guard length <= self.limits.bodyBytes else {
                throw SIPParseError(.tooLarge, header: .contentLength, reason: "the body is too long")
            }
            self.messageEnd = headerEnd + length
            return headerEnd + length
        } catch {
            self.recovered = SIPParser.recoverRequest(from: Array(self.buffer[self.start...]))
            self.isBroken = true
            throw error
        }
    }

    /// Moves what is left to the front once the part before it is the larger one, so that bytes move seldom.
    private mutating func compact() {
        guard self.start > 0, self.start >= self.buffer.count / 2 else { return }
        self.buffer.removeFirst(self.start)
        self.searched -= self.start
        self.messageEnd = self.messageEnd.map { $0 - self.start }
        self.start = 0
    }

    private mutating func skipKeepAlives() {
        var end = self.start
        while end < self.buffer.count, self.buffer[end] == 0x0D || self.buffer[end] == 0x0A {
            end += 1
        }
        let skipped = end - self.start
        // A lone CR LF may be the first half of a ping: it waits for the rest.
        guard skipped > 0, end < self.buffer.count || skipped >= 4 else { return }
        // What is left over after whole pings may be the first half of the next one.
        let kept = end == self.buffer.count ? skipped % 4 : 0
        self.pendingPings += skipped / 4
        self.start = end - kept
        self.searched = max(self.searched, self.start)
    }

    /// Where the body begins; nil while the header is not whole.
    private mutating func findHeaderEnd() -> Int? {
        var index = max(self.start, self.searched)
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
        self.searched = max(self.start, self.buffer.count - 2)
        return nil
    }
}
