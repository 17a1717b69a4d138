// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// Sends the NOTIFY of a list dialog if one is due, and sets its timer.
    mutating func pump(_ dialog: ListDialog, now: RLSInstant, _ actions: inout [RLSAction]) {
        // Nothing is sent while the dialog waits for the store, or when it stays behind in it.
        guard !dialog.work.isCommitting, self.drain != .keepDialogs else {
            self.dialogTimers.cancel(dialog.slot)
            return
        }
        // R6665-31. A refresh that is being handled has come in time: its own end decides what the watcher is told.
        guard !dialog.isAlive || !dialog.work.isBusy || now < dialog.expires else {
            self.dialogTimers.schedule(dialog.slot, at: now.advanced(by: .milliseconds(100)))
            return
        }
        switch dialog.state {
        case .active, .pending, .hidden, .ending:
            if dialog.schedule.isDue(now: now) {
                if dialog.schedule.needsFull || !dialog.changed.isEmpty || !dialog.isAlive {
                    self.sendNotify(dialog, now: now, &actions)
                } else {
                    dialog.schedule.nothingToSend(now: now)
                }
            }
        case .preparing, .dormant, .over:
            break
        }
        self.setTimer(of: dialog)
    }

    mutating func setTimer(of dialog: ListDialog) {
        var deadline: RLSInstant?
        switch dialog.state {
        case .active, .pending, .hidden:
            deadline = min(dialog.schedule.deadline ?? dialog.expires, dialog.expires)
        case .dormant:
            deadline = dialog.expires
        case .ending:
            deadline = dialog.schedule.deadline
        case .preparing, .over:
            break
        }
        if let deadline {
            self.dialogTimers.schedule(dialog.slot, at: deadline)
        } else {
            self.dialogTimers.cancel(dialog.slot)
        }
    }

    /// The timer of a list dialog: a window ends, a NOTIFY stays without outcome, the subscription expires.
    mutating func dialogDue(_ slot: UInt32, now: RLSInstant, _ actions: inout [RLSAction]) {
        guard let dialog = self.dialogs[slot], !dialog.work.isCommitting else { return }
        if let flight = dialog.schedule.flight, flight.deadline <= now {
            self.notifyFinished(
                dialog,
                sequence: flight.sequence,
                .timeout(lastCSeq: dialog.numbers.cSeq),
                now: now,
                &actions
            )
        }
        if dialog.isAlive, dialog.expires <= now, !dialog.work.isBusy {
            self.end(dialog, reason: "timeout", now: now, &actions)
        }
        guard self.dialogs[slot] === dialog else { return }
        self.pump(dialog, now: now, &actions)
    }

    /// Builds and sends the next NOTIFY.
    mutating func sendNotify(_ dialog: ListDialog, now: RLSInstant, _ actions: inout [RLSAction]) {
        if dialog.isAlive, dialog.numbers.areUsedUp {
            self.end(dialog, reason: "deactivated", now: now, &actions)
            return
        }
        var plan = self.plan
        self.plan = NotifyPlan()
        self.fill(&plan, for: dialog)
        dialog.numbers.useCSeq()
        let route = DialogRouting(target: dialog.remoteTarget, routeSet: dialog.routeSet)
        let request = self.makeNotify(dialog, plan, route, now: now)
        dialog.numbers.useVersion()
        self.clearDirty(dialog, plan)
        let sequence = self.nextTransaction()
        dialog.schedule.sent(sequence, now: now, outcomeTimeout: self.configuration.outcomeTimeout)
        if !dialog.changed.isEmpty, dialog.isAlive {
            dialog.schedule.moreToSend()
        }
        if plan.oversized > 0 {
            self.events.append(
                RLSEvent(.stateTooLarge, subject: dialog.presentityURI, count: plan.oversized)
            )
        }
        self.events.append(RLSEvent(.notifySent, subject: dialog.presentityURI, count: plan.resources.count))
        actions.append(
            .sendRequest(
                RLSOutboundRequest(
                    transaction: RLSTransactionID(
                        shard: self.shard,
                        owner: .listDialog,
                        slot: dialog.slot,
                        sequence: sequence
                    ),
                    request: request,
                    destination: NotifyDestination.destination(
                        of: dialog,
                        firstHop: route.firstHop,
                        wantsStream: self.wantsStream(request)
                    )
                )
            )
        )
        self.plan = plan
        self.raiseCeilings(of: dialog)
        if !dialog.isAlive {
            dialog.hasSentLast = true
            self.detachRows(of: dialog)
        }
    }

    private func wantsStream(_ notify: SIPRequest) -> Bool {
        self.configuration.preferStreamAbove.map { notify.body.count > $0 } ?? false
    }

    /// The resources of the NOTIFY leave the set of changed ones; postponed ones stay in it.
    private mutating func clearDirty(_ dialog: ListDialog, _ plan: NotifyPlan) {
        let changed = dialog.changed
        dialog.changed = EntrySet()
        changed.forEach { self.backends[dialog.rows[Int($0)]].flags.remove(.dirty) }
        for slot in plan.postponed {
            self.setDirty(slot, in: dialog)
        }
        if dialog.package.deltaBodies {
            for resource in plan.resources where resource.slot != BackendRow.noEntry {
                let wasIncomplete = self.backends[resource.slot].flags.contains(.incomplete)
                self.backends[resource.slot].flags.remove(.incomplete)
                guard resource.shown == .state || wasIncomplete else { continue }
                if resource.shown == .state { self.releaseDelta(resource) }
                if dialog.deltas.count(of: resource.slot) > 0 {
                    self.setDirty(resource.slot, in: dialog)
                }
            }
        }
    }

    private mutating func releaseDelta(_ resource: NotifyPlan.Resource) {
        self.bodies.release(resource.body)
        self.strings.release(resource.contentType)
    }
}
