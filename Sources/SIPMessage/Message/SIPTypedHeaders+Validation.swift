// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension SIPRequest {
    /// Checks what parsing leaves to the typed values: the Request-URI, From, To, Via, Contact, Route, Record-Route,
    /// Require, Proxy-Require, Max-Forwards, Expires, Event and Content-Type, and that headers of which one message has
    /// one (RFC 3261 §20) stand once.
    ///
    /// A proxy calls it for every request but the hot NOTIFY. What is tolerated (RFC 4475 §3.1.2): a Request-URI of
    /// another scheme, which is answered with 416 and not here, headers in a Request-URI, any Date, a display name with
    /// a comma but without quotes, and empty parameters (`;;`).
    ///
    /// - Throws: the first value that does not follow its grammar; ``SIPParseError/suggestedStatus`` answers it.
    public func validate() throws(SIPParseError) {
        _ = try self.uri
        try self.validateHeaders()
        guard (try self.maxForwards ?? 0) <= 255 else {
            // RFC 3261 §20.22.
            throw SIPParseError(.headerValue, header: .maxForwards, reason: "larger than 255")
        }
        for name in [SIPHeaderName.require, .proxyRequire] {
            for value in self.headers.values(name) where !SIPText.isToken(value) {
                throw SIPParseError(.headerValue, offset: value.startIndex, header: name, reason: "no option tag")
            }
        }
    }
}

extension SIPResponse {
    /// Checks what parsing leaves to the typed values, as ``SIPRequest/validate()`` does.
    ///
    /// - Throws: the first value that does not follow its grammar; the response is to be dropped.
    public func validate() throws(SIPParseError) {
        try self.validateHeaders()
    }
}

extension SIPTypedHeaders {
    fileprivate func validateHeaders() throws(SIPParseError) {
        _ = try self.from
        _ = try self.to
        _ = try self.cSeq
        _ = try self.vias
        _ = try self.contacts
        _ = try self.routes
        _ = try self.recordRoutes
        _ = try self.expires
        _ = try self.minExpires
        _ = try self.event
        _ = try self.subscriptionState
        _ = try self.contentType
        for name in Self.single where self.headers.count(of: name) > 1 {
            throw SIPParseError(.duplicateHeader, header: name, reason: "stands twice")
        }
    }

    private static var single: [SIPHeaderName] {
        [
            .contentDisposition, .contentType, .event, .expires, .maxForwards, .minExpires, .referTo, .sipETag,
            .sipIfMatch,
            .subscriptionState, .suppressIfMatch,
        ]
    }
}
