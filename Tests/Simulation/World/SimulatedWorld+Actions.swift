// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit

/// What changes or goes wrong next, and when.
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
}
