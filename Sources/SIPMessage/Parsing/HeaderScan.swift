// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Start line and header of a message, as positions in its bytes.
struct HeaderScan {
    enum Start {
        case request(method: Range<Int>, uri: Range<Int>)
        case response(statusCode: Int, reason: Range<Int>)
    }

    let start: Start
    let rows: [SIPHeaders.Row]
    let bodyStart: Int
    /// Where the bytes that came end; unfolded values are put behind it.
    let end: Int

    /// - Parameter isLenient: skip rows that are wrong, for answering a broken request.
    init(
        scanning bytes: inout [UInt8],
        limits: SIPParserLimits,
        isLenient: Bool = false
    ) throws(SIPParseError) {
        guard bytes.count < Int(UInt32.max) / 2 else {
            throw SIPParseError(.tooLarge, reason: "larger than any SIP message")
        }
        var rows: [SIPHeaders.Row] = []
        rows.reserveCapacity(16)
        var folded: [(row: Int, end: Int)] = []
        let result: Result<(Start, Int), SIPParseError> = bytes.withUnsafeBytes { buffer in
            do throws(SIPParseError) {
                return .success(try Self.scan(buffer, limits, isLenient, &rows, &folded))
            } catch {
                return .failure(error)
            }
        }
        let (start, bodyStart) = try result.get()
        let end = bytes.count
        for fold in folded {
            Self.unfold(&rows[fold.row], &bytes)
        }
        self.start = start
        self.rows = rows
        self.bodyStart = bodyStart
        self.end = end
    }

    private static func scan(
        _ buffer: UnsafeRawBufferPointer,
        _ limits: SIPParserLimits,
        _ isLenient: Bool,
        _ rows: inout [SIPHeaders.Row],
        _ folded: inout [(row: Int, end: Int)]
    ) throws(SIPParseError) -> (Start, Int) {
        var position = 0
        // RFC 3261 7.5: empty lines before the start line are skipped.
        while position < buffer.count, buffer[position] == 0x0D || buffer[position] == 0x0A {
            position += 1
        }
        var lines = LineScanner(buffer, from: position)
        guard let first = lines.next() else {
            throw SIPParseError(.startLine, offset: position, reason: "no line at all")
        }
        let start = try StartLine.parse(buffer, first, isLenient: isLenient)
        let names = SIPWellKnownNames.index
        while true {
            let lineStart = lines.position
            guard lineStart <= limits.headerBytes else {
                throw SIPParseError(.tooLarge, offset: lineStart, reason: "the header is too long")
            }
            guard let line = lines.next() else {
                guard isLenient else {
                    throw SIPParseError(.truncated, offset: buffer.count, reason: "the header does not end")
                }
                return (start, buffer.count)
            }
            if line.isEmpty {
                return (start, lines.position)
            }
            guard rows.count < limits.headerRows else {
                throw SIPParseError(.tooLarge, offset: lineStart, reason: "too many header lines")
            }
            var end = line.upperBound
            var isFolded = false
            while lines.isFolded, let next = lines.next() {
                end = next.upperBound
                isFolded = true
            }
            do throws(SIPParseError) {
                let row = try Self.row(buffer, line.lowerBound..<end, firstLineEnd: line.upperBound, names)
                rows.append(row)
                if isFolded {
                    folded.append((rows.count - 1, end))
                }
            } catch {
                guard isLenient else { throw error }
            }
        }
    }

    private static func row(
        _ buffer: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        firstLineEnd: Int,
        _ names: SIPNameIndex
    ) throws(SIPParseError) -> SIPHeaders.Row {
        guard let colon = buffer.firstIndex(of: UInt8(ascii: ":"), in: range.lowerBound..<firstLineEnd) else {
            throw SIPParseError(.headerName, offset: range.lowerBound, reason: "a header line without a colon")
        }
        var nameEnd = colon
        while nameEnd > range.lowerBound, SIPText.isBlank(buffer[nameEnd - 1]) {
            nameEnd -= 1
        }
        guard nameEnd > range.lowerBound, nameEnd - range.lowerBound <= UInt16.max else {
            throw SIPParseError(.headerName, offset: range.lowerBound, reason: "no usable header name")
        }
        let id = names.id(in: buffer, range.lowerBound..<nameEnd)
        if id == 0 {
            for index in range.lowerBound..<nameEnd where !SIPText.isTokenByte(buffer[index]) {
                throw SIPParseError(.headerName, offset: index, reason: "a character that no header name has")
            }
        }
        var valueStart = colon + 1
        var valueEnd = range.upperBound
        while valueStart < valueEnd, SIPText.isSpace(buffer[valueStart]) {
            valueStart += 1
        }
        while valueEnd > valueStart, SIPText.isSpace(buffer[valueEnd - 1]) {
            valueEnd -= 1
        }
        // A CR that ends no line would be one to a less strict parser behind us.
        if let stray = buffer.firstIndex(of: 0x0D, in: valueStart..<min(valueEnd, max(valueStart, firstLineEnd))) {
            throw SIPParseError(.headerValue, offset: stray, reason: "a CR without LF")
        }
        return SIPHeaders.Row(
            nameStart: UInt32(truncatingIfNeeded: range.lowerBound),
            valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueEnd: UInt32(truncatingIfNeeded: valueEnd),
            nameLength: UInt16(truncatingIfNeeded: nameEnd - range.lowerBound),
            id: id
        )
    }

    /// Puts the value into one line at the end of the bytes; a fold becomes one space (R3261-16).
    private static func unfold(_ row: inout SIPHeaders.Row, _ bytes: inout [UInt8]) {
        let start = bytes.count
        var index = Int(row.valueStart)
        while index < Int(row.valueEnd) {
            if bytes[index] == 0x0D || bytes[index] == 0x0A {
                while index < Int(row.valueEnd), SIPText.isSpace(bytes[index]) {
                    index += 1
                }
                while bytes.count > start, let last = bytes.last, SIPText.isBlank(last) {
                    bytes.removeLast()
                }
                bytes.append(0x20)
            } else {
                let byte = bytes[index]
                bytes.append(byte)
                index += 1
            }
        }
        row.valueStart = UInt32(start)
        row.valueEnd = UInt32(bytes.count)
    }
}
