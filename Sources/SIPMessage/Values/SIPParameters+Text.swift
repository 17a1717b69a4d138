// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

extension SIPParameters {
    /// The parameters as they are written, each with its semicolon: `;tag=x;name="a b"`.
    ///
    /// What is neither a token nor an address is put in quotes.
    public var text: String {
        self.map { parameter in
            guard let value = parameter.value else { return ";\(parameter.name)" }
            let bytes = Array(value.utf8)[...]
            // An empty value stands bare as well: that is how `rport=` comes.
            let isBare = bytes.allSatisfy { SIPText.isTokenByte($0) } || SIPHost.address(value) != nil
            return ";\(parameter.name)=\(isBare ? value : SIPQuotedString.quote(value))"
        }
        .joined()
    }
}
