// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

extension RLSEngine {
    /// A NOTIFY whose To tag names this shard: the hot path. Waits for nothing and allocates next to nothing.
    public mutating func notifyReceived(_ request: SIPRequest, via path: SIPPath, now: RLSInstant) -> [RLSAction] {
        guard let slot = self.findRow(of: request), let dialog = self.dialogs[self.backends[slot].list] else {
            return [.reply(SIPResponse(to: request, 481))]
        }
        switch self.checkNotify(request, slot: slot, dialog: dialog, now: now) {
        case .refuse(let response):
            return [.reply(response)]
        case .repeated:
            return [.reply(SIPResponse(to: request, 200))]
        case .accept(let state):
            var actions = [RLSAction.reply(SIPResponse(to: request, 200))]
            self.apply(state, of: request, slot: slot, dialog: dialog, now: now)
            guard self.dialogs[dialog.slot] === dialog else { return actions }
            self.pump(dialog, now: now, &actions)
            return actions
        }
    }

    private enum NotifyCheck {
        case refuse(SIPResponse)
        /// A retransmission: answered again without effect (R6665-73).
        case repeated
        case accept(SIPSubscriptionState)
    }

    /// S-SPOOF: tag and Call-ID have to be known, 128 bits together; without the key neither tells the other.
    private func findRow(of request: SIPRequest) -> UInt32? {
        guard let tag = request.toTag, let token = DialogToken(tag), token.kind == .backendTag,
            self.backends.contains(token.slot), self.backends[token.slot].state != .vacant,
            self.backends[token.slot].tagNonce == token.nonce,
            let callID = request.callID, let call = DialogToken(callID), call.kind == .backendCallID,
            call.slot == token.slot, self.keyedHash(token.nonce) == call.nonce
        else { return nil }
        return token.slot
    }

    private mutating func checkNotify(
        _ request: SIPRequest,
        slot: UInt32,
        dialog: ListDialog,
        now: RLSInstant
    ) -> NotifyCheck {
        let row = self.backends[slot]
        if let refusal = self.checkEvent(request, of: dialog) { return .refuse(refusal) }
        guard let remoteTag = request.fromTag, let cSeq = try? request.cSeq,
            let state = (try? request.subscriptionState) ?? nil
        else {
            return .refuse(SIPResponse(to: request, 400))
        }
        switch row.state {
        case .subscribing, .accepted, .abandoned:
            // R6665-64: a NOTIFY makes the dialog only while Timer N runs; and it must say where to send requests.
            guard now < row.due else { return .refuse(SIPResponse(to: request, 481)) }
            guard state.state == .terminated || self.namesOneTarget(request) else {
                return .refuse(SIPResponse(to: request, 400, reason: "Missing or Malformed Contact"))
            }
            // It would stand in every request of the dialog.
            guard request.headers.first(.recordRoute) == nil || (try? request.recordRoutes) != nil else {
                return .refuse(SIPResponse(to: request, 400, reason: "Malformed Record-Route"))
            }
        case .notified, .active, .refreshQueued, .refreshing, .refreshed, .endQueued, .ending:
            // R4662-98, R6665-71: only the first of several forks has a subscription.
            guard self.tags.equals(row.remoteTag, remoteTag) else {
                return .refuse(SIPResponse(to: request, 481))
            }
        case .vacant, .queued, .waiting, .stopped:
            return .refuse(SIPResponse(to: request, 481))
        }
        if row.flags.contains(.hasRemoteCSeq), row.hasDialog {
            guard cSeq.number >= row.remoteCSeq else { return .refuse(SIPResponse(to: request, 500)) }
            guard cSeq.number > row.remoteCSeq else { return .repeated }
        }
        if let refusal = self.checkExtensions(request) ?? self.checkBody(request, row, dialog) {
            // R3261-22: refused without effect, except that the number is used up.
            if row.hasDialog {
                self.backends[slot].remoteCSeq = cSeq.number
                self.backends[slot].flags.insert(.hasRemoteCSeq)
            }
            return .refuse(refusal)
        }
        self.backends[slot].remoteCSeq = cSeq.number
        self.backends[slot].flags.insert(.hasRemoteCSeq)
        return .accept(state)
    }

