// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension HeaderScan {
    /// From, To, Call-ID, CSeq and Via have to be there, all but Via once (RFC 3261 §8.1.1).
    ///
    /// Max-Forwards may be missing, as from RFC 2543 peers.
    func checkRequiredHeaders() throws(SIPParseError) {
        var seen: UInt64 = 0
        var twice: UInt64 = 0
        for row in self.rows {
            // Well-known names have numbers below 64; 0 is that of all others.
            let bit = UInt64(1) << UInt64(row.id & 63)
            twice |= seen & bit
            seen |= bit
        }
        guard seen & Self.required == Self.required, twice & Self.single == 0 else {
            throw self.requiredHeaderError(seen: seen, twice: twice)
        }
    }

    private static var required: UInt64 {
        Self.bit(.via) | Self.bit(.from) | Self.bit(.to) | Self.bit(.callID) | Self.bit(.cSeq)
    }

    private static var single: UInt64 {
        Self.bit(.from) | Self.bit(.to) | Self.bit(.callID) | Self.bit(.cSeq) | Self.bit(.maxForwards)
    }

    private static func bit(_ name: SIPHeaderName) -> UInt64 {
        1 << UInt64(name.id & 63)
    }

    @inline(never)
    private func requiredHeaderError(seen: UInt64, twice: UInt64) -> SIPParseError {
        for name in [SIPHeaderName.via, .from, .to, .callID, .cSeq] where seen & Self.bit(name) == 0 {
            return SIPParseError(.missingHeader, offset: self.bodyStart, header: name, reason: "missing")
        }
        let repeated = self.rows.last { twice & Self.single & (1 << UInt64($0.id & 63)) != 0 }
        return SIPParseError(
            .duplicateHeader,
            offset: repeated.map { Int($0.nameStart) } ?? 0,
            header: repeated.map { SIPHeaderName(id: $0.id, spelling: []) },
            reason: "stands twice"
        )
    }

    /// The declared length of the body; nil without the header.
    func contentLength(_ bytes: [UInt8]) throws(SIPParseError) -> Int? {
        var length: Int?
        for row in self.rows where row.id == SIPHeaderName.contentLength.id {
            guard let value = SIPText.decimal(bytes[row.value]), value < 1 << 31 else {
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
        try self.checkSequence(bytes)
        let body = bytes[self.bodyStart..<self.bodyStart + bodyLength]
        switch self.start {
        case .request(let method, let uri):
            guard let name = SIPMethod(bytes[method]) else {
                throw SIPParseError(.method, offset: method.lowerBound, reason: "no token")
            }
            let requestURI = bytes[uri]
            return .request(
                SIPRequest(
                    method: name,
                    requestURI: requestURI,
                    headers: SIPHeaders(arena: bytes, rows: self.rows),
                    body: body
                )
            )
        case .response(let statusCode, let reason):
            let phrase = SIPText.string(bytes[reason])
            return .response(
                SIPResponse(
                    statusCode: statusCode,
                    reasonPhrase: phrase,
                    headers: SIPHeaders(arena: bytes, rows: self.rows),
                    body: body
                )
            )
        }
    }

    /// CSeq has a number below 2^31 and, in a request, its method (RFC 3261 §8.1.1.5).
    private func checkSequence(_ bytes: borrowing [UInt8]) throws(SIPParseError) {
        guard let row = self.rows.first(where: { $0.id == SIPHeaderName.cSeq.id }) else { return }
        let cSeq = try SIPCSeq.parts(bytes[row.value])
        guard case .request(let method, _) = self.start else { return }
        guard cSeq.method.elementsEqual(bytes[method]) else {
            throw SIPParseError(
                .method,
                offset: cSeq.method.startIndex,
                header: .cSeq,
                reason: "another method than the start line"
            )
        }
    }
}
