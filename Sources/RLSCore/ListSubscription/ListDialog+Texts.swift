// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// What a dialog keeps as text, by name. Where a property makes a string, its bytes are cheaper to compare or write.
extension ListDialog {
    /// Call-ID and tags. Makes strings: to compare or write one of them, use its bytes.
    var key: RLSDialogKey {
        RLSDialogKey(
            callID: self.texts.string(.callID),
            watcherTag: self.texts.string(.watcherTag),
            localTag: self.texts.string(.localTag)
        )
    }

    var callID: SIPBytes { self.texts[.callID] }

    var watcherTag: SIPBytes { self.texts[.watcherTag] }

    var localTag: SIPBytes { self.texts[.localTag] }

    /// Request-URI of the first SUBSCRIBE.
    var presentityURI: String { self.texts.string(.presentityURI) }

    var presentityURIBytes: SIPBytes { self.texts[.presentityURI] }

    /// From of the SUBSCRIBE as received, with its tag: To of our NOTIFYs.
    var remoteHeader: SIPBytes { self.texts[.remoteHeader] }

    /// To of the SUBSCRIBE with our tag: From of our NOTIFYs.
    var localHeader: SIPBytes { self.texts[.localHeader] }

    var localURI: String { Self.uri(of: self.localHeader) }

    var remoteURI: String { Self.uri(of: self.remoteHeader) }

    var watcher: SIPURI { Self.uri(self.texts[.watcher]) }

    /// The event package's name.
    var event: String { self.package.name }

    var eventID: String { self.texts.string(.eventID) }

    var eventParameters: String { self.texts.string(.eventParameters) }

    /// Contact that we give to the watcher, `<uri>`.
    var localContact: String {
        get { self.texts.string(.localContact) }
        set { self.texts[.localContact] = Array(newValue.utf8)[...] }
    }

    var localContactBytes: SIPBytes { self.texts[.localContact] }

    /// The rows of Accept as one; nil without the header.
    var accept: String? { self.hasAccept ? self.texts.string(.accept) : nil }

    /// Accept of back-end SUBSCRIBEs.
    var backendAccept: SIPBytes { self.texts[.backendAccept] }

    /// - Parameters:
    ///   - accept: the rows of Accept as one; nil without the header.
    ///   - backend: Accept of back-end SUBSCRIBEs.
    func setAccept(_ accept: String?, backend: [UInt8]) {
        self.hasAccept = accept != nil
        let accept = Array((accept ?? "").utf8)
        guard self.texts[.accept] != accept[...] || self.texts[.backendAccept] != backend[...] else { return }
        self.texts.update([(.accept, accept[...]), (.backendAccept, backend[...])])
    }

    /// The service that the list belongs to; nil when it has to be found first.
    var service: RLSListService? {
        get {
            let owner: RLSListOwner
            switch self.ownerKind {
            case .noService: return nil
            case .user: owner = .user(Self.uri(self.texts[.owner]))
            case .shared: owner = .shared
            case .unknown: owner = .unknown
            }
            return RLSListService(
                uri: self.texts.string(.serviceURI),
                packages: self.servicePackages,
                owner: owner,
                location: self.texts.string(.serviceLocation)
            )
        }
        set {
            self.ownerKind = OwnerKind(newValue?.owner)
            self.servicePackages = newValue?.packages
            let texts = Self.texts(of: newValue)
            guard texts.contains(where: { self.texts[$0.0] != $0.1 }) else { return }
            self.texts.update(texts)
        }
    }

    /// The texts of a service; empty without one.
    static func texts(of service: RLSListService?) -> [(DialogTexts.Field, SIPBytes)] {
        let owner =
            switch service?.owner {
            case .user(let uri): uri.text
            case .shared, .unknown, nil: ""
            }
        return [
            (.serviceURI, Array((service?.uri ?? "").utf8)[...]),
            (.owner, Array(owner.utf8)[...]),
            (.serviceLocation, Array((service?.location ?? "").utf8)[...]),
        ]
    }

    private static func uri(_ bytes: SIPBytes) -> SIPURI {
        guard let uri = try? SIPURI(bytes: bytes) else { preconditionFailure("it was a URI when the dialog was made") }
        return uri
    }

    private static func uri(of header: SIPBytes) -> String {
        (try? SIPNameAddr(parsing: header))?.uri.text ?? ""
    }
}
