// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit

/// What changes and is no fault.
extension SimulatedWorld {
    func changeState() {
        let resource = self.resource(self.random.pick(0...(self.settings.resources - 1)))
        let watcher = self.phones[self.random.pick(0...(self.phones.count - 1))].identity
        let server = self.presenceIndex(of: resource)
        let key = "\(watcher) \(resource)"
        if case .terminated = self.truth(of: resource, for: watcher) {
            // Nobody asks again for an hour or more.
            guard self.random.chance(0.3) else { return }
            self.forgivenAt[key] = self.now
        }
        let truth: PresenceTruth
        switch self.random.pick(0...99) {
        case 0: truth = .terminated(reason: "rejected")
        case 1...4: truth = .pending
        default:
            self.sequences[key, default: 0] += 1
            truth = .active(self.sequences[key] ?? 0)
        }
        self.note("truth of \(resource) for \(watcher): \(truth)")
        for notify in self.presence[server].change(truth, of: resource, for: watcher, at: self.now) {
            self.presenceSends(notify, server)
        }
    }

    func changeList() {
        self.changeList(of: self.random.pick(0...(self.phones.count - 1)))
    }

    func changeList(of phone: Int) {
        let list = self.phones[phone].list
        let entries = self.someResources()
        // What comes back is new, also when the last NOTIFY still had it because its list was resolved before.
        let staying = (self.lists[list]?.entries ?? []).filter { entries.contains($0) }
        self.resolver.former[list] = self.lists[list]?.entries
        self.lists[list]?.entries = entries
        self.lists[list]?.revision += 1
        self.note("list of phone\(phone): \(entries)")
        self.phones[phone].withWatchers { $0.listChanged(to: staying) }
        self.host.listsChanged([list])
    }

    func changeMind() {
        let index = self.random.pick(0...(self.phones.count - 1))
        self.phones[index].wantsList.toggle()
        self.note("phone\(index) wants its list: \(self.phones[index].wantsList)")
        self.subscribe(index)
    }

    func movePhone() {
        let index = self.random.pick(0...(self.phones.count - 1))
        self.phones[index].contactCount += 1
        let contact = "sip:phone\(index)@192.0.2.\(index + 10):\(5060 + self.phones[index].contactCount)"
        self.phones[index].watcher.move(to: contact)
        self.subscribe(index)
    }
}
