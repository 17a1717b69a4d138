// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension SIPRequest {
    /// Checks what parsing leaves to the typed values: Request-URI, From, To, Via, Contact, Route, Record-Route, the
    /// numbers, and that headers of which one message has one (RFC 3261 §20) stand once.
    ///
    /// A proxy calls it for every request but the hot NOTIFY. A Request-URI of an unknown scheme passes: it is
    /// answered with 416, not 400.
    ///
    /// - Throws: the first value that does not follow its grammar; the answer is 400.
    public func validate() throws(SIPParseError) {
        _ = try self.uri
        _ = try self.from
        _ = try self.to
        _ = try self.vias
        _ = try self.contacts
        _ = try self.routes
        _ = try self.recordRoutes
        _ = try self.maxForwards
        _ = try self.expires
        _ = try self.event
        _ = try self.contentType
        let single: [SIPHeaderName] = [
            .event, .expires, .subscriptionState, .contentType, .contentDisposition, .minExpires, .sipIfMatch,
        ]
        for name in single where self.headers.count(of: name) > 1 {
            throw SIPParseError(.duplicateHeader, header: name, reason: "stands twice")
        }
    }
}
