// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import Testing

@testable import ResourceListServer

@Suite struct StateFlushTests {
    private func at(_ milliseconds: UInt64) -> RLSInstant {
        RLSInstant(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func isOpenFromItsBeginningToItsEnd() {
        var flush = StateFlush(interval: .seconds(5))
        #expect(!flush.isOpen(now: self.at(0)))
        flush.begin(now: self.at(0))
        #expect(flush.isOpen(now: self.at(0)))
        flush.end()
        #expect(!flush.isOpen(now: self.at(0)))
        #expect(flush.wrote(since: self.at(0), now: self.at(40), isHurried: false) == nil)
    }

    @Test("A pause is as long as the batch before it, until half of the interval has passed")
    func pauses() {
        var flush = StateFlush(interval: .seconds(5))
        flush.begin(now: self.at(1000))
        #expect(flush.wrote(since: self.at(1000), now: self.at(1040), isHurried: false) == self.at(1080))
        #expect(!flush.isOpen(now: self.at(1079)))
        #expect(flush.isOpen(now: self.at(1080)))
        // That it is due once more does not begin it anew.
        flush.begin(now: self.at(1080))
        #expect(flush.wrote(since: self.at(3400), now: self.at(3499), isHurried: false) == self.at(3598))
        #expect(flush.wrote(since: self.at(3598), now: self.at(3600), isHurried: false) == nil)
        #expect(flush.isOpen(now: self.at(3600)))
    }

    @Test func hurriesWhenSomebodyWaits() {
        var flush = StateFlush(interval: .seconds(5))
        flush.begin(now: self.at(0))
        #expect(flush.wrote(since: self.at(0), now: self.at(40), isHurried: true) == nil)
        #expect(flush.isOpen(now: self.at(40)))
        // One that was made before somebody waited.
        #expect(flush.wrote(since: self.at(40), now: self.at(80), isHurried: false) != nil)
        flush.hurry()
        #expect(flush.isOpen(now: self.at(80)))
    }

    @Test func aBatchThatTakesNoTimeHasNoPause() {
        var flush = StateFlush(interval: .seconds(5))
        flush.begin(now: self.at(0))
        #expect(flush.wrote(since: self.at(0), now: self.at(0), isHurried: false) == nil)
    }
}
