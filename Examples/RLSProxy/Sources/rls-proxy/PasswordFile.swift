// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation

/// A file whose first line is a password, so that it is seen neither in the list of processes nor in a shell's history.
enum PasswordFile {
    static func read(_ path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw StartError("--xcap-password-file: \(path) cannot be read")
        }
        guard let line = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).first else {
            throw StartError("--xcap-password-file: \(path) is empty")
        }
        let password = line.hasSuffix("\r") ? line.dropLast() : line
        guard !password.isEmpty else { throw StartError("--xcap-password-file: the first line of \(path) is empty") }
        return String(password)
    }
}
