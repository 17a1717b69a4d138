// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// A list NOTIFY, read strictly: what breaks RFC 4662 §5 is an error.
struct ListNotify {
    struct Instance: Hashable {
        var id: String
        var state: String
        var reason: String?
        var cid: String?
    }

    struct Name: Hashable {
        var text: String
        var language: String?
    }

    struct Resource: Hashable {
        var uri: String
        var names: [Name] = []
        var instances: [Instance] = []
    }

    struct Part {
        var contentType: String
        var body: [UInt8]
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    var state: String
    var cSeq: UInt32
    var uri = ""
    var version: UInt32 = 0
    var isFull = false
    var names: [Name] = []
    var resources: [Resource] = []
    var parts: [String: Part] = [:]
    var boundary = ""

    init(_ outbound: RLSOutboundRequest, isLegacy: Bool = false) throws {
        try self.init(outbound.request, isLegacy: isLegacy)
    }

    init(_ request: SIPRequest, isLegacy: Bool = false) throws {
        func require(_ condition: Bool, _ text: String) throws {
            if !condition { throw Failure(description: "\(text):\n\(String(decoding: request.bytes, as: UTF8.self))") }
        }
        self.state = request.text(.subscriptionState) ?? ""
        self.cSeq = try request.cSeq.number
        try require(request.text(.require) == "eventlist", "Require")
        try require(request.headers.first(.supported) == nil, "Supported in a NOTIFY")
        try require(request.text(.maxForwards) == "70", "Max-Forwards")
        try require(request.headers.first(.contact) != nil && request.headers.first(.event) != nil, "Contact, Event")
        let prefix = "multipart/related;type=\"application/rlmi+xml\";start=\"<"
        let type = request.text(.contentType) ?? ""
        try require(type.hasPrefix(prefix), "Content-Type")
        let pieces = type.dropFirst(prefix.count).split(separator: ">\";boundary=")
        try require(pieces.count == 2, "start and boundary")
        self.boundary = String(pieces[1])
        try require(self.boundary.utf8.allSatisfy { $0 > 0x2F && $0 < 0x7B && $0 != 0x3B }, "an unquoted boundary")
        let parts = try Self.split(Array(request.body), boundary: self.boundary)
        let root = parts[0]
        for part in parts {
            let name = isLegacy ? "Content-Id: " : "Content-ID: <"
            let line = try part.line(name)
            let cid = isLegacy ? line : String(line.dropLast())
            try require(!cid.contains(":") && !cid.contains("<") && cid.contains("@"), "Content-ID")
            try require(try part.line("Content-Transfer-Encoding: ") == "binary", "Content-Transfer-Encoding")
            try require(self.parts[cid] == nil, "two parts with one Content-ID")
            if self.parts.isEmpty {
                try require(cid == pieces[0], "start is not the first part")
            }
            self.parts[cid] = Part(contentType: try part.line("Content-Type: "), body: part.body)
        }
        try self.read(String(decoding: root.body, as: UTF8.self))
        try require(Set(self.resources.map { $0.uri }).count == self.resources.count, "a resource stands twice")
        var unused = Set(self.parts.keys).subtracting([String(pieces[0])])
        for instance in self.resources.flatMap({ $0.instances }) {
            if let cid = instance.cid {
                try require(unused.remove(cid) != nil, "a cid without part")
            }
            try require(instance.state != "active" || instance.cid != nil, "active without cid")
            try require(
                instance.state != "terminated" || instance.reason?.isEmpty == false,
                "terminated without reason"
            )
            try require(["active", "pending", "terminated"].contains(instance.state), "instance state")
            try require(!instance.id.isEmpty, "instance without id")
        }
        try require(unused.isEmpty, "a part without cid")
        try require(self.resources.allSatisfy { $0.instances.count <= 1 }, "more than one instance")
    }

    subscript(_ uri: String) -> Resource? { self.resources.first { $0.uri == uri } }

    func instance(_ uri: String) -> Instance? { self[uri]?.instances.first }

    func body(_ uri: String) -> [UInt8]? { self.instance(uri)?.cid.flatMap { self.parts[$0]?.body } }

    func text(_ uri: String) -> String? { self.body(uri).map { String(decoding: $0, as: UTF8.self) } }

    /// What a resource shows, in short: "-", "active:body", "pending", "terminated/reason".
    func shown(_ uri: String) -> String? {
        guard let resource = self[uri] else { return nil }
        guard let instance = resource.instances.first else { return "-" }
        return instance.state + (instance.reason.map { "/\($0)" } ?? "") + (self.text(uri).map { ":\($0)" } ?? "")
    }

    // MARK: MIME

    private struct RawPart {
        var header: [String]
        var body: [UInt8]

        func line(_ prefix: String) throws -> String {
            let lines = self.header.filter { $0.hasPrefix(prefix) }
            guard lines.count == 1 else { throw Failure(description: "\(prefix) in \(self.header)") }
            return String(lines[0].dropFirst(prefix.count))
        }
    }

