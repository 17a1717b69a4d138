// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The header of a message: rows in order, as received or as added.
///
/// All bytes lie in one array, and a row is five numbers: reading a header allocates nothing, and adding one appends.
public struct SIPHeaders: Sendable {
    /// One row.
    public struct Field: Sendable, Hashable {
        /// The name.
        public let name: SIPHeaderName
        /// The value, without blanks around it and without folding.
        public let value: SIPBytes
    }

    /// Sixteen bytes, so that a header of 16 rows is one small allocation.
    struct Row: BitwiseCopyable {
        var nameStart: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32
        var nameLength: UInt16
        /// Number of a well-known name, else 0.
        var id: UInt8

        var name: Range<Int> { Int(self.nameStart)..<Int(self.nameStart) + Int(self.nameLength) }
        var value: Range<Int> { Int(self.valueStart)..<Int(self.valueEnd) }
    }

    @usableFromInline var arena: [UInt8]
    var rows: [Row]

    /// An empty header.
    public init() {
        self.arena = []
        self.rows = []
    }

    init(arena: [UInt8], rows: [Row]) {
        self.arena = arena
        self.rows = rows
    }

    /// Number of rows.
    public var count: Int { self.rows.count }

    /// Whether there are no rows.
    public var isEmpty: Bool { self.rows.isEmpty }

    // MARK: Reading

    /// The value of the first row with this name.
    public func first(_ name: SIPHeaderName) -> SIPBytes? {
        let id = name.id
        if id != 0 {
            // The hot path of a list server: no text is looked at.
            let range = self.rows.withUnsafeBufferPointer { rows -> Range<Int>? in
                for row in rows where row.id == id {
                    return row.value
                }
                return nil
            }
            return range.map { self.arena[$0] }
        }
        for row in self.rows where self.matches(row, name) {
            return self.value(row)
        }
        return nil
    }

    /// The values of all rows with this name.
    public func rows(_ name: SIPHeaderName) -> [SIPBytes] {
        self.rows.compactMap { self.matches($0, name) ? self.value($0) : nil }
    }

    /// Rows with this name.
    public func count(of name: SIPHeaderName) -> Int {
        self.rows.reduce(0) { self.matches($1, name) ? $0 + 1 : $0 }
    }

    /// The comma-separated values of all rows with this name, in order (RFC 3261 §7.3.1).
    ///
    /// Rows of headers that are no lists (`Authorization`, `Date`, `Subject` …) are not split.
    public func values(_ name: SIPHeaderName) -> [SIPBytes] {
        let rows = self.rows(name)
        guard !Self.isSingle(name) else { return rows }
        return rows.flatMap { SIPCommaList.split($0) }
    }

    /// Whether a comma list has this token, in any case and row.
    public func contains(_ name: SIPHeaderName, token: String) -> Bool {
        for row in self.rows where self.matches(row, name) {
            for value in self.value(row).split(separator: UInt8(ascii: ","))
            where SIPText.equalsIgnoringCase(SIPText.trimmed(value), token) {
                return true
            }
        }
        return false
    }

    // MARK: Storage

    func value(_ row: Row) -> SIPBytes {
        self.arena[row.value]
    }

    func name(_ row: Row) -> SIPBytes {
        self.arena[row.name]
    }

    func matches(_ row: Row, _ name: SIPHeaderName) -> Bool {
        row.id == name.id && (row.id != 0 || name.matches(id: 0, name: self.name(row)))
    }

    /// Headers whose value is not a comma list, or whose rows must not be combined (R3261-16).
    private static func isSingle(_ name: SIPHeaderName) -> Bool {
        switch name {
        case .authorization, .proxyAuthorization, .wwwAuthenticate, .proxyAuthenticate, .date, .subject, .callID,
            .organization, .server, .userAgent, .retryAfter, .timestamp, .from, .to, .cSeq, .event,
            .subscriptionState, .contentType, .contentDisposition:
            true
        default: false
        }
    }
}

extension SIPHeaders: Sequence {
    /// Iterates in order.
    public func makeIterator() -> AnyIterator<Field> {
        var index = 0
        return AnyIterator {
            guard index < self.rows.count else { return nil }
            defer { index += 1 }
            let row = self.rows[index]
            return Field(name: SIPHeaderName(id: row.id, spelling: self.name(row)), value: self.value(row))
        }
    }
}

extension SIPHeaders: Hashable {
    /// Whether both have equal rows in the same order.
    public static func == (left: SIPHeaders, right: SIPHeaders) -> Bool {
        left.rows.count == right.rows.count && zip(left, right).allSatisfy { $0 == $1 }
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        for field in self {
            hasher.combine(field)
        }
    }
}
