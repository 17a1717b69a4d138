// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// Who may see which list, and what of it may be shown.
extension SimulatedWorld {
    /// What the authoriser says of a list.
    struct Verdicts {
        /// Lists without a row are allowed.
        var byList: [String: RLSAuthorization] = [:]
        /// When `.allow` was said last.
        var allowedAt: [String: RLSInstant] = [:]
        /// Since when a watcher has been told that it has to wait, by Call-ID.
        var pendingSince: [String: RLSInstant] = [:]
        /// What was said last.
        var lastAnswer: [String: RLSAuthorization] = [:]
    }

    /// Asks the authoriser.
    func verdict(_ list: String) -> RLSAuthorization {
        let verdict = self.verdicts.byList[list] ?? .allow
        if self.verdicts.lastAnswer.updateValue(verdict, forKey: list) ?? .allow != verdict {
            self.membersBecomeNew(list)
        }
        if verdict == .allow {
            self.verdicts.allowedAt[list] = self.now
        } else {
            self.awakened.insert(list)
        }
        if verdict == .deny { self.mayEnd(list) }
        return verdict
    }

    func changeVerdict() {
        let index = self.random.pick(0...(self.phones.count - 1))
        let verdict: RLSAuthorization = [.pending, .deny, .hide][self.random.pick(0...2)]
        self.setVerdict(verdict, of: self.phones[index].list)
        self.schedule(.repair(.verdict(self.phones[index].list)), in: .seconds(self.random.pick(5...600)))
    }

    func setVerdict(_ verdict: RLSAuthorization, of list: String) {
        self.note("verdict of \(list): \(verdict)")
        self.verdicts.byList[list] = verdict
        self.membersBecomeNew(list)
        // Without a hint it is found out at the next refresh.
        if self.random.chance(0.7) { self.host.listsChanged([list]) }
    }

    /// Members that were hidden come back as new ones, whether or not a NOTIFY has said in between that they were gone.
    func membersBecomeNew(_ list: String) {
        for index in self.phones.indices where self.phones[index].list == list {
            self.phones[index].withWatchers { $0.listChanged(to: []) }
        }
    }

    /// Once a watcher has been told to wait, nothing is shown until the authoriser has allowed it again.
    func checkVerdict(_ request: SIPRequest, _ body: RLSListNotification, _ callID: String, _ list: String) {
        let state = (try? request.subscriptionState) ?? nil
        guard body.rlmi.resources.isEmpty else {
            // What was asked before may still have waited for the resolver or the store then.
            let patience = Duration.seconds(10)
            if let since = self.verdicts.pendingSince.removeValue(forKey: callID),
                (self.verdicts.allowedAt[list] ?? .zero).advanced(by: patience) < since
            {
                self.fail("R4662-31", "\(callID) shows entries although nobody has allowed it")
            }
            if state?.state == .pending {
                self.fail("R4662-31", "\(callID) is told to wait, and shown entries")
            }
            return
        }
        if state?.state == .pending, self.verdicts.pendingSince[callID] == nil {
            self.verdicts.pendingSince[callID] = self.now
        }
    }
}
