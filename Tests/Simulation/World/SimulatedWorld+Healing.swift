// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit

/// Faults end, one by one or all.
extension SimulatedWorld {
    func repair(_ repair: Repair) {
        switch repair {
        case .presence(let index): self.network.cutOff.remove(.presence(index))
        case .phone(let index): self.network.cutOff.remove(.watcher(index))
        case .network: self.network.conditions = .init()
        case .resolver: self.resolver.isDown = false
        case .lie: self.endLie()
        case .store:
            self.store.isDown = false
            self.store.isStalled = false
            self.store.isRejecting = false
        case .mood(let index): self.phones[index].mood = .good
        case .manners(let resource):
            if !self.isHealed { self.presence[self.presenceIndex(of: resource)].setManners(nil, of: resource) }
        case .verdict(let list): if !self.isHealed { self.setVerdict(.allow, of: list) }
        }
    }

    /// Ends all faults; nothing changes from now on.
    func heal() {
        self.isHealed = true
        self.network.conditions = .init()
        self.network.cutOff = []
        self.resolver.isDown = false
        self.endLie()
        self.store.isDown = false
        self.store.isStalled = false
        self.store.isRejecting = false
        for list in self.verdicts.byList.keys.sorted() { self.membersBecomeNew(list) }
        self.verdicts.byList = [:]
        self.host.listsChanged(self.phones.map(\.list))
        for index in self.phones.indices {
            self.phones[index].mood = .good
            self.phones[index].wantsList = true
            self.schedule(.subscribe(phone: index), in: .seconds(1))
        }
        for index in 0..<self.settings.resources {
            let resource = self.resource(index)
            // Allowed at any time (RFC 6665 4.1.2.4), so half of them go on with it.
            var manners = PresenceManners()
            manners.notifiesFirst = index % 2 == 0
            self.presence[self.presenceIndex(of: resource)].setManners(manners, of: resource)
        }
    }

    /// All watchers leave.
    func leave() {
        for index in self.phones.indices {
            self.phones[index].wantsList = false
            self.subscribe(index)
        }
    }
}
