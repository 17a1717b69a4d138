// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Well-formed `sip:` URIs with all kinds of parts, the same ones for the same seed.
struct URIGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    }

    mutating func next() -> String {
        var text = self.pick(["sip:", "SIP:", "sips:", "Sips:"])
        if self.number(4) > 0 {
            text += self.word(bare: "aB7-_.!~*'()&=+$,;?/")
            if self.number(4) == 0 {
                text += ":" + self.word(bare: "aB7-_.!~*'()&=+$,")
            }
            text += "@"
        }
        text += self.pick([
            "example.org", "EXAMPLE.Org", "h", "192.0.2.1", "[2001:DB8::1]", "[::ffff:192.0.2.1]", "[1:0:0:2:0:0:0:3]",
        ])
        text += self.pick(["", "", ":5060", ":1", ":65535"])
        for name in ["transport", "LR", "x%2Dy", "A[1]", "user"].prefix(self.number(6)).reversed() {
            text += ";\(name)"
            if self.number(3) > 0 {
                text += "=" + self.word(bare: "aB7-_.!~*'()[]/:&+$")
            }
        }
        if self.number(5) == 0 {
            text += "?Subject=" + self.word(bare: "aB7[]/?:+$")
        }
        return text
    }

    /// Bare characters and escapes of any octet.
    private mutating func word(bare: String) -> String {
        let characters = Array(bare)
        var text = ""
        for _ in 0...self.number(6) {
            if self.number(3) == 0 {
                text += "%" + self.pick(["0", "2", "3", "4", "5", "6", "7", "C", "f"])
                text += self.pick(["0", "1", "5", "9", "A", "b", "C", "d", "F"])
            } else {
                text.append(characters[self.number(characters.count)])
            }
        }
        return text
    }

    private mutating func pick(_ choices: [String]) -> String { choices[self.number(choices.count)] }

    private mutating func number(_ bound: Int) -> Int {
        // xorshift64*
        self.state ^= self.state >> 12
        self.state ^= self.state << 25
        self.state ^= self.state >> 27
        return Int((self.state &* 0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}
