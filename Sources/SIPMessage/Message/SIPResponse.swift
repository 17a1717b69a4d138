// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A SIP response (RFC 3261 §7.2). It owns its bytes.
public struct SIPResponse: Sendable, Hashable {
    /// The status code, 100…699.
    public var statusCode: Int
    /// The reason phrase as written.
    public var reasonPhrase: String
    /// The header.
    public var headers: SIPHeaders
    /// The body, opaque.
    public var body: SIPBytes

    /// Creates a response without header and body.
    ///
    /// - Parameter reason: the reason phrase; nil: the standard one.
    public init(_ statusCode: Int, reason: String? = nil) {
        self.statusCode = statusCode
        self.reasonPhrase = reason ?? Self.standardReason(statusCode)
        self.headers = SIPHeaders()
        self.body = []
    }

    /// Creates the response to a request: all Via values, From, To, Call-ID and CSeq are copied in order
    /// (RFC 3261 §8.2.6.2).
    ///
    /// What the request lacks is left out, so that broken requests can be answered as well.
    ///
    /// - Parameter toTag: added to To when the request's has none.
    public init(to request: SIPRequest, _ statusCode: Int, reason: String? = nil, toTag: SIPBytes? = nil) {
        let headers: SIPHeaders
        if let toTag, !toTag.isEmpty, request.toTag == nil {
            headers = Self.copy(of: request.headers, toTag: toTag)
        } else {
            headers = request.headers.sharing { Self.isCopied($0) }
        }
        let phrase = reason ?? Self.standardReason(statusCode)
        self.init(statusCode: statusCode, reasonPhrase: phrase, headers: headers, body: [])
    }

    private static func copy(of source: SIPHeaders, toTag: SIPBytes) -> SIPHeaders {
        var headers = SIPHeaders()
        var size = 96
        for row in source.rows where Self.isCopied(row.id) {
            size += Int(row.valueEnd - row.valueStart)
        }
        headers.reserve(bytes: size, rows: 9)
        for row in source.rows where Self.isCopied(row.id) {
            headers.appendCopy(of: row, in: source, suffix: row.id == SIPHeaderName.to.id ? (";tag=", toTag) : nil)
        }
        return headers
    }

    init(statusCode: Int, reasonPhrase: String, headers: SIPHeaders, body: SIPBytes) {
        self.statusCode = statusCode
        self.reasonPhrase = reasonPhrase
        self.headers = headers
        self.body = body
    }

    private static func isCopied(_ id: UInt8) -> Bool {
        id == SIPHeaderName.via.id || id == SIPHeaderName.from.id || id == SIPHeaderName.to.id
            || id == SIPHeaderName.callID.id || id == SIPHeaderName.cSeq.id
    }

    /// Writes the body straight into place.
    public mutating func setBody(reserving: Int = 0, writing write: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(reserving)
        write(&bytes)
        self.body = bytes[...]
    }

    /// Appends the response as it goes over the wire. Content-Length is always written, from the body.
    public func write(into output: inout [UInt8]) {
        output.reserveCapacity(output.count + self.headers.arena.count + self.body.count + 160)
        output.append(contentsOf: "SIP/2.0 ".utf8)
        SIPText.writeDecimal(UInt64(clamping: self.statusCode), into: &output)
        output.append(0x20)
        SIPWriter.writeInLine(self.reasonPhrase.utf8, into: &output)
        output.append(contentsOf: "\r\n".utf8)
        SIPWriter.write(self.headers, body: self.body, via: nil, into: &output)
    }

    /// The response as it goes over the wire.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        self.write(into: &output)
        return output
    }

    /// The reason phrase that the RFCs give a status code; "" for one without.
    public static func standardReason(_ statusCode: Int) -> String {
        switch statusCode {
        case 100: "Trying"
        case 180: "Ringing"
        case 200: "OK"
        case 202: "Accepted"
        case 204: "No Notification"
        case 300: "Multiple Choices"
        case 301: "Moved Permanently"
        case 302: "Moved Temporarily"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 407: "Proxy Authentication Required"
        case 408: "Request Timeout"
        case 410: "Gone"
        case 412: "Conditional Request Failed"
        case 413: "Request Entity Too Large"
        case 415: "Unsupported Media Type"
        case 416: "Unsupported URI Scheme"
        case 420: "Bad Extension"
        case 421: "Extension Required"
        case 423: "Interval Too Brief"
        case 480: "Temporarily Unavailable"
        case 481: "Subscription Does Not Exist"
        case 482: "Loop Detected"
        case 483: "Too Many Hops"
        case 484: "Address Incomplete"
        case 485: "Ambiguous"
        case 486: "Busy Here"
        case 488: "Not Acceptable Here"
        case 489: "Bad Event"
        case 500: "Server Internal Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Server Time-out"
        case 505: "Version Not Supported"
        case 513: "Message Too Large"
        case 600: "Busy Everywhere"
        case 603: "Decline"
        case 604: "Does Not Exist Anywhere"
        case 606: "Not Acceptable"
        default: ""
        }
    }
}
