// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

extension SimulatedWorld {
    func service(_ uri: String) -> RLSListService? {
        guard let list = self.lists[uri], let owner = try? SIPURI(list.owner) else { return nil }
        return RLSListService(uri: uri, owner: .user(owner), location: uri)
    }

    func list(_ uri: String) -> RLSResolvedList {
        self.awakened.insert(uri)
        let list = self.lists[uri]
        let entries = (list?.entries ?? []).compactMap { uri in
            (try? SIPURI(uri)).map { RLSListEntry(uri: uri, target: $0) }
        }
        return RLSResolvedList(
            entries: entries,
            sources: [RLSDocumentVersion(key: uri, etag: String(list?.revision ?? 0))]
        )
    }

    /// Milliseconds that an authoriser or a resolver takes.
    func plugDelay() -> Int { self.random.chance(0.05) ? self.random.pick(50...900) : self.random.pick(0...10) }

    /// A SUBSCRIBE waits for the store now; sometimes its list changes meanwhile.
    func commitBegan(_ callID: String) {
        guard !self.isHealed, self.random.chance(0.03), let phone = self.phoneIndex(callID) else { return }
        self.schedule(.changeList(phone: phone), in: .milliseconds(self.random.pick(0...20)))
    }

    /// Whether the store refuses this record.
    func rejects(_ change: RLSRecordChange, isAwaited: Bool) -> Bool {
        guard self.store.isRejecting else { return false }
        switch change {
        case .putDialog: return isAwaited && self.random.chance(0.5)
        case .putState: return self.random.chance(0.5)
        case .deleteDialog, .deleteState: return false
        }
    }

    /// Milliseconds that a commit takes.
    func storeDelay() -> Int { self.store.isStalled ? self.random.pick(500...6000) : self.random.pick(1...20) }
}
