// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import Foundation

/// A shell command, with a pipe to its input.
///
/// Foundation's Process hands its descriptors on to every other child, so that it does not see one end while another, such
/// as a server, lives; and a child would not see the end of its input.
final class ChildProcess {
    private static let spawning = NSLock()

    private let process: pid_t
    private let input: Int32

    init(_ command: String, log: String) throws {
        var ends: [Int32] = [0, 0]
        // No other child may be made before the descriptors are marked.
        Self.spawning.lock()
        defer { Self.spawning.unlock() }
        guard pipe(&ends) == 0, fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0, fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0
        else { throw TestCluster.Failure(description: "no pipe") }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var arguments: [UnsafeMutablePointer<CChar>?] = ["sh", "-c", command].map { (text: String) in strdup(text) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var process = pid_t()
        // The threads of the cooperative pool block signals, and a shell that never hears of its children waits for ever.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let status = posix_spawn(&process, "/bin/sh", &actions, &attributes, &arguments, environ)
        guard status == 0 else {
            close(ends[1])
            throw TestCluster.Failure(description: "\(command): \(String(cString: strerror(status)))")
        }
        self.process = process
        self.input = ends[1]
    }

    deinit {
        close(self.input)
    }

    func write(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Foundation.write(self.input, $0.baseAddress, $0.count) }
    }

    /// Waits for its end.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(self.process, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
#endif
