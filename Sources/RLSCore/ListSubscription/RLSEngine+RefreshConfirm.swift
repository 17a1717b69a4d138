// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// What a refresh changes when it is confirmed.
extension RLSEngine {
    mutating func confirmRefresh(
        _ dialog: ListDialog,
        _ refresh: PendingRefresh,
        now: RLSInstant,
        _ actions: inout [RLSAction]
    ) {
        let subscribe = refresh.subscribe
        // RFC 3261 12.2.2: a target refresh replaces the remote target, never the route set.
        let hasNewTarget = subscribe.contact != dialog.remoteTarget || subscribe.path != dialog.path
        if hasNewTarget {
            dialog.remoteTarget = subscribe.contact ?? dialog.remoteTarget
            dialog.path = subscribe.path
            dialog.localContact = LocalContact.forWatcher(subscribe, configuration: self.configuration)
        }
        actions.append(.reply(self.accepted(subscribe, in: dialog, granted: refresh.granted)))
        dialog.schedule.subscribeAccepted(hasNewTarget: hasNewTarget)
        switch refresh.result {
        case .ends(let reason, let list):
            // The record is deleted already, together with this commit.
            dialog.isStored = false
            if refresh.wakes, let list {
                self.showWithoutState(list, in: dialog)
            }
            self.end(dialog, reason: reason, now: now, &actions)
        case .goesOn(let verdict, let list, let service):
            dialog.expires = now.advanced(seconds: refresh.granted)
            if subscribe.request.headers.first(.accept) != nil {
                self.setAccept(of: dialog, from: subscribe.request)
            }
            dialog.service = service ?? dialog.service
            self.events.append(RLSEvent(.listRefreshed, subject: dialog.presentityURI))
            if refresh.wakes {
                self.wake(dialog, verdict: verdict ?? .allow, list: list, now: now)
                // R6665-25: the 2xx has its NOTIFY at once, whatever the back-ends are about to say.
                dialog.schedule.fullStateWanted()
            } else {
                self.apply(verdict: verdict, list: list, to: dialog, now: now)
                self.refreshForWatcher(dialog, now: now)
            }
            self.pump(dialog, now: now, &actions)
        }
        self.sendPaced(limit: self.configuration.backendBurst, now: now, &actions)
    }

    /// Applies a verdict and a list to a running dialog; what the watcher sees becomes full state.
    mutating func apply(
        verdict: RLSAuthorization?,
        list: RLSResolvedList?,
        to dialog: ListDialog,
        now: RLSInstant
    ) {
        let old = dialog.state
        // Nothing to show yet: the list could not be had. It stays as it was until the next question.
        let lacksList = verdict == .allow && list == nil && dialog.list == nil
        if let verdict, !lacksList {
            dialog.state = Self.state(for: verdict)
        }
        if dialog.state != old {
            dialog.schedule.fullStateWanted()
            self.save(dialog)
        }
        guard dialog.state == .active else {
            if dialog.list != nil {
                self.dropList(of: dialog, now: now)
            }
            return
        }
        guard let list else { return }
        if dialog.list == nil {
            self.adopt(list, for: dialog, now: now)
            dialog.schedule.beginFill(outstanding: self.awaitingRows(of: dialog))
            dialog.schedule.fullStateWanted()
        } else if self.replaceList(list, of: dialog, now: now) {
            // R4662-56: removed members disappear only with full state.
            dialog.schedule.fullStateWanted()
            self.resynchronize(dialog, now: now)
        }
    }

    /// What a watcher's refresh asks of its back-ends: delta packages need full documents again (R4662-58), and
    /// those that were told not to retry are tried once when an hour has passed.
    private mutating func refreshForWatcher(_ dialog: ListDialog, now: RLSInstant) {
        for slot in dialog.rows {
            let row = self.backends[slot]
            if row.state == .stopped, now >= row.due {
                self.queueFirst(slot, now: now)
            } else if dialog.package.deltaBodies || self.configuration.nestedLists {
                self.wantFullDocument(slot, dialog: dialog, now: now)
            }
        }
    }
}
