// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Reads a whole XML document: well-formed, namespaces resolved, no DOCTYPE, no external anything.
///
/// Written for RLMI documents only, and separate from what the server writes and reads with.
struct XMLReader {
    private var cursor: ByteCursor
    private let limits: RLSReadingLimits
    private var elementCount = 0

    /// An element whose end has not come, with the prefixes that it declares.
    private struct Open {
        var qualifiedName: String
        var element: XMLElement
        var prefixes: [String: String]
    }

    private init(_ bytes: SIPBytes, limits: RLSReadingLimits) {
        self.cursor = ByteCursor(bytes)
        self.limits = limits
    }

    static func read(_ bytes: SIPBytes, limits: RLSReadingLimits = .init()) throws(RLSReadingFault) -> XMLElement {
        guard bytes.count <= limits.documentBytes else { throw RLSReadingFault("S-BOMB", "the document is too large") }
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw RLSReadingFault("R4662-02", "not UTF-8")
        }
        guard string.unicodeScalars.allSatisfy(isXMLCharacter) else {
            throw RLSReadingFault("S-INJECT", "a character that XML does not allow")
        }
        var reader = XMLReader(bytes, limits: limits)
        return try reader.document()
    }

    private mutating func document() throws(RLSReadingFault) -> XMLElement {
        try self.declaration()
        var stack: [Open] = []
        var root: XMLElement?
        while !self.cursor.isAtEnd {
            if self.cursor.skip("<!--") {
                guard let comment = self.cursor.take(until: "--"), self.cursor.skip(0x3E) else {
                    throw self.malformed("a comment without end")
                }
                _ = comment
            } else if self.cursor.skip("<![CDATA[") {
                guard !stack.isEmpty, let text = self.cursor.take(until: "]]>") else {
                    throw self.malformed("CDATA outside the root or without end")
                }
                stack[stack.count - 1].element.children.append(.text(RLSTestKit.text(text)))
            } else if self.cursor.skip("<!") {
                throw RLSReadingFault("S-XXE", "a DOCTYPE or another declaration")
            } else if self.cursor.skip("<?") {
                guard self.cursor.take(until: "?>") != nil else { throw self.malformed("an instruction without end") }
            } else if self.cursor.skip("</") {
                let name = try self.name()
                self.skipSpace()
                guard self.cursor.skip(0x3E), let open = stack.popLast(), open.qualifiedName == name else {
                    throw self.malformed("unexpected </\(name)>")
                }
                if stack.isEmpty {
                    root = open.element
                } else {
                    stack[stack.count - 1].element.children.append(.element(open.element))
                }
            } else if self.cursor.skip(0x3C) {
                guard root == nil else { throw self.malformed("a second root") }
                try self.start(&stack, &root)
            } else {
                try self.characters(&stack)
            }
        }
        guard stack.isEmpty, let root else { throw self.malformed("the document does not end") }
        return root
    }

    private mutating func declaration() throws(RLSReadingFault) {
        guard self.cursor.skip("<?xml") else { return }
        guard let content = self.cursor.take(until: "?>") else { throw self.malformed("no end of the XML declaration") }
        var cursor = ByteCursor(content)
        var found: [String: String] = [:]
        while true {
            _ = cursor.take(while: isSpace)
            guard !cursor.isAtEnd else { break }
            let name = text(cursor.take { $0 != 0x3D && !isSpace($0) })
            guard cursor.skip(0x3D), let quote = cursor.next(), quote == 0x22 || quote == 0x27,
                let value = cursor.take(until: quote == 0x22 ? "\"" : "'")
            else { throw self.malformed("the XML declaration") }
            found[name] = text(value)
        }
        guard found["version"] == "1.0" else { throw self.malformed("the XML version") }
        guard (found["encoding"] ?? "UTF-8").uppercased() == "UTF-8" else {
            throw RLSReadingFault("R4662-02", "encoding \(found["encoding"] ?? "")")
        }
    }

    private mutating func characters(_ stack: inout [Open]) throws(RLSReadingFault) {
        let raw = self.cursor.take { $0 != 0x3C }
        guard !stack.isEmpty else {
            guard raw.allSatisfy(isSpace) else { throw self.malformed("text outside the root") }
            return
        }
        var cursor = ByteCursor(raw)
        guard cursor.take(until: "]]>") == nil else { throw self.malformed("]]> in text") }
        try stack[stack.count - 1].element.children.append(.text(self.decoded(raw, isAttribute: false)))
    }

    private mutating func start(_ stack: inout [Open], _ root: inout XMLElement?) throws(RLSReadingFault) {
        self.elementCount += 1
        guard self.elementCount <= self.limits.elements, stack.count < self.limits.depth else {
            throw RLSReadingFault("S-BOMB", "too many elements, or too deep")
        }
        let name = try self.name()
        var raw: [(name: String, value: String)] = []
        while true {
            let hadSpace = self.skipSpace()
            if self.cursor.skip(0x3E) {
                stack.append(try self.open(name, raw, in: stack))
                return
            }
            if self.cursor.skip("/>") {
                let element = try self.open(name, raw, in: stack).element
                if stack.isEmpty {
                    root = element
                } else {
                    stack[stack.count - 1].element.children.append(.element(element))
                }
                return
            }
            guard hadSpace, raw.count < self.limits.attributes else {
                throw self.malformed("the attributes of <\(name)>")
            }
            raw.append(try self.attribute())
        }
    }

    private mutating func attribute() throws(RLSReadingFault) -> (name: String, value: String) {
        let name = try self.name()
        self.skipSpace()
        guard self.cursor.skip(0x3D) else { throw self.malformed("attribute \(name) without value") }
        self.skipSpace()
        guard let quote = self.cursor.next(), quote == 0x22 || quote == 0x27 else {
            throw self.malformed("attribute \(name) without quotes")
        }
        let raw = self.cursor.take { $0 != quote && $0 != 0x3C }
        guard self.cursor.skip(quote), raw.count <= self.limits.attributeBytes else {
            throw self.malformed("the value of attribute \(name)")
        }
        return (name, try self.decoded(raw, isAttribute: true))
    }

    /// Resolves prefixes (Namespaces in XML 1.0, 4 to 6).
    private func open(
        _ name: String,
        _ raw: [(name: String, value: String)],
        in stack: [Open]
    ) throws(RLSReadingFault) -> Open {
        var prefixes = stack.last?.prefixes ?? ["": "", "xml": XMLElement.xmlNamespace]
        for (key, value) in raw {
            if key == "xmlns" {
                prefixes[""] = value
            } else if key.hasPrefix("xmlns:") {
                guard !value.isEmpty else { throw self.malformed("a prefix for no namespace") }
                prefixes[String(key.dropFirst(6))] = value
            }
        }
        func resolve(_ qualified: String, isElement: Bool) throws(RLSReadingFault) -> (String, String) {
            let pieces = qualified.split(separator: ":", omittingEmptySubsequences: false)
            switch pieces.count {
            case 1: return (isElement ? prefixes[""] ?? "" : "", qualified)
            case 2 where !pieces[0].isEmpty && !pieces[1].isEmpty:
                guard let namespace = prefixes[String(pieces[0])] else {
                    throw self.malformed("prefix \(pieces[0]) is not declared")
                }
                return (namespace, String(pieces[1]))
            default: throw self.malformed("the name \(qualified)")
            }
        }
        let (namespace, local) = try resolve(name, isElement: true)
        var element = XMLElement(namespace: namespace, name: local, attributes: [])
        for (key, value) in raw where key != "xmlns" && !key.hasPrefix("xmlns:") {
            let (namespace, local) = try resolve(key, isElement: false)
            guard !element.attributes.contains(where: { $0.namespace == namespace && $0.name == local }) else {
                throw self.malformed("attribute \(key) twice")
            }
            element.attributes.append(.init(namespace: namespace, name: local, value: value))
        }
        guard Set(raw.map(\.name)).count == raw.count else { throw self.malformed("an attribute twice") }
        return Open(qualifiedName: name, element: element, prefixes: prefixes)
    }

    private mutating func name() throws(RLSReadingFault) -> String {
        let name = self.cursor.take { isAlphanumeric($0) || $0 >= 0x80 || "_:-.".utf8.contains($0) }
        guard let first = name.first, !(0x30...0x39).contains(first), first != 0x2D, first != 0x2E else {
            throw self.malformed("not a name")
        }
        return text(name)
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        !self.cursor.take(while: isSpace).isEmpty
    }

    /// The text with its references replaced and its line ends normalised.
    private func decoded(_ raw: SIPBytes, isAttribute: Bool) throws(RLSReadingFault) -> String {
        var output = String.UnicodeScalarView()
        var cursor = ByteCursor(raw)
        while let byte = cursor.peek {
            if cursor.skip(0x26) {
                guard let reference = cursor.take(until: ";") else { throw self.malformed("& without reference") }
                output.append(try self.scalar(reference))
            } else if cursor.skip("\r\n") || cursor.skip(0x0D) {
                output.append(isAttribute ? " " : "\n")
            } else if isAttribute, isSpace(byte) {
                _ = cursor.next()
                output.append(" ")
            } else {
                output.append(
                    contentsOf: text(cursor.take { $0 != 0x26 && $0 != 0x0D && !(isAttribute && isSpace($0)) })
                        .unicodeScalars
                )
            }
        }
        return String(output)
    }

    private func scalar(_ reference: SIPBytes) throws(RLSReadingFault) -> Unicode.Scalar {
        switch text(reference) {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "apos": return "'"
        case "quot": return "\""
        case let number where number.hasPrefix("#"):
            let value = number.hasPrefix("#x") ? UInt32(number.dropFirst(2), radix: 16) : UInt32(number.dropFirst())
            guard let value, let scalar = Unicode.Scalar(value), isXMLCharacter(scalar), !number.contains("+") else {
                throw self.malformed("&\(number);")
            }
            return scalar
        case let other: throw RLSReadingFault("S-BOMB", "entity &\(other);")
        }
    }

    private func malformed(_ message: String) -> RLSReadingFault {
        RLSReadingFault("R4662-61", "not well-formed XML: \(message)")
    }
}

private func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
}

/// `Char` of XML 1.0.
private func isXMLCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
}
