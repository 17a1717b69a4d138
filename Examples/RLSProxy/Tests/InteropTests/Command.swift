// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation

/// A program that runs to its end.
enum Command {
    struct Failure: Error {
        var command: String
        var status: Int32
        var output: String
    }

    /// Runs a program.
    ///
    /// - Returns: what it wrote.
    /// - Throws: ``Failure`` when it does not end with 0.
    static func run(_ path: String, _ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [path] + arguments
        // A file, not a pipe: a server that the program leaves behind would keep a pipe open.
        let output = "/tmp/rls-interop-output-\(UInt32.random(in: .min ... .max))"
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: output) }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = process.standardOutput
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try Self.withAllSignals { try process.run() }
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        guard process.terminationStatus == 0 else {
            throw Failure(command: path, status: process.terminationStatus, output: text)
        }
        return text
    }

    /// Swift's threads block signals and children inherit that: a server could not be told to stop.
    static func withAllSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }
}
