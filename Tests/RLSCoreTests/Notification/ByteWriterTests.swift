// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct ByteWriterTests {
    /// Whatever was expected, the bytes are the same.
    @Test(arguments: [0, 1, 7, 8, 20, 46, 47, 48, 1_000])
    func aWrongEstimateChangesNothing(expected: Int) {
        let bytes = [UInt8](expecting: expected) { output in
            output.write("<a>")
            output.writeHex(0x0123_4567_89AB_CDEF)
            output.write(UInt8(ascii: "."))
            output.writeDecimal(0)
            output.writeDecimal(18_446_744_073_709_551_615)
            output.write(text: "host")
            output.write([0x3B, 0x3B])
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "<a>0123456789abcdef.018446744073709551615host;;")
    }

    @Test func hexDigitsComeBackAsTheNumber() {
        var random = SeededRandom(seed: RLSSeed(1, 2, 3, 5))
        for _ in 0..<1_000 {
            let value = UInt32(truncatingIfNeeded: random.next())
            #expect(HexWord.value(of: HexWord.digits(of: value)) == value)
        }
    }

    /// Each byte that is no lower-case hex digit, at each place.
    @Test func whatIsNoHexDigitIsRefused() {
        let digits = Set("0123456789abcdef".utf8)
        for place in 0..<8 as Range<UInt64> {
            for byte in UInt8.min...UInt8.max {
                let word = 0x3030_3030_3030_3030 & ~(0xFF << (8 * place)) | UInt64(byte) << (8 * place)
                #expect((HexWord.value(of: word) != nil) == digits.contains(byte))
            }
        }
    }
}
