// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A parsed message.
public enum SIPParsedMessage: Sendable, Hashable {
    /// A request.
    case request(SIPRequest)
    /// A response.
    case response(SIPResponse)
}

/// Reads SIP messages. What it returns owns the array it was given: nothing is copied.
public enum SIPParser {
    /// Reads the message in a datagram (RFC 3261 §18.3).
    ///
    /// Bytes beyond Content-Length are ignored; without it the body runs to the end of the datagram.
    ///
    /// - Throws: what is wrong and where.
    public static func parse(
        datagram bytes: consuming [UInt8],
        limits: SIPParserLimits = SIPParserLimits()
    ) throws(SIPParseError) -> SIPParsedMessage {
        let head = try HeaderScan(scanning: &bytes, limits: limits)
        try head.checkRequiredHeaders()
        let available = head.end - head.bodyStart
        var length = available
        if let declared = try head.contentLength(bytes) {
            guard declared <= available else {
                throw SIPParseError(
                    .contentLength,
                    offset: head.bodyStart,
                    header: .contentLength,
                    reason: "longer than the datagram"
                )
            }
            length = declared
        }
        guard length <= limits.bodyBytes else {
            throw SIPParseError(.tooLarge, offset: head.bodyStart, reason: "the body is too long")
        }
        return try head.message(bytes, bodyLength: length)
    }

    /// Reads as much of a broken request as an answer needs: Via, From, To, Call-ID and CSeq.
    ///
    /// Lines that are no header are left out, and so is the second From, To, Call-ID or CSeq: an answer has one.
    ///
    /// - Returns: nil when the bytes are no request at all, or have no Via to answer to.
    public static func recoverRequest(from bytes: consuming [UInt8]) -> SIPRequest? {
        guard let head = try? HeaderScan(scanning: &bytes, limits: SIPParserLimits(), isLenient: true),
            case .request(let method, let uri) = head.start,
            let name = SIPMethod(bytes[method])
        else { return nil }
        let requestURI = bytes[uri]
        var seen: Set<UInt8> = []
        let rows = head.rows.filter { row in
            switch row.id {
            case SIPHeaderName.from.id, SIPHeaderName.to.id, SIPHeaderName.callID.id, SIPHeaderName.cSeq.id:
                seen.insert(row.id).inserted
            default: true
            }
        }
        let headers = SIPHeaders(arena: bytes, rows: rows)
        let request = SIPRequest(method: name, requestURI: requestURI, headers: headers, body: [])
        // An ACK is never answered, and without a Via that can be read the answer has no way back.
        guard name != .ack, (try? request.topVia) != nil else { return nil }
        return request
    }
}
