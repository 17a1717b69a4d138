// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A view into the bytes of a message; keeps them alive.
public typealias SIPBytes = ArraySlice<UInt8>

/// Questions about bytes of SIP text (RFC 3261 §25.1).
public enum SIPText {
    /// Whether two ASCII texts are equal but for the case of letters.
    public static func equalsIgnoringCase(_ bytes: SIPBytes, _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { right in
            bytes.withUnsafeBufferPointer { left in
                guard left.count == right.count else { return false }
                for index in left.indices where Self.lowercased(left[index]) != Self.lowercased(right[index]) {
                    return false
                }
                return true
            }
        }
    }

    /// Whether the bytes are this text.
    public static func equals(_ bytes: SIPBytes, _ text: String) -> Bool {
        var text = text
        return text.withUTF8 { right in
            bytes.withUnsafeBufferPointer { left in
                guard left.count == right.count else { return false }
                for index in left.indices where left[index] != right[index] {
                    return false
                }
                return true
            }
        }
    }

    /// Whether two texts are equal but for the case of ASCII letters.
    static func equalsIgnoringCase(_ one: String, _ other: String) -> Bool {
        guard one.utf8.count == other.utf8.count else { return false }
        return zip(one.utf8, other.utf8).allSatisfy { Self.lowercased($0) == Self.lowercased($1) }
    }

    /// Whether the bytes are a `token`, and not empty.
    public static func isToken(_ bytes: SIPBytes) -> Bool {
        bytes.withUnsafeBufferPointer { $0.isToken($0.indices) }
    }

    /// Writes a number in decimal.
    public static func writeDecimal(_ value: UInt64, into output: inout [UInt8]) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 {
            divisor *= 10
        }
        while divisor > 0 {
            output.append(0x30 + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    /// Reads a number of digits only; nil when it is none or does not fit.
    public static func decimal(_ bytes: SIPBytes) -> UInt64? {
        bytes.withUnsafeBufferPointer { $0.decimal($0.indices) }
    }

    /// Reads a number of seconds; more than 2^32-1 is taken as that, nil when it is no number.
    static func deltaSeconds(_ bytes: SIPBytes) -> UInt32? {
        bytes.withUnsafeBufferPointer { $0.deltaSeconds($0.indices) }
    }

    @inlinable
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A)
    }

    /// Letters, digits and - . ! % * _ + ` ' ~ as two sets of 64 bits.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        let set: UInt64 = byte < 64 ? 0x03FF_6CA2_0000_0000 : 0x47FF_FFFF_87FF_FFFE
        return byte < 128 && (set >> UInt64(byte & 63)) & 1 == 1
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
    }

    static func trimmed(_ bytes: SIPBytes) -> SIPBytes {
        let range = bytes.withUnsafeBufferPointer { $0.trimmed($0.indices) }
        return bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound]
    }

    static func string(_ bytes: SIPBytes) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