    private func checkEvent(_ request: SIPRequest, of dialog: ListDialog) -> SIPResponse? {
        // Nearly all are just the name, and need not be taken apart.
        if let value = request.headers.first(.event), SIPText.equals(value, dialog.package.name) { return nil }
        guard let type = request.eventType, SIPText.equals(type, dialog.package.name) else {
            let isServed = request.eventType.map { self.configuration.serves($0) } ?? false
            return self.refusal(request, isServed ? 481 : 489)
        }
        // R6665-10: our SUBSCRIBEs have no `id`, so a NOTIFY with one belongs to another subscription.
        let event = (try? request.event) ?? nil
        return event?.id == nil ? nil : SIPResponse(to: request, 481)
    }

    /// RFC 3261 8.1.1.8: exactly one SIP or SIPS URI in a request that makes a dialog.
    private mutating func namesOneTarget(_ request: SIPRequest) -> Bool {
        request.headers.count(of: .contact) == 1
            && request.headers.first(.contact).map { self.isUsableTarget($0) } ?? false
    }

    /// Whether requests can be sent to this Contact.
    mutating func isUsableTarget(_ contact: SIPBytes) -> Bool {
        // A presence server has the same for all: spares the parsing.
        let isKnown = contact.withUnsafeBytes { new in
            self.usableContact.withUnsafeBytes { $0.hasSameBytes(as: new) && !new.isEmpty }
        }
        guard !isKnown else { return true }
        switch (try? SIPNameAddr(parsing: contact))?.uri.scheme {
        case .sip, .sips:
            self.usableContact = Array(contact)
            return true
        case .tel, .pres, .other, nil:
            return false
        }
    }

    /// R3261-08: a NOTIFY that asks for what we do not know is not understood. Lists are known when we said so.
    private func checkExtensions(_ request: SIPRequest) -> SIPResponse? {
        guard let unknown = Reply.unknownExtensions(in: request, knowsLists: self.configuration.nestedLists) else {
            return nil
        }
        var response = SIPResponse(to: request, 420)
        response.headers.append(.unsupported, unknown)
        return response
    }

    /// S-SIZE and S-BODYTYPE; a refused body leaves the resource as it was.
    private mutating func checkBody(_ request: SIPRequest, _ row: BackendRow, _ dialog: ListDialog) -> SIPResponse? {
        guard !request.body.isEmpty else { return nil }
        guard request.body.count <= self.configuration.maxBackendBodySize else {
            return SIPResponse(to: request, 413)
        }
        guard let contentType = request.headers.first(.contentType) else {
            return SIPResponse(to: request, 400, reason: "Missing Content-Type")
        }
        // R3261-09: an encoded body could not be read by the watcher, who is told nothing of the encoding.
        if request.headers.first(.contentEncoding) != nil,
            !request.contentEncodings.allSatisfy({ $0.lowercased() == "identity" })
        {
            var response = SIPResponse(to: request, 415)
            response.headers.append(.acceptEncoding, "identity")
            return response
        }
        // What was welcome before is welcome again: spares the parsing.
        let wasWelcome =
            self.strings.equals(row.contentType, contentType) || self.strings.equals(dialog.welcomeType, contentType)
        guard contentType.isEmpty || !wasWelcome else { return nil }
        guard let type = (try? request.contentType) ?? nil else {
            return SIPResponse(to: request, 400, reason: "Malformed Content-Type")
        }
        guard AcceptNegotiation.isWelcome(type, accept: dialog.backendAccept) else {
            var response = SIPResponse(to: request, 415)
            response.headers.append(.accept, dialog.backendAccept)
            return response
        }
        if dialog.isAlive, row.entry != BackendRow.noEntry {
            self.strings.release(dialog.welcomeType)
            dialog.welcomeType = self.strings.intern(contentType)
        }
        return nil
    }

    private func refusal(_ request: SIPRequest, _ status: Int) -> SIPResponse {
        Reply.refusal(request, status, tag: [], configuration: self.configuration)
    }
}
