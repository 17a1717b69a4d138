// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension SIPURI {
    /// RFC 3966 §4: digits without separators; all parameters in both, in any order, without regard to case.
    func isSameNumber(as other: SIPURI) -> Bool {
        Self.digits(self.user) == Self.digits(other.user)
            && Self.sorted(self.telParameters) == Self.sorted(other.telParameters)
    }

    /// The parameters of a `tel:` URI; a number in one is without separators.
    var telParameters: SIPParameters {
        SIPParameters(
            self.parameters.map { parameter in
                let name = SIPEscape.normalized(parameter.name).lowercased()
                let isNumber =
                    name == "ext" || (name == "phone-context" && parameter.value?.hasPrefix("+") == true)
                return SIPParameter(
                    name,
                    isNumber ? Self.digits(parameter.value) : parameter.value
                )
            }
        )
    }

    /// A number without visual separators, in lower case.
    static func digits(_ number: String?) -> String {
        String(decoding: (number ?? "").utf8.filter { !SIPURIParser.isVisualSeparator($0) }, as: UTF8.self)
            .lowercased()
    }

    private static func sorted(_ parameters: SIPParameters) -> [SIPParameter] {
        parameters
            .map { SIPParameter($0.name, $0.value.map { SIPEscape.normalized($0).lowercased() }) }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The `sip:` form of a `tel:` URI (RFC 3261 §19.1.6): the whole number with its parameters becomes the user part,
    /// in lower case, parameters sorted by name after `isub` and `postd`.
    ///
    /// - Parameter domain: a host name or address.
    /// - Returns: nil for a URI of another scheme, and for a domain that is no host.
    public func sipForm(domain: String) -> SIPURI? {
        guard self.scheme == .tel, SIPHost.isValid(Array(domain.utf8)[...]) else { return nil }
        func rank(_ name: String) -> Int {
            switch name {
            case "isub": 0
            case "postd": 1
            default: 2
            }
        }
        let parameters = self.parameters
            .map { ($0.name.lowercased(), $0.value?.lowercased()) }
            .sorted { (rank($0.0), $0.0) < (rank($1.0), $1.0) }
            .map { name, value in value.map { ";\(name)=\($0)" } ?? ";\(name)" }
            .joined()
        return try? SIPURI("sip:\((self.user ?? "").lowercased())\(parameters)@\(domain);user=phone")
    }
}
