// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// Records as they are in a real server's tables, by number.
enum Records {
    static func key(_ number: Int) -> RLSDialogKey {
        let mark = Self.hexadecimal(number)
        return RLSDialogKey(
            callID: "\(mark)4d1b8f2e9c07a35b@192.0.2.\(number % 250)",
            watcherTag: "tag\(mark)",
            localTag: "rls1.0000000000000000\(mark)"
        )
    }

    static func dialog(_ number: Int, cSeq: UInt32 = 257, expires: Int64) -> RLSStoredDialog {
        RLSStoredDialog(
            key: self.key(number),
            presentityURI: "sip:user\(number)-list@example.org",
            to: "sip:user\(number)-list@example.org",
            from: "sip:user\(number)@example.org",
            watcher: "sip:user\(number)@example.org",
            event: "presence",
            accept: "application/pidf+xml,application/rlmi+xml,multipart/related",
            localCSeq: cSeq,
            remoteCSeq: 1,
            contact: "sip:user\(number)@192.0.2.\(number % 250):5062;transport=tcp",
            expires: expires,
            version: 256,
            path: SIPPath(
                transport: .tcp,
                local: SIPPath.Address(host: "192.0.2.10", port: 5060),
                remote: SIPPath.Address(host: "192.0.2.\(number % 250)", port: 5062)
            ),
            localContact: "sip:rls@192.0.2.10:5060;transport=tcp"
        )
    }

    /// One of the states of a dialog, with a body of 400 bytes.
    static func state(_ number: Int, of dialog: Int, version: Int = 0, expires: Int64) -> RLSStoredState {
        let head = "<presence entity=\"sip:friend\(number)@example.org\"><note>\(version)</note>"
        let filler = [UInt8](repeating: UInt8(ascii: " "), count: max(0, 389 - head.utf8.count))
        return RLSStoredState(
            dialog: self.key(dialog),
            resourceURI: "sip:friend\(number)@example.org",
            contentType: "application/pidf+xml;charset=\"UTF-8\"",
            body: Array(head.utf8) + filler + Array("</presence>".utf8),
            state: .active,
            expires: expires
        )
    }

    private static func hexadecimal(_ number: Int) -> String {
        // Neighbours in number are no neighbours in the index.
        let mixed = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
        let digits = String(mixed, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
