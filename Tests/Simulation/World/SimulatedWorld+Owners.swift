// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// Which list dialogs a back-end subscription may belong to, as far as the network shows it.
///
/// A back-end SUBSCRIBE names the watcher and the resource, not the dialog. But one that is sent while a dialog has to be
/// silent is not that dialog's, nor are those that follow it; so in the end one dialog is left, or none.
struct BackendOwners {
    /// Dialogs that this process of the server may have, by their watcher.
    private var dialogs: [String: Set<RLSDialogKey>] = [:]
    /// By Call-ID of the back-end subscription.
    private var candidates: [String: Set<RLSDialogKey>] = [:]

    /// More are not remembered: those that have failed are never heard of again.
    private static let limit = 4096

    mutating func began(_ dialog: RLSDialogKey, watcher: String) {
        self.dialogs[watcher, default: []].insert(dialog)
    }

    /// Its last NOTIFY has left: it begins no subscription any more.
    mutating func ended(_ dialog: RLSDialogKey, watcher: String) {
        self.dialogs[watcher]?.remove(dialog)
    }

    /// A request of a back-end subscription is sent.
    ///
    /// - Parameter maySend: whether this dialog may have sent it.
    /// - Returns: whether there is a dialog that may have.
    mutating func sent(_ callID: String, watcher: String, maySend: (RLSDialogKey) -> Bool) -> Bool {
        if self.candidates.count > Self.limit { self.candidates = [:] }
        let left = (self.candidates[callID] ?? self.dialogs[watcher] ?? []).filter(maySend)
        self.candidates[callID] = left
        return !left.isEmpty
    }

    /// The back-end subscription is over.
    mutating func ended(_ callID: String) { self.candidates[callID] = nil }
}

extension SimulatedWorld {
    /// A SUBSCRIBE, or a wake-up, of this dialog waits for the store now; sometimes its list changes meanwhile.
    func commitBegan(_ dialogs: [RLSDialogKey]) {
        guard let first = dialogs.first else { return }
        for dialog in dialogs {
            self.committing.insert(dialog)
            self.mayOwn(dialog)
        }
        guard !self.isHealed, let phone = self.phoneIndex(first.callID) else { return }
        self.sendWhileStoring(self.phones[phone].identity)
        guard self.random.chance(0.03) else { return }
        self.schedule(.changeList(phone: phone), in: .milliseconds(self.random.pick(0...20)))
    }

    func mayOwn(_ dialog: RLSDialogKey) {
        guard let phone = self.phoneIndex(dialog.callID) else { return }
        self.owners.began(dialog, watcher: self.phones[phone].identity)
    }

    /// No request is sent for a dialog that waits for the store, none for one that has not been woken, and none for a resource
    /// that its list never had.
    func checkOwner(_ request: SIPRequest, _ callID: String) {
        let watcher = (try? request.from)?.uri.text ?? ""
        let resource = request.toTag == nil ? self.string(request.requestURI) : nil
        let hasOwner = self.owners.sent(callID, watcher: watcher) { dialog in
            guard !self.committing.contains(dialog), let phone = self.phoneIndex(dialog.callID) else { return false }
            let list = self.phones[phone].list
            if self.dormant.contains(dialog.callID), !self.awakened.contains(list) { return false }
            return resource.map { self.resolver.hasDelivered($0, of: list) } ?? true
        }
        if !hasOwner {
            self.fail("DESIGN-3", "back-end SUBSCRIBE \(callID) of \(watcher), whose dialogs have to be silent")
        }
    }
}
