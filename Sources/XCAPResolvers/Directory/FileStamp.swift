// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// What a file looks like from outside. Two files with equal stamps are the same file unchanged.
struct FileStamp: Sendable, Hashable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let modified: Int64
    private let modifiedNanoseconds: Int64
    private let changed: Int64
    private let changedNanoseconds: Int64

    /// Nil when there is no such file.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
        let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
        let (modified, changed) = (status.st_mtim, status.st_ctim)
        #endif
        self.device = UInt64(truncatingIfNeeded: status.st_dev)
        self.inode = UInt64(truncatingIfNeeded: status.st_ino)
        self.size = Int64(status.st_size)
        self.modified = Int64(modified.tv_sec)
        self.modifiedNanoseconds = Int64(modified.tv_nsec)
        self.changed = Int64(changed.tv_sec)
        self.changedNanoseconds = Int64(changed.tv_nsec)
    }

    /// The first of these places where a file is.
    static func first(of paths: [String]) -> (path: String, stamp: FileStamp)? {
        for path in paths {
            if let stamp = FileStamp(path: path) {
                return (path, stamp)
            }
        }
        return nil
    }
}
