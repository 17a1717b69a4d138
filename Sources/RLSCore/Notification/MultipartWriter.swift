// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Writes a multipart/related body (RFC 2387) without preamble, as every client can read it.
struct MultipartWriter {
    /// 128 random bits: cannot occur in a part, and no boundary of the message is a prefix of another (R2387-05).
    private let boundary: (UInt64, UInt64)
    /// Old linphone wants `Content-Id` without brackets.
    private let isLegacy: Bool

    init(boundary: (UInt64, UInt64), isLegacy: Bool) {
        self.boundary = boundary
        self.isLegacy = isLegacy
    }

    /// The value of the NOTIFY's Content-Type. The boundary is unquoted and last: liblinphone takes everything after
    /// `;boundary=` literally.
    func writeContentType(root: ContentID, into output: inout ByteWriter) {
        output.write("multipart/related;type=\"application/rlmi+xml\";start=\"<")
        root.write(into: &output)
        output.write(">\";boundary=")
        self.writeBoundary(into: &output)
    }

    /// The part with the RLMI document.
    func beginRoot(_ contentID: ContentID, into output: inout ByteWriter) {
        output.write("--")
        self.writeBoundary(into: &output)
        self.writePartHeader(contentID, into: &output)
        output.write("application/rlmi+xml;charset=\"UTF-8\"\r\n\r\n")
    }

    /// A part with the state of a resource.
    func beginPart(_ contentID: ContentID, type: UnsafeBufferPointer<UInt8>, into output: inout ByteWriter) {
        // The CRLF before a delimiter belongs to it, not to the part (R2387-04).
        output.write("\r\n--")
        self.writeBoundary(into: &output)
        self.writePartHeader(contentID, into: &output)
        output.write(type)
        output.write("\r\n\r\n")
    }

    /// Up to the value of Content-Type.
    private func writePartHeader(_ contentID: ContentID, into output: inout ByteWriter) {
        output.write("\r\nContent-Transfer-Encoding: binary\r\n")
        output.write(self.isLegacy ? "Content-Id: " : "Content-ID: <")
        contentID.write(into: &output)
        output.write(self.isLegacy ? "\r\nContent-Type: " : ">\r\nContent-Type: ")
    }

    func end(into output: inout ByteWriter) {
        output.write("\r\n--")
        self.writeBoundary(into: &output)
        output.write("--\r\n")
    }

    private func writeBoundary(into output: inout ByteWriter) {
        output.writeHex(self.boundary.0)
        output.writeHex(self.boundary.1)
    }
}
