// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

/// A header row of a part of a multipart body.
public struct RLSPartHeader: Hashable, Sendable {
    /// The name as written.
    public var name: String
    /// The value without surrounding blanks.
    public var value: SIPBytes
}

/// One part of a multipart body.
public struct RLSPart: Hashable, Sendable {
    /// The header rows, in order.
    public var headers: [RLSPartHeader]
    /// The content, byte for byte.
    public var body: SIPBytes

    /// The value of the only header with this name; nil when there is none.
    public func header(_ name: String) -> SIPBytes? {
        self.headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The Content-Type as written, or "".
    public var contentType: String { self.header("content-type").map { text($0) } ?? "" }

    /// The Content-ID without brackets; nil without one.
    public var contentID: String? {
        guard var id = self.header("content-id") else { return nil }
        if id.first == 0x3C, id.last == 0x3E, id.count >= 2 {
            id = id.dropFirst().dropLast()
        }
        return text(id)
    }
}

/// Reads a multipart body more strictly than RFC 2046 asks: this is the form that all known clients read.
struct MultipartReader {
    let boundary: [UInt8]
    let limits: RLSReadingLimits
    var faults: [RLSReadingFault] = []

    init(boundary: String, limits: RLSReadingLimits) throws(RLSReadingFault) {
        self.boundary = Array(boundary.utf8)
        self.limits = limits
        let allowed = Set("'()+_,-./:=? ".utf8)
        guard (1...70).contains(self.boundary.count), self.boundary.last != 0x20,
            self.boundary.allSatisfy({ isAlphanumeric($0) || allowed.contains($0) })
        else { throw RLSReadingFault("R2387-04", "not a boundary: \(boundary)") }
    }

    /// A line that begins with the delimiter.
    private struct Delimiter {
        /// Where the content before it ends: the CRLF before the delimiter belongs to it.
        var contentEnd: Int
        /// Where the next part begins.
        var next: Int
        var isLast: Bool
    }

    mutating func read(_ body: SIPBytes) throws(RLSReadingFault) -> [RLSPart] {
        guard var delimiter = try self.delimiter(in: body, from: body.startIndex) else {
            throw RLSReadingFault("R2387-04", "no delimiter in the body")
        }
        if delimiter.next - self.boundary.count - 4 != body.startIndex || delimiter.isLast {
            self.faults.append(RLSReadingFault("R2387-04", "the body does not begin with the delimiter"))
        }
        var parts: [RLSPart] = []
        while !delimiter.isLast {
            guard parts.count < self.limits.parts else { throw RLSReadingFault("S-BODYTYPE", "too many parts") }
            guard let end = try self.delimiter(in: body, from: delimiter.next) else {
                throw RLSReadingFault("R2387-04", "no closing delimiter")
            }
            try parts.append(self.part(body[delimiter.next..<max(delimiter.next, end.contentEnd)]))
            delimiter = end
        }
        let epilogue = body[delimiter.next...]
        if !epilogue.isEmpty {
            self.faults.append(RLSReadingFault("R2387-04", "\(epilogue.count) bytes after the closing delimiter"))
        }
        guard !parts.isEmpty else { throw RLSReadingFault("R2387-04", "a multipart body without parts") }
        return parts
    }

    /// The next line that begins with `--boundary`.
    private mutating func delimiter(in body: SIPBytes, from start: Int) throws(RLSReadingFault) -> Delimiter? {
        var line = start
        while line < body.endIndex {
            if body[line] == 0x2D, body[line...].starts(with: [0x2D, 0x2D]),
                body[(line + 2)...].starts(with: self.boundary)
            {
                return try self.delimiter(in: body, line: line, start: start)
            }
            guard let end = body[line...].firstIndex(of: 0x0A) else { return nil }
            line = end + 1
        }
        return nil
    }

    private mutating func delimiter(
        in body: SIPBytes,
        line: Int,
        start: Int
    ) throws(RLSReadingFault) -> Delimiter {
        var contentEnd = line
        if line > start || start > body.startIndex {
            // A part may be empty: then its header block's CRLF is the one before the delimiter.
            if line - 2 >= body.startIndex, body[line - 2] == 0x0D {
                contentEnd = line - 2
            } else if line > body.startIndex {
                self.faults.append(RLSReadingFault("R2387-04", "a delimiter without CRLF before it"))
                contentEnd = line - 1
            }
        }
        var cursor = ByteCursor(body[(line + 2 + self.boundary.count)...])
        let isLast = cursor.skip("--")
        if let blank = cursor.peek, blank == 0x20 || blank == 0x09 {
            cursor.skipBlanks()
            self.faults.append(RLSReadingFault("R2387-04", "blanks after a delimiter"))
        }
        if isLast, cursor.isAtEnd {
            return Delimiter(contentEnd: contentEnd, next: body.endIndex, isLast: true)
        }
        if !cursor.skip("\r\n") {
            guard cursor.skip(0x0A) else {
                throw RLSReadingFault("R2387-05", "a line that begins like the delimiter")
            }
            self.faults.append(RLSReadingFault("R2387-04", "a delimiter line without CR"))
        }
        return Delimiter(contentEnd: contentEnd, next: cursor.rest.startIndex, isLast: isLast)
    }

    private mutating func part(_ bytes: SIPBytes) throws(RLSReadingFault) -> RLSPart {
        var cursor = ByteCursor(bytes)
        var headers: [RLSPartHeader] = []
        while !cursor.skip("\r\n") {
            guard let line = cursor.take(until: "\r\n") else {
                // An empty part: its blank line was taken for the delimiter's CRLF.
                if cursor.isAtEnd, !headers.isEmpty { return RLSPart(headers: headers, body: cursor.rest) }
                if let last = Self.header(cursor.rest) {
                    return RLSPart(headers: headers + [last], body: bytes[bytes.endIndex...])
                }
                throw RLSReadingFault("R2387-06", "a part whose headers do not end")
            }
            guard line.endIndex - bytes.startIndex <= self.limits.partHeaderBytes else {
                throw RLSReadingFault("S-BODYTYPE", "part headers too large")
            }
            guard let header = Self.header(line) else {
                throw RLSReadingFault("R2387-06", "not a part header: \(text(line))")
            }
            if headers.contains(where: { $0.name.lowercased() == header.name.lowercased() }) {
                self.faults.append(RLSReadingFault("R2387-07", "part header \(header.name) twice"))
            }
            headers.append(header)
        }
        return RLSPart(headers: headers, body: cursor.rest)
    }

    private static func header(_ line: SIPBytes) -> RLSPartHeader? {
        guard let colon = line.firstIndex(of: 0x3A), SIPText.isToken(line[line.startIndex..<colon]),
            line.allSatisfy({ $0 >= 0x20 || $0 == 0x09 })
        else { return nil }
        var value = line[(colon + 1)...]
        while let blank = value.first, blank == 0x20 || blank == 0x09 { value.removeFirst() }
        while let blank = value.last, blank == 0x20 || blank == 0x09 { value.removeLast() }
        return RLSPartHeader(name: text(line[line.startIndex..<colon]), value: value)
    }
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
}
