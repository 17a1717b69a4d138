// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Names a part of a multipart body: unique in the world (RFC 2392), legal without quoting.
struct ContentID {
    /// Random, new for each NOTIFY.
    var notify: UInt64
    /// Number of the part.
    var part: Int
    /// Host that made it.
    var host: String

    func write(into output: inout [UInt8]) {
        DialogToken.writeHex(self.notify, digits: 16, into: &output)
        output.append(UInt8(ascii: "."))
        SIPText.writeDecimal(UInt64(self.part), into: &output)
        output.append(UInt8(ascii: "@"))
        output.append(contentsOf: self.host.utf8)
    }
}
