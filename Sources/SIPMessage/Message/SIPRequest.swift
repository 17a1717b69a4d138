// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A SIP request (RFC 3261 §7.1). It owns its bytes.
public struct SIPRequest: Sendable, Hashable {
    /// The method.
    public var method: SIPMethod
    /// The Request-URI as written.
    public var requestURI: SIPBytes
    /// The header.
    public var headers: SIPHeaders
    /// The body, opaque.
    public var body: SIPBytes

    /// Creates a request without header and body.
    ///
    /// - Parameter reserving: bytes of header expected, so that adding rows does not move them.
    public init(_ method: SIPMethod, uri: SIPBytes, reserving: Int = 512) {
        self.method = method
        self.requestURI = uri
        self.headers = SIPHeaders()
        self.headers.reserve(bytes: reserving, rows: 16)
        self.body = []
    }

    /// Creates a request without header and body.
    public init(_ method: SIPMethod, uri: String, reserving: Int = 512) {
        self.init(method, uri: Array(uri.utf8)[...], reserving: reserving)
    }

    /// Creates a request without header and body.
    public init(_ method: SIPMethod, uri: [UInt8], reserving: Int = 512) {
        self.init(method, uri: uri[...], reserving: reserving)
    }

    init(method: SIPMethod, requestURI: SIPBytes, headers: SIPHeaders, body: SIPBytes) {
        self.method = method
        self.requestURI = requestURI
        self.headers = headers
        self.body = body
    }

    /// Makes room for so many more bytes of header.
    public mutating func reserve(_ bytes: Int) {
        self.headers.reserve(bytes: bytes, rows: 0)
    }

    /// Writes the body straight into place.
    public mutating func setBody(reserving: Int = 0, writing write: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(reserving)
        write(&bytes)
        self.body = bytes[...]
    }

    /// Appends the request as it goes over the wire. Content-Length is always written, from the body.
    ///
    /// - Parameter via: a Via value to put on top, without touching the request.
    public func write(into output: inout [UInt8], via: SIPBytes? = nil) {
        output.reserveCapacity(output.count + self.headers.arena.count + self.body.count + 160)
        SIPWriter.writeInLine(self.method.rawValue.utf8, into: &output)
        output.append(0x20)
        SIPWriter.writeInLine(self.requestURI, into: &output)
        output.append(contentsOf: " SIP/2.0\r\n".utf8)
        SIPWriter.write(self.headers, body: self.body, via: via, into: &output)
    }

    /// The request as it goes over the wire.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        self.write(into: &output)
        return output
    }
}
