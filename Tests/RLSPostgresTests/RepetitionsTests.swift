// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import Testing

@testable import RLSPostgres

struct RepetitionsTests {
    private static let deadlock = PostgresError(.refused, "deadlock detected", sqlState: "40P01")

    @Test(arguments: ["40001", "40P01", "55P03"])
    func conflictsAreRepeatedManyTimesAfterGrowingPauses(sqlState: String) {
        var repetitions = Repetitions(within: .seconds(60))
        let conflict = PostgresError(.refused, "", sqlState: sqlState)
        let pauses = (0..<30).map { _ in repetitions.pause(after: conflict, share: 1) ?? -1 }
        // A deadline rounds up to the next millisecond.
        #expect((2...3).contains(pauses[0]))
        #expect((4...5).contains(pauses[1]))
        #expect((100...101).contains(pauses[29]))
    }

    @Test func noRepetitionBeginsAfterTheTimeLimit() {
        var repetitions = Repetitions(within: .zero)
        #expect(repetitions.pause(after: Self.deadlock, share: 0) == nil)
        var short = Repetitions(within: .milliseconds(3))
        #expect(short.pause(after: Self.deadlock, share: 1) != nil)
        #expect(short.pause(after: Self.deadlock, share: 1) == nil)
    }

    @Test(arguments: [
        PostgresError(.unavailable, "connection lost"),
        PostgresError(.refused, "cached plan must not change result type", sqlState: "0A000"),
    ])
    func brokenConnectionsAndChangedTablesArePutUpWithOnceEach(error: PostgresError) {
        var repetitions = Repetitions(within: .seconds(60))
        #expect(repetitions.pause(after: error) == 0)
        #expect(repetitions.pause(after: Self.deadlock, share: 1) != nil)
        #expect(repetitions.pause(after: error) == nil)
    }

    @Test(arguments: [
        PostgresError(.timedOut, "statement timeout", sqlState: "57014"),
        PostgresError(.refused, "permission denied", sqlState: "42501"),
        PostgresError(.closed, "shut down"),
    ])
    func whatWouldFailAgainIsNotRepeated(error: PostgresError) {
        var repetitions = Repetitions(within: .seconds(60))
        #expect(repetitions.pause(after: error) == nil)
    }
}
#endif
