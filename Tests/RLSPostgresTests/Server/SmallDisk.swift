// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import Foundation

/// A file system in memory that is soon full, for the server to keep tables on.
final class SmallDisk {
    /// Whether one can be mounted here: on Linux, by root, where the container allows it.
    static let isPossible = (try? SmallDisk(megabytes: 1)) != nil

    /// Belongs to the server's user.
    let folder: String

    init(megabytes: Int) throws {
        var template = Array("/tmp/rls-small-disk-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ mkdtemp($0.baseAddress!) }) else {
            throw TestCluster.Failure(description: "no temporary folder")
        }
        self.folder = String(cString: made)
        let command = """
            mount -t tmpfs -o size=\(megabytes)m,mode=700 tmpfs '\(self.folder)' && chown postgres '\(self.folder)'
            """
        guard try ChildProcess(command, log: "/dev/null").wait() == 0 else {
            throw TestCluster.Failure(description: "no file system could be mounted")
        }
    }

    deinit {
        _ = try? ChildProcess("umount -l '\(self.folder)'; rmdir '\(self.folder)'", log: "/dev/null").wait()
    }
}
#endif
