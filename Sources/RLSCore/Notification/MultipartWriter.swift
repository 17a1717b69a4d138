// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Writes a multipart/related body (RFC 2387) without preamble, as every client can read it.
struct MultipartWriter {
    /// 128 random bits: cannot occur in a part, and no boundary of the message is a prefix of another (R2387-05).
    private let boundary: [UInt8]
    /// Old linphone wants `Content-Id` without brackets.
    private let isLegacy: Bool

    init(boundary: (UInt64, UInt64), isLegacy: Bool) {
        var text: [UInt8] = []
        text.reserveCapacity(32)
        DialogToken.writeHex(boundary.0, digits: 16, into: &text)
        DialogToken.writeHex(boundary.1, digits: 16, into: &text)
        self.boundary = text
        self.isLegacy = isLegacy
    }

    /// The value of the NOTIFY's Content-Type. The boundary is unquoted and last: liblinphone takes everything after
    /// `;boundary=` literally.
    func writeContentType(root: ContentID, into output: inout [UInt8]) {
        RLMIWriter.write("multipart/related;type=\"application/rlmi+xml\";start=\"<", into: &output)
        root.write(into: &output)
        RLMIWriter.write(">\";boundary=", into: &output)
        output.append(contentsOf: self.boundary)
    }

    func beginPart(_ contentID: ContentID, type: some Collection<UInt8>, isFirst: Bool, into output: inout [UInt8]) {
        // The CRLF before a delimiter belongs to it, not to the part (R2387-04).
        RLMIWriter.write(isFirst ? "--" : "\r\n--", into: &output)
        output.append(contentsOf: self.boundary)
        RLMIWriter.write("\r\nContent-Transfer-Encoding: binary\r\n", into: &output)
        RLMIWriter.write(self.isLegacy ? "Content-Id: " : "Content-ID: <", into: &output)
        contentID.write(into: &output)
        RLMIWriter.write(self.isLegacy ? "\r\nContent-Type: " : ">\r\nContent-Type: ", into: &output)
        output.append(contentsOf: type)
        RLMIWriter.write("\r\n\r\n", into: &output)
    }

    func end(into output: inout [UInt8]) {
        RLMIWriter.write("\r\n--", into: &output)
        output.append(contentsOf: self.boundary)
        RLMIWriter.write("--\r\n", into: &output)
    }
}
