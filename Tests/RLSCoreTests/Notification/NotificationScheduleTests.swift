// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct NotificationScheduleTests {
    private func at(_ seconds: Double) -> RLSInstant {
        RLSInstant(nanoseconds: UInt64((100 + seconds) * 1e9))
    }

    private func sent(_ schedule: inout NotificationSchedule, at seconds: Double) -> UInt32 {
        let sequence = UInt32(seconds * 1000)
        schedule.sent(sequence, now: self.at(seconds), outcomeTimeout: .seconds(40))
        return sequence
    }

    @Test func aSubscribeIsAnsweredAtOnceWithFullState() {  // R6665-25, R4662-51
        var schedule = NotificationSchedule()
        schedule.subscribeAccepted(hasNewTarget: false)
        #expect(schedule.needsFull)
        #expect(schedule.isDue(now: self.at(0)))
    }

    @Test func theFirstChangeOpensAWindowAndFurtherOnesDoNotMoveIt() {
        var schedule = NotificationSchedule()
        schedule.resourceChanged(now: self.at(0), window: .seconds(5))
        schedule.resourceChanged(now: self.at(4), window: .seconds(5))
        #expect(!schedule.isDue(now: self.at(4.9)))
        #expect(schedule.isDue(now: self.at(5)))
        #expect(schedule.deadline == self.at(5))
    }

    @Test func onlyOneNotifyIsInFlight() {  // R6665-51
        var schedule = NotificationSchedule()
        schedule.subscribeAccepted(hasNewTarget: false)
        let sequence = self.sent(&schedule, at: 0)
        schedule.subscribeAccepted(hasNewTarget: false)
        #expect(!schedule.isDue(now: self.at(1)))
        let isOurs = schedule.finished(sequence)
        #expect(isOurs)
        #expect(schedule.isDue(now: self.at(1)))
    }

    @Test func aNewTargetDoesNotWaitForTheNotifyToTheOldOne() {
        var schedule = NotificationSchedule()
        schedule.subscribeAccepted(hasNewTarget: false)
        let sequence = self.sent(&schedule, at: 0)
        schedule.subscribeAccepted(hasNewTarget: true)
        #expect(schedule.isDue(now: self.at(1)))
        let isOurs = schedule.finished(sequence)
        #expect(!isOurs)
    }

    @Test func firstStatesGoOutTogetherWhenAllHaveReported() {
        var schedule = NotificationSchedule()
        schedule.beginFill(outstanding: 3)
        for second in [0.1, 0.2] {
            schedule.resourceChanged(now: self.at(second), window: .seconds(5))
            schedule.firstReported(now: self.at(second), delay: .seconds(0.5))
        }
        #expect(!schedule.isDue(now: self.at(0.3)))
        schedule.firstReported(now: self.at(0.3), delay: .seconds(0.5))
        #expect(schedule.isDue(now: self.at(0.3)))
    }

    @Test("R4662-51: the full state after a wake-up waits for first states, and for nothing when none is awaited")
    func aWakeUpWithoutAwaitedStatesIsToldAtOnce() {
        var schedule = NotificationSchedule()
        schedule.beginFill(outstanding: 1, full: true, deadline: self.at(1))
        #expect(schedule.needsFull && !schedule.isDue(now: self.at(0)))
        #expect(schedule.isDue(now: self.at(1)))
        schedule.firstReported(now: self.at(0.5), delay: .seconds(60))
        #expect(schedule.isDue(now: self.at(0.5)))
        var other = NotificationSchedule()
        other.beginFill(outstanding: 0, full: true, deadline: self.at(1))
        #expect(other.needsFull && other.isDue(now: self.at(0)))
    }

    @Test func firstStatesDoNotWaitLongerThanTheFillDelay() {
        var schedule = NotificationSchedule()
        schedule.beginFill(outstanding: 3)
        schedule.firstReported(now: self.at(1), delay: .seconds(0.5))
        #expect(!schedule.isDue(now: self.at(1.4)))
        #expect(schedule.isDue(now: self.at(1.5)))
        _ = self.sent(&schedule, at: 1.5)
        // The late ones open an ordinary window.
        schedule.resourceChanged(now: self.at(2), window: .seconds(5))
        #expect(schedule.flight != nil)
    }

    @Test(arguments: [(0, 5), (1, 10), (2, 20), (5, 160), (6, 300), (60, 300)])
    func failuresBackOff(failures: Int, seconds: Int) {
        var schedule = NotificationSchedule()
        for _ in 0..<failures {
            schedule.refused(now: self.at(0), retryAfter: nil)
        }
        schedule.refused(now: self.at(0), retryAfter: nil)
        #expect(schedule.needsFull)  // R4662-65
        #expect(!schedule.isDue(now: self.at(Double(seconds) - 0.1)))
        #expect(schedule.isDue(now: self.at(Double(seconds))))
    }

    @Test func aSuccessMakesPausesShortAgain() {
        var schedule = NotificationSchedule()
        for _ in 0..<4 {
            schedule.refused(now: self.at(0), retryAfter: nil)
        }
        schedule.succeeded()
        schedule.refused(now: self.at(100), retryAfter: nil)
        #expect(schedule.deadline == self.at(105))
    }

    @Test func firstStatesAreNotTornApartByAShortWindow() {  // R4662-40
        var schedule = NotificationSchedule()
        schedule.beginFill(outstanding: 2)
        schedule.resourceChanged(now: self.at(0), window: .milliseconds(100))
        schedule.firstReported(now: self.at(0), delay: .milliseconds(500))
        #expect(!schedule.isDue(now: self.at(0.2)))
        #expect(schedule.isDue(now: self.at(0.5)))
    }

    @Test func retryAfterGoesBeforeOurOwnPause() {
        var schedule = NotificationSchedule()
        schedule.refused(now: self.at(0), retryAfter: .seconds(77))
        #expect(schedule.deadline == self.at(77))
    }

    @Test func whatTheWatcherSendsEndsThePause() {
        var schedule = NotificationSchedule()
        schedule.refused(now: self.at(0), retryAfter: .seconds(77))
        schedule.subscribeAccepted(hasNewTarget: false)
        #expect(schedule.isDue(now: self.at(1)))
    }

    @Test(arguments: [1, 3])
    func timeoutsInARowEndIt(limit: Int) {  // R6665-34
        var schedule = NotificationSchedule()
        for _ in 1..<limit {
            #expect(schedule.timedOut(now: self.at(0), limit: limit) == .tryAgain)
        }
        #expect(schedule.timedOut(now: self.at(0), limit: limit) == .giveUp)
    }

    @Test func anAnswerResetsTheCountOfTimeouts() {
        var schedule = NotificationSchedule()
        _ = schedule.timedOut(now: self.at(0), limit: 3)
        _ = schedule.timedOut(now: self.at(0), limit: 3)
        schedule.succeeded()
        #expect(schedule.timedOut(now: self.at(0), limit: 3) == .tryAgain)
    }

    @Test("R6665-34: in a row: whoever refuses is there")
    func aRefusalResetsTheCountOfTimeouts() {
        var schedule = NotificationSchedule()
        #expect(schedule.timedOut(now: self.at(0), limit: 2) == .tryAgain)
        schedule.refused(now: self.at(0), retryAfter: nil)
        #expect(schedule.timedOut(now: self.at(0), limit: 2) == .tryAgain)
        #expect(schedule.timedOut(now: self.at(0), limit: 2) == .giveUp)
    }

    @Test("R6665-34: a NOTIFY that left before the last SUBSCRIBE says nothing of who sent that")
    func aTimeoutFromBeforeTheRefreshDoesNotCount() {
        var schedule = NotificationSchedule()
        schedule.subscribeAccepted(hasNewTarget: false)
        let first = self.sent(&schedule, at: 0)
        schedule.subscribeAccepted(hasNewTarget: false)
        _ = schedule.finished(first)
        #expect(schedule.timedOut(now: self.at(32), limit: 1) == .tryAgain)
        let second = self.sent(&schedule, at: 32)
        _ = schedule.finished(second)
        #expect(schedule.timedOut(now: self.at(64), limit: 1) == .giveUp)
    }

    @Test func aRefreshIsOwedItsNotifyWhenTheOneBeforeTimesOut() {  // R6665-25
        var schedule = NotificationSchedule()
        schedule.subscribeAccepted(hasNewTarget: false)
        let sequence = self.sent(&schedule, at: 0)
        schedule.subscribeAccepted(hasNewTarget: false)
        let isOurs = schedule.finished(sequence)
        #expect(isOurs)
        #expect(schedule.timedOut(now: self.at(32), limit: 3) == .tryAgain)
        #expect(schedule.isDue(now: self.at(32)))
        // The next failure pauses again.
        let next = self.sent(&schedule, at: 32)
        _ = schedule.finished(next)
        schedule.refused(now: self.at(33), retryAfter: nil)
        #expect(!schedule.isDue(now: self.at(34)))
    }
}
