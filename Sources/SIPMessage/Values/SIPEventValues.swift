// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// CSeq (RFC 3261 §20.16).
public struct SIPCSeq: Hashable, Sendable {
    /// The number, below 2^31.
    public var number: UInt32
    /// The method.
    public var method: SIPMethod

    /// Creates a value.
    public init(number: UInt32, method: SIPMethod) {
        self.number = number
        self.method = method
    }

    @usableFromInline
    init(parsing bytes: SIPBytes) throws(SIPParseError) {
        let parts = try Self.parts(bytes)
        guard let method = SIPMethod(parts.method) else { throw Self.error(bytes) }
        self.number = parts.number
        self.method = method
    }

    static func parts(_ bytes: SIPBytes) throws(SIPParseError) -> (number: UInt32, method: SIPBytes) {
        guard let end = bytes.firstIndex(where: { SIPText.isBlank($0) }),
            let number = SIPText.decimal(bytes[bytes.startIndex..<end]), number < 1 << 31
        else { throw Self.error(bytes) }
        let method = SIPText.trimmed(bytes[end...])
        guard SIPText.isToken(method) else { throw Self.error(bytes) }
        return (UInt32(truncatingIfNeeded: number), method)
    }

    @usableFromInline
    static var missing: SIPParseError { SIPParseError(.missingHeader, header: .cSeq, reason: "missing") }

    @inline(never)
    private static func error(_ bytes: SIPBytes) -> SIPParseError {
        SIPParseError(
            .headerValue,
            offset: bytes.startIndex,
            header: .cSeq,
            reason: "not a number below 2^31 and a method"
        )
    }
}

/// Event (RFC 6665 §8.2.1).
public struct SIPEvent: Hashable, Sendable {
    /// The package with its templates, compared byte by byte.
    public var type: String
    /// The `id` parameter.
    public var id: String? { self.parameters.value("id") }
    /// All parameters.
    public var parameters: SIPParameters

    /// The event type of an Event value, which may be none.
    @usableFromInline
    static func type(in value: SIPBytes) -> SIPBytes {
        SIPText.trimmed(value[value.startIndex..<(value.firstIndex(of: UInt8(ascii: ";")) ?? value.endIndex)])
    }

    init(parsing bytes: SIPBytes) throws(SIPParseError) {
        let end = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        let type = SIPText.trimmed(bytes[bytes.startIndex..<end])
        guard SIPText.isToken(type) else {
            throw SIPParseError(.headerValue, offset: bytes.startIndex, header: .event, reason: "no event type")
        }
        self.type = SIPText.string(type)
        self.parameters = try SIPParameters(parsing: bytes[end...], header: .event)
    }
}

/// Subscription-State (RFC 6665 §8.2.3), read without allocating.
public struct SIPSubscriptionState: Hashable, Sendable {
    /// The state of the subscription.
    public enum State: Hashable, Sendable {
        case active, pending, terminated
        /// An extension.
        case other
    }

    /// The state.
    public var state: State
    /// The `reason`, without quotes.
    public var reason: SIPBytes?
    /// Seconds left; nil when absent or no number.
    public var expires: UInt32?
    /// Seconds to wait; nil when absent or no number.
    public var retryAfter: UInt32?

    @usableFromInline
    init(parsing bytes: SIPBytes) throws(SIPParseError) {
        let end = bytes.firstIndex(of: UInt8(ascii: ";")) ?? bytes.endIndex
        let value = SIPText.trimmed(bytes[bytes.startIndex..<end])
        guard SIPText.isToken(value) else {
            throw SIPParseError(.headerValue, offset: bytes.startIndex, header: .subscriptionState, reason: "no state")
        }
        if SIPText.equalsIgnoringCase(value, "active") {
            self.state = .active
        } else if SIPText.equalsIgnoringCase(value, "terminated") {
            self.state = .terminated
        } else if SIPText.equalsIgnoringCase(value, "pending") {
            self.state = .pending
        } else {
            self.state = .other
        }
        var scanner = SIPDelimiterScanner(bytes[end...])
        var start = scanner.next(UInt8(ascii: ";"))
        while let semicolon = start {
            start = scanner.next(UInt8(ascii: ";"))
            self.take(SIPText.trimmed(bytes[(semicolon + 1)..<(start ?? bytes.endIndex)]))
        }
    }

    private mutating func take(_ parameter: SIPBytes) {
        guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")) else { return }
        let name = SIPText.trimmed(parameter[parameter.startIndex..<equals])
        let value = SIPText.trimmed(parameter[(equals + 1)...])
        if SIPText.equalsIgnoringCase(name, "expires") {
            self.expires = SIPText.deltaSeconds(value)
        } else if SIPText.equalsIgnoringCase(name, "reason") {
            let isQuoted = value.count >= 2 && value.first == UInt8(ascii: "\"") && value.last == UInt8(ascii: "\"")
            self.reason = isQuoted ? value.dropFirst().dropLast() : value
        } else if SIPText.equalsIgnoringCase(name, "retry-after") {
            self.retryAfter = SIPText.deltaSeconds(value)
        }
    }
}
