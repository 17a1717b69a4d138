// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Synchronization

/// The branch of a Via of ours: a number that finds its transaction without hashing text.
///
/// Text form: the RFC 3261 cookie, 16 hexadecimal digits, and for forwarded requests a full stop and the loop hash
/// (RFC 5393 §4.2.1).
struct Branch: Sendable, Hashable {
    let id: UInt64
    let loopHash: UInt32?

    private static let cookie: StaticString = "z9hG4bK"
    private static let counter = Atomic<UInt64>(UInt64.random(in: .min ... .max))
    private static let digits = Array("0123456789abcdef".utf8)

    init(id: UInt64, loopHash: UInt32? = nil) {
        self.id = id
        self.loopHash = loopHash
    }

    /// A branch that no other request has, and that cannot be guessed from an earlier one by simple counting.
    static func next(loopHash: UInt32? = nil) -> Branch {
        var mixed = Self.counter.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Branch(id: mixed ^ (mixed >> 31), loopHash: loopHash)
    }

    /// Reads a branch; nil when it is not one of ours.
    init?(_ text: some Sequence<UInt8>) {
        var bytes = text.makeIterator()
        let matches = Self.cookie.withUTF8Buffer { cookie in cookie.allSatisfy { bytes.next() == $0 } }
        guard matches, let id = Self.number(digits: 16, from: &bytes) else { return nil }
        self.id = id
        switch bytes.next() {
        case nil:
            self.loopHash = nil
        case UInt8(ascii: "."):
            guard let hash = Self.number(digits: 8, from: &bytes), bytes.next() == nil else { return nil }
            self.loopHash = UInt32(truncatingIfNeeded: hash)
        default:
            return nil
        }
    }

    func write(into bytes: inout [UInt8]) {
        Self.cookie.withUTF8Buffer { bytes.append(contentsOf: $0) }
        Self.write(self.id, digits: 16, into: &bytes)
        guard let loopHash = self.loopHash else { return }
        bytes.append(UInt8(ascii: "."))
        Self.write(UInt64(loopHash), digits: 8, into: &bytes)
    }

    private static func write(_ number: UInt64, digits: Int, into bytes: inout [UInt8]) {
        for position in stride(from: (digits - 1) * 4, through: 0, by: -4) {
            bytes.append(Self.digits[Int(number >> UInt64(position) & 15)])
        }
    }

    private static func number(digits: Int, from bytes: inout some IteratorProtocol<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for _ in 0..<digits {
            switch bytes.next() {
            case let digit? where digit >= UInt8(ascii: "0") && digit <= UInt8(ascii: "9"):
                number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case let digit? where digit >= UInt8(ascii: "a") && digit <= UInt8(ascii: "f"):
                number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default:
                return nil
            }
        }
        return number
    }
}
