// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// An absolute `http:` or `https:` URI, split, with nothing in it that an XCAP URI does not need.
struct HTTPURL: Sendable, Hashable {
    /// Scheme in lower case.
    var scheme: String
    /// Host in lower case; an IPv6 address has its brackets.
    var host: String
    /// Port, the scheme's own one when none is written.
    var port: Int
    /// The path without its first slash, as written.
    var path: String
    /// What follows `?`, as written.
    var query: String?

    init(_ text: String) throws(XCAPReferenceError) {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw .refused("character that no URI has")
        }
        // A fragment is never sent, so two readers could disagree about what is named.
        guard !bytes.contains(UInt8(ascii: "#")) else { throw .refused("fragment") }
        guard let scheme = Self.scheme(text), case let rest = text.dropFirst(scheme.count + 3) else {
            throw .refused("not an http or https URI")
        }
        let authority = Substring(rest.utf8.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") })
        let after = rest[authority.endIndex...]
        guard !authority.utf8.contains(UInt8(ascii: "@")) else { throw .refused("user information") }
        (self.host, self.port) = try Self.hostAndPort(String(authority), scheme: scheme)
        self.scheme = scheme
        let path = Substring(after.utf8.prefix { $0 != UInt8(ascii: "?") })
        self.path = String(path.dropFirst())
        self.query = path.endIndex == after.endIndex ? nil : String(after[path.endIndex...].dropFirst())
    }

    /// Whether a text has `://` in it, as absolute URIs with a host do and paths of documents do not.
    static func isAbsolute(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var start = 0
            while let colon = bytes.firstIndex(of: UInt8(ascii: ":"), in: start..<bytes.count) {
                if bytes[(colon + 1)...].starts(with: [UInt8(ascii: "/"), UInt8(ascii: "/")]) { return true }
                start = colon + 1
            }
            return false
        }
    }

    private static func scheme(_ text: String) -> String? {
        let start = text.prefix(8).lowercased()
        if start.hasPrefix("https://") { return "https" }
        return start.hasPrefix("http://") ? "http" : nil
    }

    private static func hostAndPort(
        _ authority: String,
        scheme: String
    ) throws(XCAPReferenceError) -> (host: String, port: Int) {
        let isAddress = authority.hasPrefix("[")
        let end =
            isAddress
            ? authority.firstIndex(of: "]").map { authority.index(after: $0) } ?? authority.endIndex
            : authority.firstIndex(of: ":") ?? authority.endIndex
        var host = authority[..<end].lowercased()
        while host.hasSuffix(".") {
            host.removeLast()
        }
        let isValid =
            isAddress
            ? host.hasSuffix("]") && host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
            : !host.isEmpty && host.utf8.allSatisfy(Self.isHostCharacter)
        guard isValid else { throw .refused("host") }
        let rest = authority[end...]
        guard !rest.isEmpty else { return (host, scheme == "https" ? 443 : 80) }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.count <= 5 else {
            throw .refused("port")
        }
        guard !digits.isEmpty else { return (host, scheme == "https" ? 443 : 80) }
        guard let port = Int(digits), (1...65535).contains(port) else { throw .refused("port") }
        return (host, port)
    }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }

    /// The segments of a path with their escapes resolved, each safe to be built into another path.
    static func segments(_ path: some StringProtocol) throws(XCAPReferenceError) -> [String] {
        var segments: [String] = []
        for part in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = PercentEncoding.decode(part) else { throw .refused("escape") }
            guard Self.isSafe(segment: segment) else { throw .refused("path segment") }
            segments.append(segment)
        }
        return segments
    }

    /// R4825-04: whether a segment stays one segment wherever it is built in.
    static func isSafe(segment: String) -> Bool {
        !segment.isEmpty && segment != "." && segment != ".."
            && segment.utf8.allSatisfy {
                $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\")
            }
    }
}
