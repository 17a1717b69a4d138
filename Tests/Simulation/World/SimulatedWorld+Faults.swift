// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// What changes and what goes wrong.
extension SimulatedWorld {
    func act() {
        guard !self.isHealed, self.actionCount < self.settings.actionLimit else { return }
        self.actionCount += 1
        self.schedule(.act, in: self.untilNextAction())
        let die = self.settings.hasFaults ? self.random.pick(0...999) : self.random.pick(0...739)
        switch die {
        case ..<650: self.changeState()
        case ..<700: self.changeList()
        case ..<725: self.changeMind()
        case ..<740: self.changeVerdict()
        case ..<772: self.worsenNetwork()
        case ..<780: self.beginLie()
        case ..<810: self.cutPresence()
        case ..<840: self.cutPhone()
        case ..<860: self.stopResolver()
        case ..<880: self.stopStore()
        case ..<910: self.spoilMood()
        case ..<940: self.changeManners()
        case ..<965: self.endResource()
        case ..<975: self.restartPresence()
        case ..<985: self.movePhone()
        case ..<993: self.crash()
        default: self.stopCleanly()
        }
    }

    /// As the pace says. In an hour that shall be quiet, not before the next one when there has been enough, and sooner when
    /// there will not be enough otherwise.
    private func untilNextAction() -> Duration {
        var pace = self.settings.pace
        let left = self.hourEnd.duration(since: self.now)
        if let enough = self.settings.messagesPerHour, left > .seconds(1) {
            guard self.messagesThisHour < enough else {
                return left + .seconds(self.random.pick(1...600))
            }
            if left < .seconds(1200) { pace = min(pace, 1000) }
        }
        return .milliseconds(self.random.pick(100...(pace * 2 - 100)))
    }

