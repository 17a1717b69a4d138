// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// An XCAP root: the URL under which a server has its documents (RFC 4825 §6.1).
public struct XCAPRoot: Sendable, Hashable, CustomStringConvertible {
    /// `http` or `https`.
    public let scheme: String
    /// Host in lower case; an IPv6 address has its brackets.
    public let host: String
    /// Port.
    public let port: Int
    /// The path, its segments without escapes.
    public let segments: [String]

    /// Reads a root such as `https://xcap.example.com/root`, with or without a slash at its end.
    ///
    /// A root has no query (R4825-17), no fragment and no user information.
    public init(_ text: String) throws(XCAPReferenceError) {
        let url = try HTTPURL(text)
        guard url.query == nil else { throw .refused("query") }
        var path = Substring(url.path)
        while path.hasSuffix("/") {
            path.removeLast()
        }
        self.scheme = url.scheme
        self.host = url.host
        self.port = url.port
        self.segments = path.isEmpty ? [] : try HTTPURL.segments(path)
    }

    init(scheme: String, host: String, port: Int, segments: [String]) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.segments = segments
    }

    /// The root as text, in one form whatever was written, without a slash at its end.
    public var description: String {
        let isDefault = self.port == (self.scheme == "https" ? 443 : 80)
        let path = self.segments.map { "/" + PercentEncoding.encode(segment: $0) }.joined()
        return "\(self.scheme)://\(self.host)\(isDefault ? "" : ":\(self.port)")\(path)"
    }
}
