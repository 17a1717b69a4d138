// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// Why the database could not do what was asked. Its texts hold no password and no content of records.
public struct PostgresError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        private init(_ name: String) {
            self.description = name
        }

        /// The connection string is not valid.
        public static let invalidConfiguration = Code("invalidConfiguration")
        /// The server cannot be reached or refuses us, or the connection broke. Another attempt may succeed.
        public static let unavailable = Code("unavailable")
        /// The server did not answer in time.
        public static let timedOut = Code("timedOut")
        /// The server refused a statement; see PostgresError/sqlState.
        public static let refused = Code("refused")
        /// A table or column that is needed does not exist.
        public static let unusableTable = Code("unusableTable")
        /// The store has been shut down.
        public static let closed = Code("closed")
    }

    /// The kind of failure.
    public var code: Code
    /// What happened, for a log.
    public var message: String
    /// The five characters of the server's SQLSTATE, when it was the server.
    public var sqlState: String?

    /// Creates an error.
    public init(_ code: Code, _ message: String, sqlState: String? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
    }

    /// Code, message and SQLSTATE, for a log.
    public var description: String {
        "\(self.code): \(self.message)\(self.sqlState.map { " (SQLSTATE \($0))" } ?? "")"
    }
}

extension PostgresError {
    /// The connection is of no use any more.
    var isConnectionLost: Bool { self.code == .unavailable || self.code == .timedOut }

    /// The row is at fault, not the server: data exception, constraint, program limit (an index row too large), an error
    /// that a trigger raised. All other rows may still be written.
    var isAboutRow: Bool {
        // 2200H: the sequence is used up, which the next row will find, too.
        guard let sqlState = self.sqlState, sqlState != "2200H" else { return false }
        return ["22", "23", "44", "54", "P0"].contains(sqlState.prefix(2))
    }

    /// The tables are not what they were when the statements were prepared.
    var isAboutLayout: Bool {
        switch self.sqlState {
        // Cached plan must not change result type; no such prepared statement, column, table; no unique index fits.
        case "0A000", "26000", "42703", "42P01", "42P10": true
        default: false
        }
    }

    /// COPY cannot write this table: it is a view, or has row-level security.
    var isAboutCopy: Bool { self.sqlState == "0A000" || self.sqlState == "42809" }

    /// Another transaction was in the way; the same transaction may succeed now.
    var isAboutConcurrency: Bool {
        switch self.sqlState {
        // Serialization failure, deadlock, lock not available within `lock_timeout`.
        case "40001", "40P01", "55P03": true
        default: false
        }
    }
}
#endif
