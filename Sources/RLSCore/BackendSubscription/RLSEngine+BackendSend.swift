// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// Sends back-end SUBSCRIBEs whose turn it is, at most `limit`.
    mutating func sendPaced(limit: Int, now: RLSInstant, _ actions: inout [RLSAction]) {
        var sent = 0
        var draft: SubscribeDraft?
        while sent < limit, let waiting = self.pacer.next(now: now) {
            guard self.backends.contains(waiting.slot) else { continue }
            let row = self.backends[waiting.slot]
            guard row.serial == waiting.serial, let dialog = self.dialogs[row.list] else { continue }
            // No request is sent for a list dialog that waits for the store. Its rows leave the queue meanwhile: while
            // they stood there, the next deadline would be now.
            guard !dialog.work.isCommitting else {
                dialog.work.defer(turn: waiting)
                continue
            }
            switch row.state {
            case .queued:
                self.sendFirst(waiting.slot, dialog: dialog, now: now, &draft, &actions)
                sent += 1
            case .refreshQueued:
                self.sendRefresh(waiting.slot, dialog: dialog, now: now, &draft, &actions)
                sent += 1
            case .endQueued:
                self.sendEnd(waiting.slot, dialog: dialog, now: now, &draft, &actions)
                sent += 1
            case .vacant, .subscribing, .accepted, .notified, .active, .refreshing, .refreshed, .waiting, .stopped,
                .abandoned, .ending:
                break
            }
        }
    }

    /// The store has answered: rows of the dialog that missed their turn queue again.
    mutating func resumeTurns(of dialog: ListDialog) {
        for waiting in dialog.work.takeTurns() where self.backends[waiting.slot].serial == waiting.serial {
            let row = self.backends[waiting.slot]
            self.pacer.enqueue(waiting, hop: row.hop, urgent: row.state != .queued)
        }
    }

    private mutating func sendFirst(
        _ slot: UInt32,
        dialog: ListDialog,
        now: RLSInstant,
        _ draft: inout SubscribeDraft?,
        _ actions: inout [RLSAction]
    ) {
        // RFC 6665 4.1.2.2: a new attempt has a new Call-ID and From tag.
        self.backends[slot].tagNonce = self.nonce()
        self.backends[slot].localCSeq = 0
        self.backends[slot].state = .subscribing
        self.backends[slot].began = Self.wholeSeconds(now)
        self.backends[slot].expires = .distantFuture
        self.send(slot, expires: self.backends[slot].asked, dialog: dialog, now: now, &draft, &actions)
    }

    private mutating func sendRefresh(
        _ slot: UInt32,
        dialog: ListDialog,
        now: RLSInstant,
        _ draft: inout SubscribeDraft?,
        _ actions: inout [RLSAction]
    ) {
        self.backends[slot].state = .refreshing
        self.backends[slot].flags.remove([.notifySeen, .wantsRefresh])
        self.send(slot, expires: self.backends[slot].asked, dialog: dialog, now: now, &draft, &actions)
    }

    private mutating func sendEnd(
        _ slot: UInt32,
        dialog: ListDialog,
        now: RLSInstant,
        _ draft: inout SubscribeDraft?,
        _ actions: inout [RLSAction]
    ) {
        self.clearInFlight(slot)
        self.backends[slot].state = .ending
        self.backends[slot].flags.remove(.notifySeen)
        self.send(slot, expires: 0, dialog: dialog, now: now, &draft, &actions)
    }

    private mutating func send(
        _ slot: UInt32,
        expires: UInt32,
        dialog: ListDialog,
        now: RLSInstant,
        _ draft: inout SubscribeDraft?,
        _ actions: inout [RLSAction]
    ) {
        self.backends[slot].localCSeq += 1
        self.backends[slot].sequence = self.nextTransaction()
        self.backends[slot].due = now.advanced(by: self.configuration.timerN)
        self.backends[slot].flags.insert(.inFlight)
        let row = self.backends[slot]
        self.pacer.sent(hop: row.hop)
        let (request, destination) = self.makeSubscribe(row, slot: slot, expires: expires, dialog: dialog, &draft)
        actions.append(
            .sendRequest(
                RLSOutboundRequest(
                    transaction: RLSTransactionID(
                        shard: self.shard,
                        owner: .backend,
                        slot: slot,
                        sequence: row.sequence
                    ),
                    request: request,
                    destination: destination
                )
            )
        )
        self.setTimer(ofRow: slot, now: now)
    }

    /// The SUBSCRIBE on behalf of the watcher (RFC 6665 §4.1.2, RFC 4662 §4.5).
    private func makeSubscribe(
        _ row: BackendRow,
        slot: UInt32,
        expires: UInt32,
        dialog: ListDialog,
        _ kept: inout SubscribeDraft?
    ) -> (SIPRequest, RLSDestination) {
        let target = self.strings[row.target]
        let inDialog = row.hasDialog ? self.dialogRouting(row) : nil
        let draft = self.draft(
            SubscribeDraft.Key(
                dialog: dialog.slot,
                // R3261-19: by the Request-URI and the first Route.
                isSecure: target.starts(with: "sips:".utf8) || inDialog?.routing.isSecure ?? false,
                isInDialog: row.hasDialog,
                expires: expires
            ),
            dialog: dialog,
            &kept
        )
        var request = SIPRequest(.subscribe, uri: (inDialog?.routing.requestURI ?? target)[...], reserving: 640)
        for route in inDialog?.routing.routes ?? [] {
            request.headers.append(.route, route)
        }
        request.headers.append(.from) { output in
            output.append(contentsOf: draft.from)
            self.token(.backendTag, slot: slot, nonce: row.tagNonce).write(into: &output)
        }
        request.headers.append(.to) { output in
            output.append(UInt8(ascii: "<"))
            output.append(contentsOf: target)
            output.append(UInt8(ascii: ">"))
            if !row.remoteTag.isNone {
                output.append(contentsOf: ";tag=".utf8)
                self.tags.write(row.remoteTag, into: &output)
            }
        }
        request.headers.append(.callID) { output in
            self.token(.backendCallID, slot: slot, nonce: self.keyedHash(row.tagNonce)).write(into: &output)
        }
        request.headers.append(.cSeq) { output in
            SIPText.writeDecimal(UInt64(row.localCSeq), into: &output)
            output.append(contentsOf: " SUBSCRIBE".utf8)
        }
        request.headers.append(contentsOf: draft.headers)
        return (request, inDialog?.destination ?? self.firstDestination(target))
    }

    private func draft(
        _ key: SubscribeDraft.Key,
        dialog: ListDialog,
        _ kept: inout SubscribeDraft?
    ) -> SubscribeDraft {
        if let draft = kept, draft.key == key {
            return draft
        }
        let draft = SubscribeDraft(key, dialog: dialog, configuration: self.configuration)
        kept = draft
        return draft
    }

    private func token(_ kind: DialogToken.Kind, slot: UInt32, nonce: UInt64) -> DialogToken {
        DialogToken(kind, node: self.configuration.node, shard: self.shard, slot: slot, nonce: nonce)
    }

    private func firstDestination(_ target: [UInt8]) -> RLSDestination {
        if let server = self.configuration.presenceServer {
            return .presenceServer(server)
        }
        // It was a URI when the list was resolved.
        return (try? SIPURI(bytes: target[...])).map { .uri($0) } ?? .uri(SIPURI.invalid)
    }

    /// The way inside the dialog: route set and remote target of the NOTIFY (R6665-63).
    private func dialogRouting(_ row: BackendRow) -> (routing: DialogRouting, destination: RLSDestination)? {
        guard let contact = try? SIPNameAddr(parsing: self.strings[row.contact][...]) else { return nil }
        let routeSet = SIPCommaList.split(self.strings[row.routeSet][...])
            .map { String(decoding: $0, as: UTF8.self) }
        let routing = DialogRouting(target: contact.uri, routeSet: routeSet)
        return (routing, .uri(routing.firstHop ?? contact.uri))
    }
}

extension SIPURI {
    /// Cannot be reached; stands where a URI is needed that was checked long before.
    fileprivate static var invalid: SIPURI {
        guard let uri = try? SIPURI("sip:invalid.invalid") else { preconditionFailure("a constant that parses") }
        return uri
    }
}
