// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import ResourceListServer

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Reading a whole file.
enum File {
    /// The first bytes of a regular file; nil when there is no such file.
    static func contents(
        of path: String,
        atMost limit: Int,
        document: String
    ) throws(RLSResolverError) -> [UInt8]? {
        // NONBLOCK: to open a pipe that somebody put there would wait for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            guard code != ENOENT, code != ENOTDIR else { return nil }
            throw RLSResolverError(.unavailable, document: document, message: "cannot be opened, errno \(code)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw RLSResolverError(.unavailable, document: document, message: "not a regular file")
        }
        let size = min(limit, max(Int(status.st_size), 0) + 1)
        return try Self.contents(of: descriptor, size: size, limit: limit, document: document)
    }

    private static func contents(
        of descriptor: Int32,
        size: Int,
        limit: Int,
        document: String
    ) throws(RLSResolverError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            var code: Int32 = 0
            // The second piece of most files is nothing.
            let wanted = min(65_536, limit - bytes.count, max(size - bytes.count, 4_096))
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                let result = read(descriptor, buffer.baseAddress, wanted)
                code = result < 0 ? errno : 0
                count = max(result, 0)
            }
            if code == EINTR { continue }
            guard code == 0 else {
                throw RLSResolverError(.unavailable, document: document, message: "cannot be read, errno \(code)")
            }
            guard !piece.isEmpty else { break }
            if bytes.isEmpty {
                bytes = piece
                continue
            }
            bytes.reserveCapacity(size)
            bytes.append(contentsOf: piece)
        }
        return bytes
    }
}
