// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if SQLite
internal import GRDB

/// Why the file could not be used.
public struct SQLiteStoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        private init(_ name: String) {
            self.description = name
        }

        /// The file cannot be opened or created: folder missing, no permission, not a database.
        public static let cannotOpen = Code("cannotOpen")
        /// The file was written by a newer version.
        public static let newerVersion = Code("newerVersion")
        /// Reading or writing failed: disk full, file locked by another process, file damaged.
        public static let failed = Code("failed")
    }

    /// The kind of failure.
    public var code: Code
    /// The file.
    public var path: String
    /// What happened, for a log; shows no content of records.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, path: String, message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// Code, file and message, for a log.
    public var description: String { "\(self.code): \(self.path): \(self.message)" }

    /// GRDB's own description would show statements and their arguments.
    init(_ code: Code, path: String, _ error: any Error) {
        guard let error = error as? DatabaseError else {
            self.init(code, path: path, message: "\(type(of: error))")
            return
        }
        let message = error.message.map { ": \($0)" } ?? ""
        self.init(code, path: path, message: "SQLite error \(error.extendedResultCode.rawValue)\(message)")
    }
}
#endif
