// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A SIP method; compared byte by byte (RFC 3261 §7.1).
public struct SIPMethod: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The method as it is written.
    public let rawValue: String

    /// Creates a method from its name, which has to be a token.
    public init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    /// Creates a value from a literal.
    public init(stringLiteral value: String) {
        self.rawValue = value
    }

    init?(_ bytes: SIPBytes) {
        guard SIPText.isToken(bytes) else { return nil }
        self.init(token: bytes)
    }

    /// - Parameter token: known to be one.
    init(token: SIPBytes) {
        // Up to 15 bytes live in the String itself: no allocation.
        self.rawValue = SIPText.string(token)
    }

    /// The method as it is written.
    public var description: String { self.rawValue }

    /// RFC 6665.
    public static var subscribe: SIPMethod { "SUBSCRIBE" }
    /// RFC 6665.
    public static var notify: SIPMethod { "NOTIFY" }
    /// RFC 3903.
    public static var publish: SIPMethod { "PUBLISH" }
    /// RFC 3261 §10.
    public static var register: SIPMethod { "REGISTER" }
    /// RFC 3261 §11.
    public static var options: SIPMethod { "OPTIONS" }
    /// RFC 3261 §13.
    public static var invite: SIPMethod { "INVITE" }
    /// RFC 3261 §13.
    public static var ack: SIPMethod { "ACK" }
    /// RFC 3261 §15.
    public static var bye: SIPMethod { "BYE" }
    /// RFC 3261 §9.
    public static var cancel: SIPMethod { "CANCEL" }
    /// RFC 3428.
    public static var message: SIPMethod { "MESSAGE" }
    /// RFC 3515.
    public static var refer: SIPMethod { "REFER" }
    /// RFC 6086.
    public static var info: SIPMethod { "INFO" }
    /// RFC 3311.
    public static var update: SIPMethod { "UPDATE" }
    /// RFC 3262.
    public static var prack: SIPMethod { "PRACK" }
}