    private func changeState() {
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

    private func changeList() {
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

    private func changeMind() {
        let index = self.random.pick(0...(self.phones.count - 1))
        self.phones[index].wantsList.toggle()
        self.note("phone\(index) wants its list: \(self.phones[index].wantsList)")
        self.subscribe(index)
    }

    private func worsenNetwork() {
        self.network.conditions.loss = [0.01, 0.05, 0.2][self.random.pick(0...2)]
        self.network.conditions.duplication = [0, 0.05, 0.2][self.random.pick(0...2)]
        self.network.conditions.delay = 1...[20, 200, 3000][self.random.pick(0...2)]
        self.network.conditions.transportErrors = [0, 0, 0.02][self.random.pick(0...2)]
        self.schedule(.repair(.network), in: .seconds(self.random.pick(5...200)))
    }

    private func cutPresence() {
        let index = self.random.pick(0...(self.presence.count - 1))
        self.network.cutOff.insert(.presence(index))
        self.note("pa\(index) is cut off")
        self.schedule(.repair(.presence(index)), in: .seconds(self.random.pick(1...300)))
    }

    private func cutPhone() {
        let index = self.random.pick(0...(self.phones.count - 1))
        self.network.cutOff.insert(.watcher(index))
        self.note("phone\(index) is cut off")
        self.schedule(.repair(.phone(index)), in: .seconds(self.random.pick(1...150)))
    }

    private func stopResolver() {
        self.resolver.isDown = true
        self.note("resolver down")
        self.schedule(.repair(.resolver), in: .seconds(self.random.pick(1...60)))
    }

    private func stopStore() {
        switch self.random.pick(0...4) {
        case 0, 1: self.store.isDown = true
        case 2, 3: self.store.isStalled = true
        default: self.store.isRejecting = true
        }
        self.note(
            "store: down \(self.store.isDown) stalled \(self.store.isStalled) rejecting \(self.store.isRejecting)"
        )
        self.schedule(.repair(.store), in: .seconds(self.random.pick(1...60)))
    }

    private func spoilMood() {
        let index = self.random.pick(0...(self.phones.count - 1))
        let moods: [Phone.Mood] = [.silent, .refusing(503), .refusing(500), .refusing(481), .refusing(486)]
        self.phones[index].mood = moods[self.random.pick(0...4)]
        self.note("phone\(index) is \(self.phones[index].mood)")
        self.schedule(.repair(.mood(index)), in: .seconds(self.random.pick(1...60)))
    }

    private func changeManners() {
        let resource = self.resource(self.random.pick(0...(self.settings.resources - 1)))
        var manners = PresenceManners()
        switch self.random.pick(0...7) {
        case 0: manners.refusal = [503, 480, 500][self.random.pick(0...2)]
        case 1:
            manners.retryAfter = 20
            manners.refusal = 503
        case 2: manners.minExpires = 900
        case 3: manners.longestGrant = 90
        case 4: manners.withholdsNotify = true
        case 5: manners.beginsEmpty = true
        case 6: manners.forks = true
        default: manners.omitsExpires = true
        }
        manners.notifiesFirst = self.random.chance(0.5)
        self.note("manners of \(resource): \(manners)")
        self.presence[self.presenceIndex(of: resource)].setManners(manners, of: resource)
        self.schedule(.repair(.manners(resource)), in: .seconds(self.random.pick(5...300)))
    }

    private func endResource() {
        let resource = self.resource(self.random.pick(0...(self.settings.resources - 1)))
        let server = self.presenceIndex(of: resource)
        let reason = ["deactivated", "probation", "timeout", "giveup"][self.random.pick(0...3)]
        self.note("\(resource) ends: \(reason)")
        for notify in self.presence[server].end(resource, reason: reason, at: self.now) {
            self.presenceSends(notify, server)
        }
    }

    private func restartPresence() {
        let index = self.random.pick(0...(self.presence.count - 1))
        self.note("pa\(index) restarts")
        self.presence[index].restart()
    }

    private func movePhone() {
        let index = self.random.pick(0...(self.phones.count - 1))
        self.phones[index].contactCount += 1
        let contact = "sip:phone\(index)@192.0.2.\(index + 10):\(5060 + self.phones[index].contactCount)"
        self.phones[index].watcher.move(to: contact)
        self.subscribe(index)
    }

    private func crash() {
        self.note("the server crashes")
        self.host.crash()
        self.startAgain()
    }

    private func stopCleanly() {
        let mode = self.random.chance(0.3) ? RLSShutdown.endDialogs : .keepDialogs
        self.note("the server is stopped: \(mode)")
        self.isStopping = true
        self.isDraining = self.isDraining || mode == .endDialogs
        self.host.beginStop(mode)
        self.awaitStop(self.host.generation, 0)
    }

    /// The next process begins when the one before has ended, or after 20 s: then it is killed.
    func awaitStop(_ generation: Int, _ count: Int) {
        guard generation == self.host.generation else { return }
        guard self.host.isStopped || count >= 40 else {
            return self.schedule(.stopping(generation: generation, count + 1), in: .milliseconds(500))
        }
        self.note("the server has stopped")
        self.host.crash()
        self.startAgain()
    }

    private func startAgain() {
        self.restarts += 1
        self.isStopping = false
        self.network.crash(.server)
        let stored = Set(self.host.storedDialogs.map(\.callID))
        let isDraining = self.isDraining
        let now = self.now
        let mayHaveEnded = self.mayHaveEnded
        for index in self.phones.indices {
            self.phones[index].withWatchers { watcher in
                let callID = watcher.options.callID
                let hasRecord = stored.contains(callID)
                if isDraining, !hasRecord { self.drained.insert(callID) }
                // Whether the last NOTIFY has left nobody knows.
                let mayBeOver = isDraining || mayHaveEnded[callID] != nil
                watcher.serverRestarted(hasRecord: hasRecord, isOver: mayBeOver && !hasRecord, at: now)
            }
        }
        self.isDraining = false
        self.dormant = stored
        self.storedDialogs = self.host.storedDialogs
        self.startHost(generation: self.host.generation + 1)
    }

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
