// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The name of a header field, compared without regard to case; a compact form equals its long one.
///
/// Well-known names are a number, so that looking one up compares bytes of an index and no text.
public struct SIPHeaderName: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// Index into `SIPWellKnownNames.all`, or 0 for a name that is not well known.
    let id: UInt8
    /// The name as first seen, for those that are not well known; "" otherwise.
    private let other: String

    private init(id: UInt8) {
        self.id = id
        self.other = ""
    }

    /// Creates a name from its text, long or compact, in any case.
    public init(_ name: String) {
        let bytes = Array(name.utf8)[...]
        self.id = SIPWellKnownNames.id(of: bytes)
        self.other = self.id == 0 ? name : ""
    }

    /// Creates a value from a literal.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    init(id: UInt8, spelling: SIPBytes) {
        self.id = id
        self.other = id == 0 ? SIPText.string(spelling) : ""
    }

    /// The name as it is written: `Call-ID`.
    public var spelling: String { self.id == 0 ? self.other : SIPWellKnownNames.all[Int(self.id)].spelling.description }

    /// The name as it is written.
    public var description: String { self.spelling }

    /// Whether both name the same header, in any case, compact or long.
    public static func == (left: SIPHeaderName, right: SIPHeaderName) -> Bool {
        left.id == right.id && (left.id != 0 || left.other.lowercased() == right.other.lowercased())
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.id)
        if self.id == 0 {
            hasher.combine(self.other.lowercased())
        }
    }

    /// Whether the name in a message is this one.
    func matches(id: UInt8, name: SIPBytes) -> Bool {
        self.id == id && (id != 0 || SIPText.equalsIgnoringCase(name, self.other))
    }

    /// `Accept`.
    public static var accept: SIPHeaderName { SIPHeaderName(id: 1) }
    /// `Accept-Encoding`.
    public static var acceptEncoding: SIPHeaderName { SIPHeaderName(id: 2) }
    /// `Accept-Language`.
    public static var acceptLanguage: SIPHeaderName { SIPHeaderName(id: 3) }
    /// `Alert-Info`.
    public static var alertInfo: SIPHeaderName { SIPHeaderName(id: 4) }
    /// `Allow`.
    public static var allow: SIPHeaderName { SIPHeaderName(id: 5) }
    /// `Allow-Events`.
    public static var allowEvents: SIPHeaderName { SIPHeaderName(id: 6) }
    /// `Authentication-Info`.
    public static var authenticationInfo: SIPHeaderName { SIPHeaderName(id: 7) }
    /// `Authorization`.
    public static var authorization: SIPHeaderName { SIPHeaderName(id: 8) }
    /// `Call-ID`.
    public static var callID: SIPHeaderName { SIPHeaderName(id: 9) }
    /// `Call-Info`.
    public static var callInfo: SIPHeaderName { SIPHeaderName(id: 10) }
    /// `Contact`.
    public static var contact: SIPHeaderName { SIPHeaderName(id: 11) }
    /// `Content-Disposition`.
    public static var contentDisposition: SIPHeaderName { SIPHeaderName(id: 12) }
    /// `Content-Encoding`.
    public static var contentEncoding: SIPHeaderName { SIPHeaderName(id: 13) }
    /// `Content-ID`.
    public static var contentID: SIPHeaderName { SIPHeaderName(id: 14) }
    /// `Content-Language`.
    public static var contentLanguage: SIPHeaderName { SIPHeaderName(id: 15) }
    /// `Content-Length`.
    public static var contentLength: SIPHeaderName { SIPHeaderName(id: 16) }
    /// `Content-Transfer-Encoding`.
    public static var contentTransferEncoding: SIPHeaderName { SIPHeaderName(id: 17) }
    /// `Content-Type`.
    public static var contentType: SIPHeaderName { SIPHeaderName(id: 18) }
    /// `CSeq`.
    public static var cSeq: SIPHeaderName { SIPHeaderName(id: 19) }
    /// `Date`.
    public static var date: SIPHeaderName { SIPHeaderName(id: 20) }
    /// `Error-Info`.
    public static var errorInfo: SIPHeaderName { SIPHeaderName(id: 21) }
    /// `Event`.
    public static var event: SIPHeaderName { SIPHeaderName(id: 22) }
    /// `Expires`.
    public static var expires: SIPHeaderName { SIPHeaderName(id: 23) }
    /// `From`.
    public static var from: SIPHeaderName { SIPHeaderName(id: 24) }
    /// `In-Reply-To`.
    public static var inReplyTo: SIPHeaderName { SIPHeaderName(id: 25) }
    /// `Max-Forwards`.
    public static var maxForwards: SIPHeaderName { SIPHeaderName(id: 26) }
    /// `MIME-Version`.
    public static var mimeVersion: SIPHeaderName { SIPHeaderName(id: 27) }
    /// `Min-Expires`.
    public static var minExpires: SIPHeaderName { SIPHeaderName(id: 28) }
    /// `Organization`.
    public static var organization: SIPHeaderName { SIPHeaderName(id: 29) }
    /// `P-Asserted-Identity`.
    public static var pAssertedIdentity: SIPHeaderName { SIPHeaderName(id: 30) }
    /// `Path`.
    public static var path: SIPHeaderName { SIPHeaderName(id: 31) }
    /// `Priority`.
    public static var priority: SIPHeaderName { SIPHeaderName(id: 32) }
    /// `Privacy`.
    public static var privacy: SIPHeaderName { SIPHeaderName(id: 33) }
    /// `Proxy-Authenticate`.
    public static var proxyAuthenticate: SIPHeaderName { SIPHeaderName(id: 34) }
    /// `Proxy-Authorization`.
    public static var proxyAuthorization: SIPHeaderName { SIPHeaderName(id: 35) }
    /// `Proxy-Require`.
    public static var proxyRequire: SIPHeaderName { SIPHeaderName(id: 36) }
    /// `Reason`.
    public static var reason: SIPHeaderName { SIPHeaderName(id: 37) }
    /// `Record-Route`.
    public static var recordRoute: SIPHeaderName { SIPHeaderName(id: 38) }
    /// `Refer-To`.
    public static var referTo: SIPHeaderName { SIPHeaderName(id: 39) }
    /// `Reply-To`.
    public static var replyTo: SIPHeaderName { SIPHeaderName(id: 40) }
    /// `Require`.
    public static var require: SIPHeaderName { SIPHeaderName(id: 41) }
    /// `Retry-After`.
    public static var retryAfter: SIPHeaderName { SIPHeaderName(id: 42) }
    /// `Route`.
    public static var route: SIPHeaderName { SIPHeaderName(id: 43) }
    /// `Server`.
    public static var server: SIPHeaderName { SIPHeaderName(id: 44) }
    /// `SIP-ETag`.
    public static var sipETag: SIPHeaderName { SIPHeaderName(id: 45) }
    /// `SIP-If-Match`.
    public static var sipIfMatch: SIPHeaderName { SIPHeaderName(id: 46) }
    /// `Subject`.
    public static var subject: SIPHeaderName { SIPHeaderName(id: 47) }
    /// `Subscription-State`.
    public static var subscriptionState: SIPHeaderName { SIPHeaderName(id: 48) }
    /// `Supported`.
    public static var supported: SIPHeaderName { SIPHeaderName(id: 49) }
    /// `Suppress-If-Match`.
    public static var suppressIfMatch: SIPHeaderName { SIPHeaderName(id: 50) }
    /// `Timestamp`.
    public static var timestamp: SIPHeaderName { SIPHeaderName(id: 51) }
    /// `To`.
    public static var to: SIPHeaderName { SIPHeaderName(id: 52) }
    /// `Unsupported`.
    public static var unsupported: SIPHeaderName { SIPHeaderName(id: 53) }
    /// `User-Agent`.
    public static var userAgent: SIPHeaderName { SIPHeaderName(id: 54) }
    /// `Via`.
    public static var via: SIPHeaderName { SIPHeaderName(id: 55) }
    /// `Warning`.
    public static var warning: SIPHeaderName { SIPHeaderName(id: 56) }
    /// `WWW-Authenticate`.
    public static var wwwAuthenticate: SIPHeaderName { SIPHeaderName(id: 57) }
}
