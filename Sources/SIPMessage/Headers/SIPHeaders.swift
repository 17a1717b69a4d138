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

    struct Row: BitwiseCopyable {
        /// Number of a well-known name, else 0.
        var id: UInt8
        var nameStart: UInt32
        var nameEnd: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32
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

    // MARK: Changing

    /// Adds a row at the end.
    public mutating func append(_ name: SIPHeaderName, _ value: String) {
        self.append(name) { $0.append(contentsOf: value.utf8) }
    }

    /// Adds a row at the end.
    public mutating func append(_ name: SIPHeaderName, _ value: SIPBytes) {
        self.append(name) { $0.append(contentsOf: value) }
    }

    /// Adds a row at the end.
    public mutating func append(_ name: SIPHeaderName, _ value: [UInt8]) {
        self.append(name) { $0.append(contentsOf: value) }
    }

    /// Adds a row at the end whose value is written straight into place.
    public mutating func append(_ name: SIPHeaderName, writing write: (inout [UInt8]) -> Void) {
        let row = self.makeRow(name, write)
        self.rows.append(row)
    }

    /// Adds a row before all others.
    public mutating func prepend(_ name: SIPHeaderName, _ value: String) {
        let row = self.makeRow(name) { $0.append(contentsOf: value.utf8) }
        self.rows.insert(row, at: 0)
    }

    /// Adds a row before all others.
    public mutating func prepend(_ name: SIPHeaderName, _ value: SIPBytes) {
        let row = self.makeRow(name) { $0.append(contentsOf: value) }
        self.rows.insert(row, at: 0)
    }

    /// Puts one row in the place of the first with this name, and removes the others; adds it when there is none.
    public mutating func replace(_ name: SIPHeaderName, with value: String) {
        self.replace(name, with: Array(value.utf8)[...])
    }

    /// Puts one row in the place of the first with this name, and removes the others; adds it when there is none.
    public mutating func replace(_ name: SIPHeaderName, with value: SIPBytes) {
        guard let index = self.rows.firstIndex(where: { self.matches($0, name) }) else {
            return self.append(name, value)
        }
        let row = self.makeRow(name) { $0.append(contentsOf: value) }
        self.rows[index] = row
        var kept = 0
        for position in self.rows.indices where position <= index || !self.matches(self.rows[position], name) {
            self.rows[kept] = self.rows[position]
            kept += 1
        }
        self.rows.removeLast(self.rows.count - kept)
    }

    /// Replaces only the first row with this name; adds it when there is none.
    public mutating func replaceFirst(_ name: SIPHeaderName, with value: SIPBytes) {
        guard let index = self.rows.firstIndex(where: { self.matches($0, name) }) else {
            return self.append(name, value)
        }
        let row = self.makeRow(name) { $0.append(contentsOf: value) }
        self.rows[index] = row
    }

    /// Removes the first of the comma-separated values with this name: how Via and Route are taken off.
    public mutating func removeFirstValue(_ name: SIPHeaderName) {
        guard let index = self.rows.firstIndex(where: { self.matches($0, name) }) else { return }
        let values = SIPCommaList.split(self.value(self.rows[index]))
        guard values.count > 1, let next = values.dropFirst().first else {
            self.rows.remove(at: index)
            return
        }
        self.rows[index].valueStart = UInt32(next.startIndex)
    }

    /// Removes all rows with this name.
    public mutating func remove(_ name: SIPHeaderName) {
        let arena = self.arena
        self.rows.removeAll { name.matches(id: $0.id, name: arena[Int($0.nameStart)..<Int($0.nameEnd)]) }
    }

    mutating func reserve(bytes: Int, rows: Int) {
        self.arena.reserveCapacity(self.arena.count + bytes)
        self.rows.reserveCapacity(self.rows.count + rows)
    }

    // MARK: Storage

    func value(_ row: Row) -> SIPBytes {
        self.arena[Int(row.valueStart)..<Int(row.valueEnd)]
    }

    func name(_ row: Row) -> SIPBytes {
        self.arena[Int(row.nameStart)..<Int(row.nameEnd)]
    }

    func matches(_ row: Row, _ name: SIPHeaderName) -> Bool {
        row.id == name.id && (row.id != 0 || name.matches(id: 0, name: self.name(row)))
    }

    private mutating func makeRow(_ name: SIPHeaderName, _ write: (inout [UInt8]) -> Void) -> Row {
        let nameStart = UInt32(self.arena.count)
        // A well-known name is written from its number: only the others take room.
        if name.id == 0 {
            self.arena.append(contentsOf: name.spelling.utf8)
        }
        let valueStart = UInt32(self.arena.count)
        write(&self.arena)
        return Row(
            id: name.id,
            nameStart: nameStart,
            nameEnd: valueStart,
            valueStart: valueStart,
            valueEnd: UInt32(self.arena.count)
        )
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
    public static func == (left: SIPHeaders, right: SIPHeaders) -> Bool {
        left.rows.count == right.rows.count && zip(left, right).allSatisfy { $0 == $1 }
    }

    public func hash(into hasher: inout Hasher) {
        for field in self {
            hasher.combine(field)
        }
    }
}
