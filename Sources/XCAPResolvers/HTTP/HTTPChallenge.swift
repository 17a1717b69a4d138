// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
/// One challenge of a `WWW-Authenticate` header (RFC 9110 §11.3).
struct HTTPChallenge: Sendable, Hashable {
    /// In lower case.
    var scheme: String
    /// Names in lower case, values without quotes.
    var parameters: [String: String]

    /// All challenges of these header fields, in order. What is not understood ends a field's reading.
    static func parse(_ fields: [String]) -> [HTTPChallenge] {
        fields.flatMap { field in
            var reader = Reader(bytes: Array(field.utf8))
            return reader.challenges()
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        mutating func challenges() -> [HTTPChallenge] {
            var challenges: [HTTPChallenge] = []
            while true {
                self.skip { $0 == UInt8(ascii: ",") || Self.isBlank($0) }
                guard let name = self.token() else { return challenges }
                self.skip(Self.isBlank)
                // A name before "=" is a parameter of the challenge that is open; any other one opens the next.
                if !challenges.isEmpty, self.take(UInt8(ascii: "=")) {
                    self.skip(Self.isBlank)
                    guard let value = self.quoted() ?? self.token() else { return challenges }
                    challenges[challenges.count - 1].parameters[name.lowercased()] = value
                } else {
                    challenges.append(HTTPChallenge(scheme: name.lowercased(), parameters: [:]))
                }
            }
        }

        private mutating func skip(_ predicate: (UInt8) -> Bool) {
            while self.index < self.bytes.count, predicate(self.bytes[self.index]) {
                self.index += 1
            }
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard self.index < self.bytes.count, self.bytes[self.index] == byte else { return false }
            self.index += 1
            return true
        }

        private mutating func token() -> String? {
            let start = self.index
            self.skip { byte in
                byte > 0x20 && byte < 0x7F && !#",="\;()<>@[]{}?"#.utf8.contains(byte)
            }
            return self.index > start ? String(decoding: self.bytes[start..<self.index], as: UTF8.self) : nil
        }

        private mutating func quoted() -> String? {
            guard self.take(UInt8(ascii: "\"")) else { return nil }
            var value: [UInt8] = []
            while self.index < self.bytes.count {
                let byte = self.bytes[self.index]
                self.index += 1
                if byte == UInt8(ascii: "\"") {
                    return String(decoding: value, as: UTF8.self)
                }
                if byte == UInt8(ascii: "\\"), self.index < self.bytes.count {
                    value.append(self.bytes[self.index])
                    self.index += 1
                } else {
                    value.append(byte)
                }
            }
            return nil
        }

        private static func isBlank(_ byte: UInt8) -> Bool {
            byte == 0x20 || byte == 0x09
        }
    }
}
#endif
