// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Names a part of a multipart body: unique in the world (RFC 2392), legal without quoting.
struct ContentID {
    /// What all parts of a NOTIFY have in common.
    struct Message {
        /// Random, new for each NOTIFY.
        let notify: UInt64
        /// The host that made it.
        let host: String
    }

    let message: Message
    /// Number of the part.
    let part: Int

    func write(into output: inout ByteWriter) {
        output.writeHex(self.message.notify)
        output.write(UInt8(ascii: "."))
        output.writeDecimal(UInt64(self.part))
        output.write(UInt8(ascii: "@"))
        output.write(text: self.message.host)
    }
}
