// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension SIPURI {
    /// RFC 3261 §19.1.4 with the correction of RFC 5954; `tel:` by RFC 3966 §4.
    ///
    /// Not transitive: parameters that only one side has are mostly ignored.
    public func isEquivalent(to other: SIPURI) -> Bool {
        switch (self.scheme, other.scheme) {
        case (.sip, .sip), (.sips, .sips), (.pres, .pres):
            self.hasSameAddress(as: other) && self.hasMatchingParameters(other) && self.hasSameHeaders(as: other)
        case (.tel, .tel):
            self.isSameNumber(as: other)
        case (.other(let left), .other(let right)):
            // The scheme's case does not matter (RFC 3986 §3.1), so the texts are compared behind it.
            left == right
                && SIPEscape.normalized(String(self.text.dropFirst(left.count)))
                    == SIPEscape.normalized(String(other.text.dropFirst(right.count)))
        case (.sip, _), (.sips, _), (.tel, _), (.pres, _), (.other, _):
            false
        }
    }

    /// R3261-32: a missing part never equals a present one; userinfo keeps its case; addresses by value.
    private func hasSameAddress(as other: SIPURI) -> Bool {
        guard self.user.map(SIPEscape.normalized) == other.user.map(SIPEscape.normalized),
            self.password.map(SIPEscape.normalized) == other.password.map(SIPEscape.normalized),
            self.port == other.port
        else { return false }
        switch (SIPHost.address(self.host), SIPHost.address(other.host)) {
        case (.some(let left), .some(let right)): return left == right
        case (nil, nil): return self.host.lowercased() == other.host.lowercased()
        case (.some, nil), (nil, .some): return false
        }
    }

    /// R3261-34.
    private func hasMatchingParameters(_ other: SIPURI) -> Bool {
        let left = Self.normalized(self.parameters)
        let right = Self.normalized(other.parameters)
        for name in Set(left.keys).union(right.keys) {
            switch (left[name], right[name]) {
            case (.some(let one), .some(let two)):
                guard one == two else { return false }
            case (.some, nil), (nil, .some):
                guard !["user", "ttl", "method", "maddr", "transport"].contains(name) else { return false }
            case (nil, nil):
                break
            }
        }
        return true
    }

    private static func normalized(_ parameters: SIPParameters) -> [String: String?] {
        var result: [String: String?] = [:]
        for parameter in parameters {
            result[SIPEscape.normalized(parameter.name).lowercased()] =
                .some(parameter.value.map { SIPEscape.normalized($0).lowercased() })
        }
        return result
    }

    /// R3261-35: never ignored; the same set in both.
    private func hasSameHeaders(as other: SIPURI) -> Bool {
        guard self.headers.count == other.headers.count else { return false }
        var remaining = other.headers
        for header in self.headers {
            let match = remaining.firstIndex { candidate in
                SIPEscape.normalized(candidate.name).lowercased() == SIPEscape.normalized(header.name).lowercased()
                    && Self.isSameValue(header, candidate)
            }
            guard let match else { return false }
            remaining.remove(at: match)
        }
        return true
    }

    /// To, From and Contact by the rules of URIs, other values as tokens.
    private static func isSameValue(_ left: SIPParameter, _ right: SIPParameter) -> Bool {
        let one = SIPEscape.normalized(left.value ?? "")
        let two = SIPEscape.normalized(right.value ?? "")
        guard ["to", "from", "contact"].contains(SIPEscape.normalized(left.name).lowercased()) else {
            return one.lowercased() == two.lowercased()
        }
        guard let first = try? SIPURI(Self.decoded(one)), let second = try? SIPURI(Self.decoded(two)) else {
            return one == two
        }
        return first.isEquivalent(to: second)
    }

    private static func decoded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = SIPEscape.hexDigit(bytes[index + 1]), let low = SIPEscape.hexDigit(bytes[index + 2])
            {
                output.append(high << 4 | low)
                index += 3
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
