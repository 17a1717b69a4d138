// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if SQLite
#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The file before SQLite opens it.
enum SQLiteFile {
    /// Creates the file when it is missing, and makes it readable for its owner only: it says who watches whom. SQLite gives
    /// the same permissions to the files beside it.
    static func prepare(_ path: String) throws(SQLiteStoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error(path) }
        defer { close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else { throw Self.error(path) }
    }

    private static func error(_ path: String) -> SQLiteStoreError {
        SQLiteStoreError(.cannotOpen, path: path, message: String(cString: strerror(errno)))
    }
}
#endif
