// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// As much of a PIDF document (RFC 3863) as the demo shows.
struct PresenceNote: Equatable {
    enum Basic: String {
        case open, closed
    }

    var basic: Basic
    var note: String

    init(basic: Basic, note: String) {
        self.basic = basic
        self.note = note
    }

    /// Reads a document that ``document(of:)`` wrote.
    init?(document: String) {
        guard let basic = document.firstMatch(of: #/<basic>(\w+)</basic>/#).flatMap({ Basic(rawValue: String($0.1)) })
        else { return nil }
        self.basic = basic
        self.note = document.firstMatch(of: #/<note>([^<]*)</note>/#).map { String($0.1) } ?? ""
    }

    func document(of uri: String) -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <presence xmlns="urn:ietf:params:xml:ns:pidf" entity="\(uri)">
          <tuple id="phone"><status><basic>\(self.basic.rawValue)</basic></status></tuple>
          <note>\(self.note)</note>
        </presence>

        """
    }
}
