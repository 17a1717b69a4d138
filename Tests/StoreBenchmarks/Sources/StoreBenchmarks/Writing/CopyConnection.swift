// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import CCopyPQ

/// A connection that speaks COPY. Its calls block: it is all that the program does meanwhile.
final class CopyConnection {
    struct Failure: Error {
        var message: String
    }

    private let handle: OpaquePointer

    init(_ database: String) throws {
        guard let handle = PQconnectdb(database) else { throw Failure(message: "out of memory") }
        self.handle = handle
        guard PQstatus(handle) == CONNECTION_OK else { throw self.failure }
    }

    deinit {
        PQfinish(self.handle)
    }

    /// Runs statements.
    ///
    /// - Returns: the first value of the last one.
    @discardableResult
    func run(_ statements: String) throws -> String {
        let result = PQexec(self.handle, statements)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK else {
            throw self.failure
        }
        return PQntuples(result) > 0 ? String(cString: PQgetvalue(result, 0, 0)) : ""
    }

    /// The rows of a query, each as COPY's binary format has it.
    func rows(_ query: String) throws -> [[UInt8]] {
        let result = PQexec(self.handle, "COPY (\(query)) TO STDOUT (FORMAT binary)")
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COPY_OUT else { throw self.failure }
        var rows: [[UInt8]] = []
        var buffer: UnsafeMutablePointer<CChar>?
        while true {
            let count = PQgetCopyData(self.handle, &buffer, 0)
            guard count > 0, let start = buffer else { break }
            // A message for each row; the head is in the first one, and the last one is the trailer.
            var row = Array(UnsafeRawBufferPointer(start: start, count: Int(count)))
            PQfreemem(start)
            if rows.isEmpty { row.removeFirst(CopyBatch.head.count) }
            rows.append(row)
        }
        rows.removeLast()
        while let rest = PQgetResult(self.handle) { PQclear(rest) }
        return rows
    }

    /// Copies one batch, which is a transaction.
    func copy(_ batch: CopyBatch, into table: String) throws {
        let begun = PQexec(self.handle, "COPY \(table) FROM STDIN (FORMAT binary)")
        defer { PQclear(begun) }
        guard PQresultStatus(begun) == PGRES_COPY_IN else { throw self.failure }
        let sent = batch.bytes.withUnsafeBytes { bytes in
            PQputCopyData(self.handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        guard sent == 1, PQputCopyEnd(self.handle, nil) == 1 else { throw self.failure }
        while let result = PQgetResult(self.handle) {
            defer { PQclear(result) }
            guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw self.failure }
        }
    }

    private var failure: Failure { Failure(message: String(cString: PQerrorMessage(self.handle))) }
}

/// Rows in COPY's binary format, made before the clock starts.
struct CopyBatch {
    static let head =
        Array("PGCOPY\n\u{FF}\r\n\0".unicodeScalars.map { UInt8($0.value) }) + [UInt8](repeating: 0, count: 8)

    let bytes: [UInt8]

    init(_ rows: some Sequence<[UInt8]>) {
        self.bytes = Self.head + rows.joined() + [0xFF, 0xFF]
    }
}
