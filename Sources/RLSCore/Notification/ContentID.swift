// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Names a part of a multipart body: unique in the world (RFC 2392), legal without quoting.
struct ContentID {
    /// What all parts of a NOTIFY have in common; made once for each.
    struct Message {
        fileprivate let prefix: [UInt8]
        fileprivate let suffix: [UInt8]

        /// - Parameters:
        ///   - notify: random, new for each NOTIFY.
        ///   - host: the host that made it.
        init(notify: UInt64, host: String) {
            var prefix: [UInt8] = []
            prefix.reserveCapacity(17)
            DialogToken.writeHex(notify, digits: 16, into: &prefix)
            prefix.append(UInt8(ascii: "."))
            self.prefix = prefix
            self.suffix = Array("@\(host)".utf8)
        }
    }

    let message: Message
    /// Number of the part.
    let part: Int

    func write(into output: inout [UInt8]) {
        output.append(contentsOf: self.message.prefix)
        SIPText.writeDecimal(UInt64(self.part), into: &output)
        output.append(contentsOf: self.message.suffix)
    }
}
