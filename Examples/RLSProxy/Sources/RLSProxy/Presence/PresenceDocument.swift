// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension PresenceAgent.Presentity {
    /// What watchers are shown (RFC 3863); nil while nothing is known of the presentity.
    var document: (type: [UInt8], body: [UInt8])? {
        if let publication = self.publications.last {
            return (publication.contentType, publication.body)
        }
        guard self.wasPublished else { return nil }
        // A NOTIFY without body would leave the last document valid: watchers must be told that it is gone.
        var body: [UInt8] = []
        body += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n".utf8
        body += "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"".utf8
        Self.escape(self.uri, into: &body)
        body += "\">\r\n  <tuple id=\"offline\"><status><basic>closed</basic></status></tuple>\r\n".utf8
        body += "</presence>\r\n".utf8
        return (Array("application/pidf+xml".utf8), body)
    }

    private static func escape(_ text: String, into bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            default: bytes.append(byte)
            }
        }
    }
}
