// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Expires, Min-Expires, Max-Forwards and Retry-After.
struct NumberTests {
    @Test(
        "A huge number of seconds is taken as the largest",
        arguments: [
            ("0", 0), ("3600", 3600), ("0060", 60), ("4294967295", .max), ("4294967296", .max),
            ("18446744073709551616", .max), ("99999999999999999999999999999999", .max),
        ] as [(String, UInt32)]
    )
    func seconds(_ text: String, _ expected: UInt32) throws {
        #expect(try Sample.request(.expires, text).expires == expected)
        #expect(try Sample.request(.minExpires, text).minExpires == expected)
        #expect(Sample.request(.retryAfter, text).retryAfter == expected)
        #expect(try Sample.request(.to, text).expires == nil)
    }

    @Test(arguments: ["", "-1", "+1", "1.5", "x", "1 2", "0x10", "3600;x", "Thu, 01 Dec 1994 16:00:00 GMT", "１"])
    func malformedSecondsAreRefused(_ text: String) {
        let error = #expect(throws: SIPParseError.self) { try Sample.request(.expires, text).expires }
        #expect(error?.header == .expires)
        #expect(throws: SIPParseError.self) { try Sample.request(.maxForwards, text).maxForwards }
    }

    @Test(
        "R3261-24: Retry-After has a comment and parameters",
        arguments: [
            ("18000;duration=3600", 18000), ("120 (I'm in a meeting)", 120), ("120(a)", 120), ("5 ; x=(y)", 5),
            ("", nil), ("x", nil), ("-5", nil), ("12abc", nil), ("5 6", nil), ("1.5", nil),
            ("Fri, 26 Sep 1997 12:00:00 GMT", nil),
        ] as [(String, UInt32?)]
    )
    func retryAfter(_ text: String, _ expected: UInt32?) {
        #expect(Sample.request(.retryAfter, text).retryAfter == expected)
    }
}
