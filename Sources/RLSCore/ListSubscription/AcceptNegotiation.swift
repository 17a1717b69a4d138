// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// What a watcher accepts, and what is asked of presence servers on its behalf.
enum AcceptNegotiation {
    /// Whether a list NOTIFY may be sent to this watcher (R4662-20, R4662-21).
    static func isServable(_ accept: [SIPAcceptRange]?, mode: RLSConfiguration.AcceptMode) -> Bool {
        // R4662-21: a client that says eventlist supports both types, whatever it forgets to say.
        guard let accept else { return true }
        let multipart = accept.contains { $0.covers("multipart", "related") }
        let rlmi = accept.contains { $0.covers("application", "rlmi+xml") }
        switch mode {
        case .lenient: return multipart || rlmi
        case .strict: return multipart && rlmi
        }
    }

    /// Accept of back-end SUBSCRIBEs: the watcher's types for the package in order and with their q values, without
    /// the list's own types (MORE-03), with the package's default type always among them (MORE-13).
    static func backendAccept(_ values: [SIPBytes], package: RLSEventPackage, nestedLists: Bool) -> [UInt8] {
        var kept: [SIPBytes] = []
        var missing = package.defaultAccept
        for value in values {
            guard let range = try? SIPAcceptRange(parsing: value), range.q > 0 else { continue }
            let type = "\(range.type)/\(range.subtype)"
            // Ranges would invite types that nobody has thought of, and pidf-diff cannot be batched (MORE-33).
            guard range.type != "*", range.subtype != "*", type != "application/pidf-diff+xml" else { continue }
            if type == "application/rlmi+xml" || type == "multipart/related" {
                guard nestedLists else { continue }
            }
            missing.removeAll { $0 == type }
            kept.append(value)
        }
        if nestedLists {
            for type in ["application/rlmi+xml", "multipart/related"]
            where !kept.contains(where: { $0.starts(with: type.utf8) }) {
                missing.append(type)
            }
        }
        let defaults = missing.map { Array($0.utf8)[...] }
        return Array((defaults + kept).joined(separator: ", ".utf8))
    }

    /// The rows of Accept as one, for the record of the dialog; nil without the header.
    static func recorded(_ request: SIPRequest) -> String? {
        guard request.headers.first(.accept) != nil else { return nil }
        return String(decoding: Array(request.headers.values(.accept).joined(separator: ", ".utf8)), as: UTF8.self)
    }

    /// Whether a body of this type was asked for (S-BODYTYPE). Without an Accept of ours every type is welcome.
    static func isWelcome(_ contentType: SIPMediaType, accept: SIPBytes) -> Bool {
        guard !accept.isEmpty else { return true }
        return accept.split(separator: UInt8(ascii: ",")).contains { value in
            guard let range = try? SIPAcceptRange(parsing: value) else { return false }
            return range.type == contentType.type && range.subtype == contentType.subtype
        }
    }
}

extension SIPAcceptRange {
    fileprivate func covers(_ type: String, _ subtype: String) -> Bool {
        self.q > 0 && (self.type == "*" || self.type == type && (self.subtype == "*" || self.subtype == subtype))
    }
}
