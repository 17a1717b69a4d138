// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension SIPHeaders {
    /// Makes room, so that adding rows does not move those that are there.
    public mutating func reserve(bytes: Int, rows: Int) {
        self.arena.reserveCapacity(self.arena.count + bytes)
        self.rows.reserveCapacity(self.rows.count + rows)
    }

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

    /// Adds all rows of another header at the end.
    public mutating func append(contentsOf other: SIPHeaders) {
        let shift = UInt32(self.arena.count)
        self.arena.append(contentsOf: other.arena)
        for row in other.rows {
            self.rows.append(
                Row(
                    nameStart: row.nameStart + shift,
                    valueStart: row.valueStart + shift,
                    valueEnd: row.valueEnd + shift,
                    nameLength: row.nameLength,
                    id: row.id
                )
            )
        }
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

    /// Adds a row before all others.
    public mutating func prepend(_ name: SIPHeaderName, _ value: [UInt8]) {
        self.prepend(name, value[...])
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

    /// Replaces only the first row with this name; adds it when there is none.
    public mutating func replaceFirst(_ name: SIPHeaderName, with value: String) {
        self.replaceFirst(name, with: Array(value.utf8)[...])
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
        self.rows.removeAll { name.matches(id: $0.id, name: arena[$0.name]) }
    }

    private mutating func makeRow(_ name: SIPHeaderName, _ write: (inout [UInt8]) -> Void) -> Row {
        let nameStart = UInt32(self.arena.count)
        // A well-known name is written from its number: only the others take room.
        if name.id == 0 {
            self.arena.append(contentsOf: name.spelling.utf8.prefix(Int(UInt16.max)))
        }
        let valueStart = UInt32(self.arena.count)
        write(&self.arena)
        self.removeLineEnds(from: Int(valueStart))
        return Row(
            nameStart: nameStart,
            valueStart: valueStart,
            valueEnd: UInt32(self.arena.count),
            nameLength: UInt16(valueStart - nameStart),
            id: name.id
        )
    }

    /// A value that holds a line end would become two header lines on the wire: its CR and LF become blanks.
    private mutating func removeLineEnds(from start: Int) {
        let hasLineEnd = self.arena.withUnsafeBytes { bytes in
            bytes.firstIndex(of: 0x0A, in: start..<bytes.count) != nil
                || bytes.firstIndex(of: 0x0D, in: start..<bytes.count) != nil
        }
        guard hasLineEnd else { return }
        for index in start..<self.arena.count where self.arena[index] == 0x0D || self.arena[index] == 0x0A {
            self.arena[index] = 0x20
        }
    }

    /// The rows with these numbers of well-known names. Their bytes stay where they are until a row is added.
    func sharing(_ isWanted: (UInt8) -> Bool) -> SIPHeaders {
        var rows: [Row] = []
        rows.reserveCapacity(self.rows.reduce(0) { isWanted($1.id) ? $0 + 1 : $0 })
        for var row in self.rows where isWanted(row.id) {
            // Written with its usual name, however the request had it.
            row.nameStart = row.valueStart
            row.nameLength = 0
            rows.append(row)
        }
        return SIPHeaders(arena: self.arena, rows: rows)
    }

    /// Adds a well-known row of a header, whose value has no line end, and perhaps more text behind it.
    mutating func appendCopy(of row: Row, in source: SIPHeaders, suffix: (StaticString, SIPBytes)? = nil) {
        let start = UInt32(self.arena.count)
        source.arena.withUnsafeBufferPointer { buffer in
            self.arena.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[row.value]))
        }
        let end = self.arena.count
        if let (text, bytes) = suffix {
            self.arena.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
            self.arena.append(contentsOf: bytes)
            self.removeLineEnds(from: end)
        }
        self.rows.append(
            Row(
                nameStart: start,
                valueStart: start,
                valueEnd: UInt32(self.arena.count),
                nameLength: 0,
                id: row.id
            )
        )
    }
}
