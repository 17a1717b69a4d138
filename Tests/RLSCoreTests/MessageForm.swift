// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

/// Another form of a message that says the same.
struct MessageForm: Sendable, CustomTestStringConvertible {
    var name: String
    /// Beginnings of lines, each with its other form.
    var changes: [(line: String, form: String)]
    var testDescription: String { self.name }

    /// The request in this form.
    func applied(to request: SIPRequest) -> SIPRequest {
        var text = String(decoding: request.bytes, as: UTF8.self).replacing("\r\n", with: "\n")
        for change in self.changes {
            #expect(text.contains("\n\(change.line)"), "the \(request.method) has the line")
            text = text.replacing("\n\(change.line)", with: "\n\(change.form)")
        }
        return EngineWorld.parse(text)
    }
}
