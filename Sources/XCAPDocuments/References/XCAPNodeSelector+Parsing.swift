// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension XCAPNodeSelector {
    /// Reads a node selector.
    ///
    /// - Parameters:
    ///   - path: what follows `~~/` in the URL, percent-encoded.
    ///   - query: what follows `?`, percent-encoded: namespace bindings.
    public init(_ path: some StringProtocol, query: String? = nil) throws(XCAPReferenceError) {
        // Decoded as a whole: an encoded slash inside quotes belongs to the value and does not end the step.
        guard let text = PercentEncoding.decode(path.utf8) else { throw .refused("escape") }
        let bindings = try XMLNamespaceBindings(query)
        var reader = StepReader(bytes: Array(text.utf8), bindings: bindings)
        var steps: [Step] = []
        repeat {
            // A list is nested no deeper than documents may be; the cap is generous.
            guard steps.count < 256 else { throw .noElement("node selector is too long") }
            steps.append(try reader.step())
        } while reader.take(UInt8(ascii: "/"))
        guard reader.isAtEnd else { throw .noElement("node selector") }
        self.init(steps: steps)
    }
}

/// Reads the steps of a node selector whose escapes are resolved.
private struct StepReader {
    let bytes: [UInt8]
    let bindings: XMLNamespaceBindings
    var index = 0

    init(bytes: [UInt8], bindings: XMLNamespaceBindings) {
        self.bytes = bytes
        self.bindings = bindings
    }

    var isAtEnd: Bool { self.index == self.bytes.count }

    mutating func take(_ byte: UInt8) -> Bool {
        guard self.index < self.bytes.count, self.bytes[self.index] == byte else { return false }
        self.index += 1
        return true
    }

    mutating func step() throws(XCAPReferenceError) -> XCAPNodeSelector.Step {
        var step = XCAPNodeSelector.Step(name: try self.nameTest())
        guard self.take(UInt8(ascii: "[")) else { return step }
        if let position = try self.position() {
            step.position = position
            guard self.take(UInt8(ascii: "[")) else { return step }
        }
        step.attribute = try self.attribute()
        return step
    }

    private mutating func nameTest() throws(XCAPReferenceError) -> XCAPNodeSelector.NameTest {
        if self.take(UInt8(ascii: "*")) { return .any }
        let first = try self.name()
        guard self.take(UInt8(ascii: ":")) else {
            // R4825-08: no prefix means the default namespace of the application.
            return .name(XCAPNodeSelector.Name(namespace: .resourceLists, local: first))
        }
        guard let namespace = self.bindings.namespace(of: first) else { throw .noElement("prefix without binding") }
        return .name(XCAPNodeSelector.Name(namespace: namespace, local: try self.name()))
    }

    private mutating func name() throws(XCAPReferenceError) -> String {
        let start = self.index
        while self.index < self.bytes.count, Self.isNameCharacter(self.bytes[self.index]) {
            self.index += 1
        }
        guard self.index > start else { throw .noElement("name in the node selector") }
        return String(decoding: self.bytes[start..<self.index], as: UTF8.self)
    }

    /// `1]`; nil when the predicate is no position.
    private mutating func position() throws(XCAPReferenceError) -> Int? {
        let start = self.index
        var value = 0
        while self.index < self.bytes.count, (0x30...0x39).contains(self.bytes[self.index]), self.index - start < 7 {
            value = value * 10 + Int(self.bytes[self.index] - 0x30)
            self.index += 1
        }
        guard self.index > start else { return nil }
        guard self.take(UInt8(ascii: "]")) else { throw .noElement("position in the node selector") }
        return value
    }

    /// `@name="value"]`.
    private mutating func attribute() throws(XCAPReferenceError) -> XCAPNodeSelector.Attribute {
        guard self.take(UInt8(ascii: "@")) else { throw .noElement("predicate in the node selector") }
        let name = try self.name()
        guard self.take(UInt8(ascii: "=")), self.index < self.bytes.count else {
            throw .noElement("predicate in the node selector")
        }
        let quote = self.bytes[self.index]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw .noElement("quotes in the node selector")
        }
        let start = self.index + 1
        guard
            start <= self.bytes.count,
            let end = self.bytes[start...].firstIndex(of: quote),
            let value = XMLReferences.resolve(self.bytes[start..<end])
        else {
            throw .noElement("value in the node selector")
        }
        self.index = end + 1
        guard self.take(UInt8(ascii: "]")) else { throw .noElement("predicate in the node selector") }
        return XCAPNodeSelector.Attribute(name: name, value: value)
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
