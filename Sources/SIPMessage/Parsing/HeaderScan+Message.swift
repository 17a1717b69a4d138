// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension HeaderScan {
    /// From, To, Call-ID, CSeq and Via have to be there, all but Via once (RFC 3261 §8.1.1).
    func checkRequiredHeaders(_ bytes: [UInt8]) throws(SIPParseError) {
        var counts = (via: 0, from: 0, to: 0, callID: 0, cSeq: 0, maxForwards: 0)
        for row in self.rows {
            switch row.id {
            case SIPHeaderName.via.id: counts.via += 1
            case SIPHeaderName.from.id: counts.from += 1
            case SIPHeaderName.to.id: counts.to += 1
            case SIPHeaderName.callID.id: counts.callID += 1
            case SIPHeaderName.cSeq.id: counts.cSeq += 1
            case SIPHeaderName.maxForwards.id: counts.maxForwards += 1
            default: break
            }
        }
        let needed: [(Int, SIPHeaderName)] = [
            (counts.from, .from), (counts.to, .to), (counts.callID, .callID), (counts.cSeq, .cSeq),
        ]
        for (count, name) in needed {
            guard count > 0 else { throw SIPParseError(.missingHeader, header: name, reason: "missing") }
            guard count == 1 else { throw SIPParseError(.duplicateHeader, header: name, reason: "stands twice") }
        }
        guard counts.via > 0 else { throw SIPParseError(.missingHeader, header: .via, reason: "missing") }
        guard counts.maxForwards < 2 else {
            throw SIPParseError(.duplicateHeader, header: .maxForwards, reason: "stands twice")
        }
    }

    /// The declared length of the body; nil without the header.
    func contentLength(_ bytes: [UInt8]) throws(SIPParseError) -> Int? {
        var length: Int?
        for row in self.rows where row.id == SIPHeaderName.contentLength.id {
            guard let value = SIPText.decimal(bytes[Int(row.valueStart)..<Int(row.valueEnd)]), value < 1 << 31 else {
                throw SIPParseError(
                    .contentLength,
                    offset: Int(row.valueStart),
                    header: .contentLength,
                    reason: "no number"
                )
            }
            guard length == nil || length == Int(value) else {
                throw SIPParseError(
                    .duplicateHeader,
                    offset: Int(row.valueStart),
                    header: .contentLength,
                    reason: "two lengths"
                )
            }
            length = Int(value)
        }
        return length
    }

    /// The message, with so many bytes of body.
    func message(_ bytes: consuming [UInt8], bodyLength: Int) throws(SIPParseError) -> SIPParsedMessage {
        let body = bytes[self.bodyStart..<self.bodyStart + bodyLength]
        switch self.start {
        case .request(let method, let uri):
            guard let name = SIPMethod(bytes[method]) else {
                throw SIPParseError(.method, offset: method.lowerBound, reason: "no token")
            }
            let requestURI = bytes[uri]
            let request = SIPRequest(
                method: name,
                requestURI: requestURI,
                headers: SIPHeaders(arena: bytes, rows: self.rows),
                body: body
            )
            guard try request.cSeq.method == name else {
                throw SIPParseError(.method, header: .cSeq, reason: "another method than the start line")
            }
            return .request(request)
        case .response(let statusCode, let reason):
            let phrase = SIPText.string(bytes[reason])
            let response = SIPResponse(
                statusCode: statusCode,
                reasonPhrase: phrase,
                headers: SIPHeaders(arena: bytes, rows: self.rows),
                body: body
            )
            _ = try response.cSeq
            return .response(response)
        }
    }
}
