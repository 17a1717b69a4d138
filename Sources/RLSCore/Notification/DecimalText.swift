// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Decimal numbers without a detour over `String`.
enum DecimalText {
    static func write(_ value: UInt64, into output: inout [UInt8]) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 {
            divisor *= 10
        }
        while divisor > 0 {
            output.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
