// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

extension RLSEngine {
    /// The shard of a list dialog: chosen by Call-ID and From tag of its first SUBSCRIBE, the same after a restart.
    public static func shard(of key: RLSDialogKey, shardCount: Int) -> Int {
        Self.shard(callID: Array(key.callID.utf8)[...], watcherTag: Array(key.watcherTag.utf8)[...], shardCount)
    }

    private static func shard(callID: SIPBytes, watcherTag: SIPBytes, _ shardCount: Int) -> Int {
        // What peers choose can at worst load one shard.
        var hash = StableHash()
        hash.combine(callID)
        hash.combine(watcherTag)
        return Int(truncatingIfNeeded: (hash.value ^ hash.value >> 32) & 0x7FFF_FFFF) % shardCount
    }

    /// The first question about a SUBSCRIBE: may it be ours? Needs no state.
    ///
    /// A To tag decides first. Without one the request must say `eventlist` in Supported or Require and name an event
    /// package that is served; no other check speaks before the request is known to be ours.
    public static func route(
        subscribe request: SIPRequest,
        configuration: RLSConfiguration,
        shardCount: Int
    ) -> RLSSubscribeRoute {
        let shard = Self.shard(callID: request.callID ?? [], watcherTag: request.fromTag ?? [], shardCount)
        if request.toTag != nil {
            return .inDialog(shard: shard)
        }
        let notOurs = RLSSubscribeRoute.answer([.toPresenceCode(configuration.toPresenceCode)])
        // Our own back-end SUBSCRIBE has come back: a member of a list is a list here. Never looked up (S-LOOP).
        if let tag = request.fromTag, let token = DialogToken(tag), token.kind == .backendTag {
            return notOurs
        }
        guard let event = request.eventType, configuration.serves(event) else { return notOurs }
        // R4662-14, R4662-22: Require is accepted as well, in any case and form.
        guard
            request.headers.contains(.supported, token: "eventlist")
                || request.headers.contains(.require, token: "eventlist")
        else {
            guard configuration.requiresEventList else { return notOurs }
            return .answer([.reply(Reply.refusal(request, 421, tag: nil, configuration: configuration))])
        }
        return .initial(shard: shard)
    }

    /// The first question about a NOTIFY: whose is it? Needs no state.
    public static func route(
        notify request: SIPRequest,
        configuration: RLSConfiguration,
        shardCount: Int
    ) -> RLSNotifyRoute {
        if let tag = request.toTag, let token = DialogToken(tag), token.kind == .backendTag {
            guard token.node == configuration.node, Int(token.shard) < shardCount else {
                return .answer([.reply(Reply.plain(request, 481))])
            }
            return .shard(Int(token.shard))
        }
        // A NOTIFY to our Contact with a tag that we never gave: the dialog is gone.
        if Self.isOurContact(request.requestURI, configuration: configuration) {
            return .answer([.reply(Reply.plain(request, 481))])
        }
        return .answer([.toPresenceCode(configuration.notOursCode)])
    }

    /// Whether a SUBSCRIBE is recognisably for a list server: it says `eventlist`, bears our mark, or goes to our Contact.
    ///
    /// While the dialogs of an earlier run are not loaded, such a request gets 503 instead of "gone" or "not ours".
    public static func isRecognisable(subscribe request: SIPRequest, configuration: RLSConfiguration) -> Bool {
        if let tag = request.toTag, let token = DialogToken(tag), token.kind == .listTag {
            return true
        }
        return request.headers.contains(.supported, token: "eventlist")
            || request.headers.contains(.require, token: "eventlist")
            || (try? SIPURI(bytes: request.requestURI))?.user == configuration.contactUser
    }

    private static func isOurContact(_ uri: SIPBytes, configuration: RLSConfiguration) -> Bool {
        guard let uri = try? SIPURI(bytes: uri) else { return false }
        if let contact = configuration.backendContact {
            return uri.isEquivalent(to: contact)
        }
        return uri.user == configuration.contactUser
    }

    /// A reply to a SUBSCRIBE that the shell refuses: a plug failed or took too long.
    public static func refusal(
        _ request: SIPRequest,
        status: Int,
        retryAfter: UInt32?,
        configuration: RLSConfiguration
    ) -> [RLSAction] {
        [.reply(Reply.refusal(request, status, tag: nil, retryAfter: retryAfter, configuration: configuration))]
    }
}

extension RLSConfiguration {
    /// Whether an event package is served; compared byte by byte (R6665-10).
    func serves(_ event: SIPBytes) -> Bool {
        self.eventPackages.contains { $0.name.utf8.elementsEqual(event) }
    }
}
