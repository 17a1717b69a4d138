// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// An element of a small XML document, with its namespace found.
struct XMLElement: Hashable, Sendable {
    struct Attribute: Hashable, Sendable {
        var namespace: String
        var name: String
        var value: String
    }

    enum Node: Hashable, Sendable {
        case element(XMLElement)
        case text(String)
    }

    var namespace: String
    var name: String
    var attributes: [Attribute]
    var children: [Node] = []

    /// The value of an attribute without prefix.
    func attribute(_ name: String) -> String? {
        self.attributes.first { $0.namespace.isEmpty && $0.name == name }?.value
    }

    /// The child elements.
    var elements: [XMLElement] {
        self.children.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    /// The text directly inside.
    var ownText: String {
        self.children.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }

    static let xmlNamespace = "http://www.w3.org/XML/1998/namespace"
}
