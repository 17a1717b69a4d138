// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import Testing

/// Docs/conformance.md names tests that exist, and leaves no requirement out.
@Suite struct ConformanceTableTests {
    private struct Row {
        var id: String
        var tests: [String]
        var remark: String
    }

    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func rows() throws -> [Row] {
        let text = try String(contentsOf: Self.package.appending(path: "Docs/conformance.md"), encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            guard ["| R", "| S-", "| MORE-"].contains(where: { line.hasPrefix($0) }) else { return nil }
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 7 else { return nil }
            let tests = cells[4].split(separator: "`").filter { $0.contains(".") }.map { String($0) }
            return Row(id: cells[1], tests: tests, remark: cells[5])
        }
    }

    /// All test functions of the library and of the example proxy, as `Suite.test`.
    private static func tests() throws -> Set<String> {
        try Self.tests(below: "Tests").union(Self.tests(below: "Examples/RLSProxy/Tests"))
    }

    private static func tests(below path: String) throws -> Set<String> {
        let folder = Self.package.appending(path: path).resolvingSymlinksInPath()
        var names: Set<String> = []
        // Not what a build has checked out.
        let files = FileManager.default.enumerator(
            at: folder,
            includingPropertiesForKeys: nil,
            options: .skipsHiddenFiles
        )
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            let text = try String(contentsOf: file, encoding: .utf8)
            let suites = text.matches(of: /(?:struct|class|actor|extension) (\w+(?:Tests|Rules))\b/)
                .map { String($0.1) }
            for test in text.matches(of: /@Test[\s\S]*?func (\w+)\(/) {
                names.formUnion(suites.map { "\($0).\(test.1)" })
            }
        }
        return names
    }

    @Test func everyNamedTestExists() throws {
        let existing = try Self.tests()
        let rows = try Self.rows()
        #expect(rows.count > 280)
        for row in rows {
            for test in row.tests {
                #expect(existing.contains(test), "\(row.id) names a test that does not exist: \(test)")
            }
            #expect(!row.tests.isEmpty || !row.remark.isEmpty, "\(row.id) says neither how it is proved nor why not")
        }
        #expect(Set(rows.map { $0.id }).count == rows.count, "a row stands twice")
    }

    @Test func noRequirementIsLeftOut() throws {
        let catalogue = Self.package.deletingLastPathComponent().appending(path: "shared/spec")
        guard FileManager.default.fileExists(atPath: catalogue.path) else {
            let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
            #expect(!isCI, "the catalogue has to be there in CI")
            return
        }
        let known = Set(try Self.rows().map { $0.id })
        for (file, isWanted) in [
            ("rfc4662.md", { _ in true }), ("rfc6665.md", { _ in true }), ("rfc3261.md", { $0 <= "R3261-29" }),
            ("rfc4826.md", { _ in true }), ("security.md", { _ in true }),
        ] as [(String, (String) -> Bool)] {
            let text = try String(contentsOf: catalogue.appending(path: file), encoding: .utf8)
            let ids = text.split(separator: "\n").compactMap { line in
                line.firstMatch(of: /^(?:\| |\*\*)(R\d+-\w+|S-[A-Z]+)/).map { String($0.1) }
            }
            #expect(ids.count > 20)
            for id in ids where isWanted(id) {
                #expect(known.contains(id), "\(id) is not in Docs/conformance.md")
            }
        }
    }
}
