// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit

/// What goes wrong.
extension SimulatedWorld {
    func worsenNetwork() {
        self.network.conditions.loss = [0.01, 0.05, 0.2][self.random.pick(0...2)]
        self.network.conditions.duplication = [0, 0.05, 0.2][self.random.pick(0...2)]
        self.network.conditions.delay = 1...[20, 200, 3000][self.random.pick(0...2)]
        self.network.conditions.transportErrors = [0, 0, 0.02][self.random.pick(0...2)]
        self.schedule(.repair(.network), in: .seconds(self.random.pick(5...200)))
    }

    func cutPresence() {
        let index = self.random.pick(0...(self.presence.count - 1))
        self.network.cutOff.insert(.presence(index))
        self.note("pa\(index) is cut off")
        self.schedule(.repair(.presence(index)), in: .seconds(self.random.pick(1...300)))
    }

    func cutPhone() {
        let index = self.random.pick(0...(self.phones.count - 1))
        self.network.cutOff.insert(.watcher(index))
        self.note("phone\(index) is cut off")
        self.schedule(.repair(.phone(index)), in: .seconds(self.random.pick(1...150)))
    }

    func stopResolver() {
        self.resolver.isDown = true
        self.note("resolver down")
        self.schedule(.repair(.resolver), in: .seconds(self.random.pick(1...60)))
    }

    func stopStore() {
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

    func spoilMood() {
        let index = self.random.pick(0...(self.phones.count - 1))
        let moods: [Phone.Mood] = [.silent, .refusing(503), .refusing(500), .refusing(481), .refusing(486)]
        self.phones[index].mood = moods[self.random.pick(0...4)]
        self.note("phone\(index) is \(self.phones[index].mood)")
        self.schedule(.repair(.mood(index)), in: .seconds(self.random.pick(1...60)))
    }

    func changeManners() {
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

    func endResource() {
        let resource = self.resource(self.random.pick(0...(self.settings.resources - 1)))
        let server = self.presenceIndex(of: resource)
        let reason = ["deactivated", "probation", "timeout", "giveup"][self.random.pick(0...3)]
        self.note("\(resource) ends: \(reason)")
        for notify in self.presence[server].end(resource, reason: reason, at: self.now) {
            self.presenceSends(notify, server)
        }
    }

    func restartPresence() {
        let index = self.random.pick(0...(self.presence.count - 1))
        self.note("pa\(index) restarts")
        self.presence[index].restart()
    }
}
