// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation

/// Plays the scene of the tutorial: alice's list with bob and claire, over real UDP against the real proxy.
///
///     rls-demo [LISTS]
///
/// Ends with 0 when everything that it shows is as it should be.
@main
struct Demo {
    static func main() async {
        let stage = Stage()
        do {
            let proxy = try ProxyProcess(lists: try Self.listDirectory())
            defer { proxy.kill() }
            try await proxy.untilItServes()
            try await Scene(stage: stage, proxy: proxy).play()
        } catch {
            stage.differs("the scene broke off: \(error)")
        }
        stage.conclude()
        exit(stage.isAsExpected ? 0 : 1)
    }

    /// The directory given, else the example's own.
    private static func listDirectory() throws -> String {
        let directory =
            CommandLine.arguments.dropFirst().first
            ?? URL(filePath: #filePath).appending(path: "../../../Lists").standardizedFileURL.path(
                percentEncoded: false
            )
        guard FileManager.default.fileExists(atPath: directory) else { throw DemoError.noLists(directory) }
        return directory
    }
}

/// Why the scene could not be played.
enum DemoError: Error {
    case noLists(String)
    case proxyDidNotStart(String)
    case proxyDidNotStop
    case refused(Int)
}
