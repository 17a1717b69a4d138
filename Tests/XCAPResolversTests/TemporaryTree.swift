// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation

/// A folder laid out like an XCAP tree, removed with the value.
final class TemporaryTree: Sendable {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rls-xcap-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.path = folder.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    /// Writes a file in the way editors do it: another file renamed over the old one.
    func write(_ text: String, to file: String) throws {
        let url = URL(fileURLWithPath: "\(self.path)/\(file)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url, options: .atomic)
    }

    func remove(_ file: String) throws {
        try FileManager.default.removeItem(atPath: "\(self.path)/\(file)")
    }

    func makeFolder(_ folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(self.path)/\(folder)",
            withIntermediateDirectories: true
        )
    }

    /// A named pipe, whose opening would block.
    func makePipe(_ file: String) -> Bool {
        mkfifo("\(self.path)/\(file)", 0o600) == 0
    }
}
