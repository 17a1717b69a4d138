// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// What the server answered to one statement; values are binary.
final class PostgresResult {
    private let pointer: OpaquePointer

    /// Takes over the result.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(self.pointer)
    }

    /// The server waits for the rows of a COPY.
    var isCopyIn: Bool { PQresultStatus(self.pointer) == PGRES_COPY_IN }

    var rowCount: Int { Int(PQntuples(self.pointer)) }

    /// Rows that an INSERT, UPDATE or DELETE touched.
    var affectedRows: Int { Int(String(cString: PQcmdTuples(self.pointer))) ?? 0 }

    /// The command as the server names it; `ROLLBACK` after a COMMIT that did not commit.
    var command: String { String(cString: PQcmdStatus(self.pointer)) }

    func isNull(_ row: Int, _ column: Int) -> Bool {
        PQgetisnull(self.pointer, Int32(row), Int32(column)) == 1
    }

    func bytes(_ row: Int, _ column: Int) -> [UInt8] {
        self.withValue(row, column) { Array($0) }
    }

    /// "" for NULL.
    func text(_ row: Int, _ column: Int) -> String {
        self.withValue(row, column) { String(decoding: $0, as: UTF8.self) }
    }

    /// An integer of 2, 4 or 8 bytes; 0 for NULL.
    func integer(_ row: Int, _ column: Int) -> Int64 {
        self.withValue(row, column) { bytes in
            switch bytes.count {
            case 2: Int64(Int16(truncatingIfNeeded: Self.bigEndian(bytes)))
            case 4: Int64(Int32(truncatingIfNeeded: Self.bigEndian(bytes)))
            default: Int64(truncatingIfNeeded: Self.bigEndian(bytes))
            }
        }
    }

    func boolean(_ row: Int, _ column: Int) -> Bool {
        self.withValue(row, column) { $0.first == 1 }
    }

    private static func bigEndian(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func withValue<Value>(_ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let length = Int(PQgetlength(self.pointer, Int32(row), Int32(column)))
        guard length > 0, let start = PQgetvalue(self.pointer, Int32(row), Int32(column)) else {
            return body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return body(UnsafeRawBufferPointer(start: start, count: length))
    }

    /// The error, when the statement failed.
    func error(_ info: ConnectionInfo) -> PostgresError? {
        switch PQresultStatus(self.pointer) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            return nil
        default:
            break
        }
        let state = self.field(CChar(UInt8(ascii: "C")))
        // The message of a data exception may quote the value; what it is about is told by names.
        var message = self.field(CChar(UInt8(ascii: "M"))) ?? "connection lost"
        if let state, PostgresError(.refused, "", sqlState: state).isAboutRow {
            let names = [("table", "t"), ("column", "c"), ("constraint", "n")].compactMap { label, code in
                self.field(CChar(code.utf8.first ?? 0)).map { "\(label) \($0)" }
            }
            message = (["the server refused the row"] + names).joined(separator: ", ")
        }
        switch state {
        // query_canceled: statement_timeout
        case "57014"?: return PostgresError(.timedOut, info.redacted(message), sqlState: state)
        case nil: return PostgresError(.unavailable, info.redacted(message))
        default: return PostgresError(.refused, info.redacted(message), sqlState: state)
        }
    }

    private func field(_ code: CChar) -> String? {
        PQresultErrorField(self.pointer, Int32(code)).map { String(cString: $0) }
    }
}
#endif