    private static func split(_ body: [UInt8], boundary: String) throws -> [RawPart] {
        let delimiter = Array("--\(boundary)".utf8)
        guard body.starts(with: delimiter + [13, 10]) else { throw Failure(description: "a preamble") }
        var parts: [RawPart] = []
        var index = delimiter.count + 2
        while true {
            guard let headerEnd = body.firstRange(of: Array("\r\n\r\n".utf8), from: index) else {
                throw Failure(description: "a part without header end")
            }
            guard let end = body.firstRange(of: Array("\r\n".utf8) + delimiter, from: headerEnd + 4) else {
                throw Failure(description: "a part without end")
            }
            parts.append(
                RawPart(
                    header: String(decoding: body[index..<headerEnd], as: UTF8.self).split(separator: "\r\n")
                        .map(String.init),
                    body: Array(body[(headerEnd + 4)..<end])
                )
            )
            let after = Array(body[(end + 2 + delimiter.count)...])
            if after == Array("--\r\n".utf8) { return parts }
            guard after.starts(with: [13, 10]) else { throw Failure(description: "after a delimiter") }
            index = end + 2 + delimiter.count + 2
        }
    }

    // MARK: XML

    private mutating func read(_ text: String) throws {
        var rest = text[...]
        var isInResource = false
        var hasList = false
        func fail(_ reason: String) -> Failure { Failure(description: "\(reason):\n\(text)") }
        guard rest.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>") else { throw fail("no declaration") }
        rest = rest.drop { $0 != ">" }.dropFirst()
        while let open = rest.firstIndex(of: "<") {
            guard let close = rest[open...].firstIndex(of: ">") else { throw fail("an open tag") }
            let tag = rest[rest.index(after: open)..<close]
            rest = rest[rest.index(after: close)...]
            let name = tag.prefix { $0 != " " && $0 != "/" }
            let attributes = try Self.attributes(tag.dropFirst(name.count))
            switch name {
            case "list":
                guard !hasList, attributes["xmlns"] == "urn:ietf:params:xml:ns:rlmi", let uri = attributes["uri"],
                    let version = attributes["version"].flatMap({ UInt32($0) }),
                    let full = attributes["fullState"], full == "true" || full == "false"
                else { throw fail("list") }
                (self.uri, self.version, self.isFull, hasList) = (uri, version, full == "true", true)
            case "name":
                let end = rest.firstIndex(of: "<") ?? rest.endIndex
                let value = Name(text: Self.unescaped(rest[..<end]), language: attributes["xml:lang"])
                guard rest[end...].hasPrefix("</name>") else { throw fail("name") }
                rest = rest[end...].dropFirst(7)
                if isInResource {
                    guard self.resources[self.resources.count - 1].instances.isEmpty else { throw fail("name late") }
                    self.resources[self.resources.count - 1].names.append(value)
                } else {
                    guard self.resources.isEmpty else { throw fail("name after resource") }
                    self.names.append(value)
                }
            case "resource":
                guard hasList, !isInResource, let uri = attributes["uri"] else { throw fail("resource") }
                self.resources.append(Resource(uri: uri))
                isInResource = !tag.hasSuffix("/")
            case "instance":
                guard isInResource, tag.hasSuffix("/"), let id = attributes["id"], let state = attributes["state"]
                else { throw fail("instance") }
                self.resources[self.resources.count - 1].instances.append(
                    Instance(id: id, state: state, reason: attributes["reason"], cid: attributes["cid"])
                )
            case "" where tag == "/resource": isInResource = false
            case "" where tag == "/list": guard !isInResource else { throw fail("/list") }
            default: throw fail("<\(tag)>")
            }
        }
        guard hasList else { throw fail("no list") }
    }

    private static func attributes(_ text: Substring) throws -> [String: String] {
        var attributes: [String: String] = [:]
        let pieces = text.split(separator: "\"", omittingEmptySubsequences: false)
        for index in stride(from: 0, to: pieces.count - 1, by: 2) {
            let name = pieces[index].filter { $0 != " " }.dropLast()
            guard attributes[String(name)] == nil else { throw Failure(description: "an attribute twice: \(text)") }
            attributes[String(name)] = Self.unescaped(pieces[index + 1])
        }
        return attributes
    }

    private static func unescaped(_ text: Substring) -> String {
        var output = ""
        var rest = text
        while let character = rest.popFirst() {
            guard character == "&", let end = rest.firstIndex(of: ";") else {
                output.append(character)
                continue
            }
            switch rest[..<end] {
            case "amp": output += "&"
            case "lt": output += "<"
            case "gt": output += ">"
            case "quot": output += "\""
            case "#9": output += "\t"
            case "#10": output += "\n"
            case "#13": output += "\r"
            default: output += "?"
            }
            rest = rest[end...].dropFirst()
        }
        return output
    }
}

extension [UInt8] {
    fileprivate func firstRange(of pattern: [UInt8], from start: Int) -> Int? {
        guard self.count >= pattern.count, start <= self.count - pattern.count else { return nil }
        return (start...(self.count - pattern.count)).first { index in
            self[index] == pattern[0] && self[index..<(index + pattern.count)].elementsEqual(pattern)
        }
    }
}
