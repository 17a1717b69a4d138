// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

/// An RLMI document (RFC 4662 §5.1), read strictly by its schema.
public struct RLMIDocument: Hashable, Sendable {
    /// State of a virtual subscription.
    public enum State: String, Hashable, Sendable {
        case active, pending, terminated
    }

    /// One virtual subscription to a resource.
    public struct Instance: Hashable, Sendable {
        /// Unique inside the resource.
        public var id: String
        /// The state.
        public var state: State
        /// Why it is terminated.
        public var reason: String?
        /// Names the part with the resource's state.
        public var cid: String?
    }

    /// One resource.
    public struct Resource: Hashable, Sendable {
        /// The URI, as the list has it.
        public var uri: String
        /// Names.
        public var names: [RLSDisplayName]
        /// Virtual subscriptions; none when the state is not known.
        public var instances: [Instance]
    }

    /// The URI of the list.
    public var uri: String
    /// The version.
    public var version: UInt32
    /// Whether all resources of the list are in it.
    public var fullState: Bool
    /// Names a part with state of the whole list; no package defines one.
    public var cid: String?
    /// Names of the list.
    public var names: [RLSDisplayName]
    /// The resources.
    public var resources: [Resource]

    /// Reads a document.
    ///
    /// - Throws: `RLSReadingFault` when it is not well-formed, not valid by `rlmi.xsd`, or over a limit.
    public init(_ bytes: SIPBytes, limits: RLSReadingLimits = RLSReadingLimits()) throws(RLSReadingFault) {
        let root = try XMLReader.read(bytes, limits: limits)
        guard root.namespace == Self.namespace, root.name == "list" else {
            throw RLSReadingFault("R4662-03", "the root is \(root.name) in namespace \(root.namespace)")
        }
        self.uri = try Self.required("uri", of: root, rule: "R4662-62")
        let version = try Self.required("version", of: root, rule: "R4662-62")
        guard let number = SIPText.decimal(Array(version.utf8)[...]).flatMap({ UInt32(exactly: $0) }) else {
            throw RLSReadingFault("R4662-06", "version \(version)")
        }
        self.version = number
        switch try Self.required("fullState", of: root, rule: "R4662-62") {
        case "true", "1": self.fullState = true
        case "false", "0": self.fullState = false
        case let other: throw RLSReadingFault("R4662-62", "fullState \(other)")
        }
        self.cid = root.attribute("cid")
        (self.names, self.resources) = try Self.children(of: root, named: "resource") {
            element throws(RLSReadingFault) in
            try Resource(element)
        }
    }

    static let namespace = "urn:ietf:params:xml:ns:rlmi"

    fileprivate static func required(
        _ name: String,
        of element: XMLElement,
        rule: String
    ) throws(RLSReadingFault) -> String {
        guard let value = element.attribute(name) else {
            throw RLSReadingFault(rule, "<\(element.name)> without \(name)")
        }
        return value
    }

    /// The `name` elements and those after them, in the schema's order; nothing else may stand there (R4662-61).
    fileprivate static func children<Child>(
        of element: XMLElement,
        named childName: String,
        _ read: (XMLElement) throws(RLSReadingFault) -> Child
    ) throws(RLSReadingFault) -> (names: [RLSDisplayName], children: [Child]) {
        guard element.ownText.allSatisfy(\.isWhitespace) else {
            throw RLSReadingFault("R4662-61", "text in <\(element.name)>")
        }
        var names: [RLSDisplayName] = []
        var children: [Child] = []
        for child in element.elements {
            switch (child.namespace, child.name) {
            case (Self.namespace, "name") where children.isEmpty: names.append(try Self.displayName(child))
            case (Self.namespace, childName): children.append(try read(child))
            default: throw RLSReadingFault("R4662-61", "<\(child.name)> in <\(element.name)> where it may not stand")
            }
        }
        return (names, children)
    }

    private static func displayName(_ element: XMLElement) throws(RLSReadingFault) -> RLSDisplayName {
        guard element.elements.isEmpty else { throw RLSReadingFault("R4662-61", "an element in <name>") }
        var language: String?
        for attribute in element.attributes {
            guard attribute.namespace == XMLElement.xmlNamespace, attribute.name == "lang" else {
                throw RLSReadingFault("R4662-61", "attribute \(attribute.name) of <name>")
            }
            guard Self.isLanguage(attribute.value) else {
                throw RLSReadingFault("R4662-72", "xml:lang \(attribute.value)")
            }
            language = attribute.value
        }
        return RLSDisplayName(element.ownText, language: language)
    }

    /// `xs:language`, or empty.
    private static func isLanguage(_ tag: String) -> Bool {
        guard !tag.isEmpty else { return true }
        let pieces = tag.utf8.split(separator: 0x2D, omittingEmptySubsequences: false)
        return pieces.enumerated().allSatisfy { index, piece in
            (1...8).contains(piece.count)
                && piece.allSatisfy { isAlphanumeric($0) && (index > 0 || !(0x30...0x39).contains($0)) }
        }
    }
}

extension RLMIDocument.Resource {
    fileprivate init(_ element: XMLElement) throws(RLSReadingFault) {
        self.uri = try RLMIDocument.required("uri", of: element, rule: "R4662-70")
        (self.names, self.instances) = try RLMIDocument.children(of: element, named: "instance") {
            element throws(RLSReadingFault) in
            try RLMIDocument.Instance(element)
        }
    }
}

extension RLMIDocument.Instance {
    fileprivate init(_ element: XMLElement) throws(RLSReadingFault) {
        guard element.ownText.allSatisfy(\.isWhitespace) else {
            throw RLSReadingFault("R4662-61", "text in <instance>")
        }
        self.id = try RLMIDocument.required("id", of: element, rule: "R4662-75")
        let state = try RLMIDocument.required("state", of: element, rule: "R4662-45")
        guard let state = RLMIDocument.State(rawValue: state) else {
            throw RLSReadingFault("R4662-45", "state \(state)")
        }
        self.state = state
        self.reason = element.attribute("reason")
        self.cid = element.attribute("cid")
    }
}
