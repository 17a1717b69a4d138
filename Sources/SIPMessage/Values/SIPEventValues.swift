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
        self.number = parts.number
        self.method = SIPMethod(token: parts.method)
    }

    static func parts(_ bytes: SIPBytes) throws(SIPParseError) -> (number: UInt32, method: SIPBytes) {
        let parts = bytes.withUnsafeBufferPointer { buffer -> (number: UInt64, method: Range<Int>)? in
            guard let end = buffer.firstIndex(where: { SIPText.isBlank($0) }),
                let number = buffer.decimal(0..<end), number < 1 << 31
            else { return nil }
            let method = buffer.trimmed(end..<buffer.count)
            return buffer.isToken(method) ? (number, method) : nil
        }
        guard let parts else { throw Self.error(bytes) }
        let start = bytes.startIndex
        return (
            UInt32(truncatingIfNeeded: parts.number),
            bytes[start + parts.method.lowerBound..<start + parts.method.upperBound]
        )
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
        let reading = bytes.withUnsafeBufferPointer { Reading($0) }
        guard let reading else {
            throw SIPParseError(.headerValue, offset: bytes.startIndex, header: .subscriptionState, reason: "no state")
        }
        self.state = reading.state
        self.expires = reading.expires
        self.retryAfter = reading.retryAfter
        self.reason = reading.reason.map {
            bytes[bytes.startIndex + $0.lowerBound..<bytes.startIndex + $0.upperBound]
        }
    }

    /// What stands in the bytes, with the places of texts.
    private struct Reading {
        var state: State
        var reason: Range<Int>?
        var expires: UInt32?
        var retryAfter: UInt32?

        init?(_ bytes: UnsafeBufferPointer<UInt8>) {
            if let seconds = Self.secondsOfPlain(bytes) {
                self.state = .active
                self.expires = seconds
                return
            }
            var parameters = SIPParameterCursor(bytes)
            let value = bytes.trimmed(0..<parameters.position)
            if bytes.equals(value, ignoringCase: "active") {
                self.state = .active
            } else if bytes.equals(value, ignoringCase: "terminated") {
                self.state = .terminated
            } else if bytes.equals(value, ignoringCase: "pending") {
                self.state = .pending
            } else if bytes.isToken(value) {
                self.state = .other
            } else {
                return nil
            }
            while let name = parameters.next() {
                guard let value = parameters.value else { continue }
                if bytes.equals(name, ignoringCase: "expires") {
                    self.expires = bytes.deltaSeconds(value)
                } else if bytes.equals(name, ignoringCase: "reason") {
                    let isQuoted =
                        value.count >= 2 && bytes[value.lowerBound] == UInt8(ascii: "\"")
                        && bytes[value.upperBound - 1] == UInt8(ascii: "\"")
                    self.reason = isQuoted ? value.lowerBound + 1..<value.upperBound - 1 : value
                } else if bytes.equals(name, ignoringCase: "retry-after") {
                    self.retryAfter = bytes.deltaSeconds(value)
                }
            }
        }

        /// What nearly all say, `active;expires=3599`, needs not be taken apart.
        private static func secondsOfPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
            let text: StaticString = "active;expires="
            guard bytes.count > text.utf8CodeUnitCount, bytes.equals(0..<text.utf8CodeUnitCount, ignoringCase: text)
            else { return nil }
            return bytes.deltaSeconds(text.utf8CodeUnitCount..<bytes.count)
        }
    }
}
