// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Typed access to header values: nil when the header is absent, thrown when it does not follow its grammar.
///
/// What the hot path of a list server needs allocates nothing, and is inlinable: as a call through the protocol it would
/// copy, and count, the arrays of the header each time.
public protocol SIPTypedHeaders {
    /// The header.
    var headers: SIPHeaders { get }
}

extension SIPRequest: SIPTypedHeaders {}
extension SIPResponse: SIPTypedHeaders {}

extension SIPTypedHeaders {
    /// Call-ID, compared byte by byte.
    @inlinable
    public var callID: SIPBytes? { self.headers.first(.callID) }

    /// The tag of From; nil without one.
    @inlinable
    public var fromTag: SIPBytes? { self.headers.first(.from).flatMap { SIPTagScanner.tag(in: $0) } }

    /// The tag of To; nil without one.
    @inlinable
    public var toTag: SIPBytes? { self.headers.first(.to).flatMap { SIPTagScanner.tag(in: $0) } }

    /// CSeq; thrown when it is missing.
    public var cSeq: SIPCSeq {
        @inlinable
        get throws(SIPParseError) {
            guard let value = self.headers.first(.cSeq) else {
                throw SIPCSeq.missing
            }
            return try SIPCSeq(parsing: value)
        }
    }

    /// The event type of the Event header, without its parameters.
    @inlinable
    public var eventType: SIPBytes? { self.headers.first(.event).map { SIPEvent.type(in: $0) } }

    /// Event.
    public var event: SIPEvent? {
        get throws(SIPParseError) {
            guard let value = self.headers.first(.event) else { return nil }
            return try SIPEvent(parsing: value)
        }
    }

    /// Subscription-State.
    public var subscriptionState: SIPSubscriptionState? {
        @inlinable
        get throws(SIPParseError) {
            guard let value = self.headers.first(.subscriptionState) else { return nil }
            return try SIPSubscriptionState(parsing: value)
        }
    }

    /// Expires in seconds; what exceeds 2^32-1 is taken as that.
    public var expires: UInt32? { get throws(SIPParseError) { try self.seconds(.expires) } }

    /// Min-Expires in seconds.
    public var minExpires: UInt32? { get throws(SIPParseError) { try self.seconds(.minExpires) } }

    /// Max-Forwards.
    public var maxForwards: UInt32? { get throws(SIPParseError) { try self.seconds(.maxForwards) } }

    /// Retry-After in seconds, without its comment and parameters (R3261-24); nil when it cannot be read.
    public var retryAfter: UInt32? {
        self.headers.first(.retryAfter).flatMap { value in
            let digits = value.prefix { $0 >= 0x30 && $0 <= 0x39 }
            let next = value[digits.endIndex...].first { !SIPText.isBlank($0) }
            guard next == nil || next == UInt8(ascii: ";") || next == UInt8(ascii: "(") else { return nil }
            return SIPText.deltaSeconds(digits)
        }
    }

    /// From; thrown when it is missing.
    public var from: SIPNameAddr { get throws(SIPParseError) { try self.nameAddr(.from) } }

    /// To; thrown when it is missing.
    public var to: SIPNameAddr { get throws(SIPParseError) { try self.nameAddr(.to) } }

    /// All Contact values; a lone `*` is none.
    public var contacts: [SIPNameAddr] {
        get throws(SIPParseError) {
            guard !self.hasContactStar else { return [] }
            return try self.nameAddrs(.contact)
        }
    }

    /// Whether Contact is `*` (RFC 3261 §10.2.2).
    public var hasContactStar: Bool { self.headers.first(.contact)?.elementsEqual("*".utf8) ?? false }

    /// All Route values.
    public var routes: [SIPNameAddr] { get throws(SIPParseError) { try self.nameAddrs(.route) } }

    /// All Record-Route values.
    public var recordRoutes: [SIPNameAddr] { get throws(SIPParseError) { try self.nameAddrs(.recordRoute) } }

    /// All P-Asserted-Identity values (RFC 3325).
    public var pAssertedIdentities: [SIPNameAddr] {
        get throws(SIPParseError) { try self.nameAddrs(.pAssertedIdentity) }
    }

    /// All Via values.
    public var vias: [SIPVia] {
        get throws(SIPParseError) {
            var vias: [SIPVia] = []
            for value in self.headers.values(.via) {
                vias.append(try SIPVia(parsing: value))
            }
            return vias
        }
    }

    /// The topmost Via value.
    public var topVia: SIPVia? {
        get throws(SIPParseError) {
            guard let row = self.headers.first(.via), let value = SIPCommaList.split(row).first else { return nil }
            return try SIPVia(parsing: value)
        }
    }

    /// The option tags of Supported.
    public var supported: [String] { self.tokens(.supported) }

    /// The option tags of Require.
    public var require: [String] { self.tokens(.require) }

    /// The option tags of Proxy-Require.
    public var proxyRequire: [String] { self.tokens(.proxyRequire) }

    /// The event types of Allow-Events.
    public var allowEvents: [String] { self.tokens(.allowEvents) }

    /// The codings of Content-Encoding, in the order they were applied.
    public var contentEncodings: [String] { self.tokens(.contentEncoding) }

    /// Content-Length as received; the writer takes the body's instead.
    public var contentLength: UInt32? { get throws(SIPParseError) { try self.seconds(.contentLength) } }

    /// Content-Type.
    public var contentType: SIPMediaType? {
        get throws(SIPParseError) {
            guard let value = self.headers.first(.contentType) else { return nil }
            return try SIPMediaType(parsing: value)
        }
    }

    /// Content-Disposition; nil as well when it cannot be read, for it then says nothing.
    public var contentDisposition: SIPContentDisposition? {
        self.headers.first(.contentDisposition).flatMap { try? SIPContentDisposition(parsing: $0) }
    }

    /// The ranges of Accept; empty when it is present and empty.
    public var accept: [SIPAcceptRange]? {
        get throws(SIPParseError) {
            guard self.headers.first(.accept) != nil else { return nil }
            var ranges: [SIPAcceptRange] = []
            for value in self.headers.values(.accept) {
                ranges.append(try SIPAcceptRange(parsing: value))
            }
            return ranges
        }
    }

    private func seconds(_ name: SIPHeaderName) throws(SIPParseError) -> UInt32? {
        guard let value = self.headers.first(name) else { return nil }
        guard let seconds = SIPText.deltaSeconds(value) else {
            throw SIPParseError(.headerValue, offset: value.startIndex, header: name, reason: "no number")
        }
        return seconds
    }

    private func tokens(_ name: SIPHeaderName) -> [String] {
        self.headers.values(name).map { SIPText.string($0) }
    }

    private func nameAddr(_ name: SIPHeaderName) throws(SIPParseError) -> SIPNameAddr {
        guard let value = self.headers.first(name) else {
            throw SIPParseError(.missingHeader, header: name, reason: "missing")
        }
        return try SIPNameAddr(parsing: value, header: name)
    }

    private func nameAddrs(_ name: SIPHeaderName) throws(SIPParseError) -> [SIPNameAddr] {
        var values: [SIPNameAddr] = []
        for value in self.headers.values(name) {
            values.append(try SIPNameAddr(parsing: value, header: name))
        }
        return values
    }
}

extension SIPRequest {
    /// The Request-URI.
    public var uri: SIPURI { get throws(SIPParseError) { try SIPURI(bytes: self.requestURI) } }
}
