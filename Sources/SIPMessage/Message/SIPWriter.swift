// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Writes header and body.
enum SIPWriter {
    static func write(_ headers: SIPHeaders, body: SIPBytes, via: SIPBytes?, into output: inout [UInt8]) {
        if let via {
            output.append(contentsOf: "Via: ".utf8)
            output.append(contentsOf: via)
            self.endLine(&output)
        }
        var hasLength = false
        for row in headers.rows {
            if row.id == SIPHeaderName.contentLength.id {
                guard !hasLength else { continue }
                hasLength = true
                self.writeLength(of: body, into: &output)
                continue
            }
            if row.nameLength > 0 {
                output.append(contentsOf: headers.name(row))
            } else {
                output.append(contentsOf: SIPWellKnownNames.all[Int(row.id)].utf8)
            }
            output.append(UInt8(ascii: ":"))
            output.append(0x20)
            output.append(contentsOf: headers.value(row))
            self.endLine(&output)
        }
        if !hasLength {
            self.writeLength(of: body, into: &output)
        }
        self.endLine(&output)
        output.append(contentsOf: body)
    }

    /// Appends text of a start line; a line end in it becomes a blank, so that it cannot start another line.
    static func writeInLine(_ text: some Sequence<UInt8>, into output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: text)
        for index in start..<output.count where output[index] == 0x0D || output[index] == 0x0A {
            output[index] = 0x20
        }
    }

    private static func writeLength(of body: SIPBytes, into output: inout [UInt8]) {
        output.append(contentsOf: "Content-Length: ".utf8)
        SIPText.writeDecimal(UInt64(body.count), into: &output)
        self.endLine(&output)
    }

    private static func endLine(_ output: inout [UInt8]) {
        output.append(0x0D)
        output.append(0x0A)
    }
}
