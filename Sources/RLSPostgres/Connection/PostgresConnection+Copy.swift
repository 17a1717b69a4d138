// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

extension PostgresConnection {
    /// What is handed to libpq at once; a message to the server each.
    private static let copyChunk = 65_536
    /// Signature, no flags, no extension.
    private static let copyHead = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]
    private static let copyEnd: [UInt8] = [0xFF, 0xFF]

    /// Writes rows with `COPY … FROM STDIN (FORMAT binary)`: all of them or, when it throws, none.
    func copy(_ places: [EncodedRows.Place], of rows: EncodedRows, _ statement: String) throws(PostgresError) {
        guard PQsendQuery(self.handle, statement) == 1 else { throw self.lost() }
        let deadline = self.exchangeDeadline
        try self.flush(until: deadline)
        guard let begun = try self.nextResult(until: deadline) else { throw self.lost() }
        guard begun.isCopyIn else {
            while try self.nextResult(until: deadline) != nil {}
            throw begun.error(self.info) ?? self.lost()
        }
        var chunk = Self.copyHead
        for place in places {
            chunk += rows.bytes[place]
            if chunk.count >= Self.copyChunk {
                try self.put(chunk)
                try self.flush(until: deadline)
                chunk.removeAll(keepingCapacity: true)
            }
        }
        try self.put(chunk + Self.copyEnd)
        guard PQputCopyEnd(self.handle, nil) == 1 else { throw self.lost() }
        _ = try self.result()
    }

    private func put(_ bytes: [UInt8]) throws(PostgresError) {
        let status = bytes.withUnsafeBytes { bytes in
            PQputCopyData(self.handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        // It queues everything, or there is no memory.
        guard status == 1 else { throw self.lost() }
    }
}
#endif
