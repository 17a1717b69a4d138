// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
/// A table's name, with or without schema.
struct TableName: Sendable, Hashable {
    let schema: String?
    let name: String

    /// - Parameter text: `name` or `schema.name`, as they stand in the catalogue, without quotes.
    init(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            self.schema = String(parts[0])
            self.name = String(parts[1])
        } else {
            self.schema = nil
            self.name = text
        }
    }

    /// As it is written in a statement.
    var quoted: String {
        [self.schema, self.name].compactMap { $0.map(Self.quote) }.joined(separator: ".")
    }

    /// The name of something that belongs to the table: an index, a constraint.
    func derived(_ suffix: String) -> String { Self.quote("\(self.name)_\(suffix)") }

    static func quote(_ identifier: String) -> String {
        let doubled = identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        return "\"\(doubled)\""
    }

    /// A string constant.
    static func literal(_ text: String) -> String {
        let doubled = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        return "'\(doubled)'"
    }
}
#endif
