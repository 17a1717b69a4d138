// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// List dialogs that a change may concern, to be authorised and resolved again.
    ///
    /// A dialog that is being handled, or waits for the store, is looked at again when that has ended: ask
    /// ``dialogsToRecheck()`` after each confirmed or aborted change.
    public mutating func dialogs(affectedBy scope: RLSListScope, now: RLSInstant) -> [RLSDialogTicket] {
        var tickets: [RLSDialogTicket] = []
        switch scope {
        case .documents(let keys):
            var slots: Set<UInt32> = []
            for key in keys {
                slots.formUnion(self.dialogs.slots(ofDocument: key))
            }
            for slot in slots.sorted() {
                self.appendRecheck(self.dialogs[slot], to: &tickets)
            }
        case .owner(let owner):
            let wanted = owner.addressOfRecord
            for dialog in self.dialogs.all {
                guard case .user(let user)? = dialog.service?.owner, user.addressOfRecord == wanted else { continue }
                self.appendRecheck(dialog, to: &tickets)
            }
        case .everything:
            for dialog in self.dialogs.all {
                self.appendRecheck(dialog, to: &tickets)
            }
        }
        return tickets
    }

    /// Rechecks that had to wait.
    public mutating func dialogsToRecheck() -> [RLSDialogTicket] {
        guard self.hasPostponedRechecks else { return [] }
        self.hasPostponedRechecks = false
        var tickets: [RLSDialogTicket] = []
        for dialog in self.dialogs.all where dialog.work.wantsRecheck {
            dialog.work.wantsRecheck = false
            self.appendRecheck(dialog, to: &tickets)
        }
        return tickets
    }

    private mutating func appendRecheck(_ dialog: ListDialog?, to tickets: inout [RLSDialogTicket]) {
        guard let dialog, dialog.isAlive, dialog.state != .dormant, dialog.state != .preparing else { return }
        guard !dialog.work.isBusy else {
            dialog.work.wantsRecheck = true
            self.hasPostponedRechecks = true
            return
        }
        tickets.append(self.ticket(dialog, purpose: .recheck, needsVerdict: true, needsList: true))
    }

    /// Applies what the plugs said of a dialog that was looked at again or is to be woken.
    ///
    /// A recheck is done at once. A wake-up first stores new ceilings for CSeq and version.
    public mutating func prepareRecheck(
        _ ticket: RLSDialogTicket,
        verdict: RLSAuthorization,
        answer: RLSListAnswer,
        now: RLSInstant
    ) -> RLSPreparation {
        guard let dialog = self.dialog(ticket.dialog), dialog.isAlive else { return .done([]) }
        if ticket.purpose == .wake {
            return self.prepareWake(dialog, verdict: verdict, answer: answer, now: now)
        }
        // A SUBSCRIBE has come in between: it has asked the plugs itself, later than we did.
        guard !dialog.work.isBusy else { return .done([]) }
        var actions: [RLSAction] = []
        if verdict == .deny {
            self.end(dialog, reason: "rejected", now: now, &actions)
            return .done(actions)
        }
        var list: RLSResolvedList?
        switch answer {
        case .list(let service, let found):
            dialog.service = service
            list = self.served(found, presentityURI: dialog.presentityURI)
        case .gone:
            self.end(dialog, reason: "noresource", now: now, &actions)
            return .done(actions)
        case .unchanged, .failed, .notAsked:
            break
        }
        self.apply(verdict: verdict, list: list, to: dialog, now: now)
        self.pump(dialog, now: now, &actions)
        self.sendPaced(limit: self.configuration.backendBurst, now: now, &actions)
        return .done(actions)
    }
}
