// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The `xmlns()` parts of the query of an XCAP URL (RFC 4825 §6.4). Parts of other schemes are ignored.
struct XMLNamespaceBindings: Sendable {
    private var bindings: [String: XMLNamespace] = [:]

    init(_ query: String?) throws(XCAPReferenceError) {
        guard let query else { return }
        guard let text = PercentEncoding.decode(query.utf8) else { throw .refused("escape") }
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "(") {
            let scheme = Self.trimmed(rest[..<open])
            guard let (data, after) = Self.data(rest[rest.index(after: open)...]) else {
                throw .noElement("namespace binding")
            }
            rest = after
            guard scheme == "xmlns" else { continue }
            guard let equals = data.firstIndex(of: "=") else { throw .noElement("namespace binding") }
            let name = Self.trimmed(data[data.index(after: equals)...])
            self.bindings[Self.trimmed(data[..<equals])] = XMLNamespace(name)
        }
        guard Self.trimmed(rest).isEmpty else { throw .noElement("namespace binding") }
    }

    func namespace(of prefix: String) -> XMLNamespace? {
        self.bindings[prefix]
    }

    /// What is between balanced parentheses, `^` escapes resolved, and what follows.
    private static func data(_ text: Substring) -> (String, Substring)? {
        var data = ""
        var depth = 1
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
                data.append(character)
                continue
            }
            switch character {
            case "^":
                isEscaped = true
                continue
            case "(":
                depth += 1
            case ")":
                depth -= 1
                if depth == 0 { return (data, text[text.index(after: index)...]) }
            default:
                break
            }
            data.append(character)
        }
        return nil
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        XMLText.trimmed(String(text))
    }
}
