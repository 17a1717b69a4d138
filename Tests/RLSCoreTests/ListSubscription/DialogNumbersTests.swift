// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

/// Numbers that never go back (R4662-64, R3261-22), with few writes to the store.
struct DialogNumbersTests {
    @Test("What the store has is always ahead of what is used, and is written once in 128 NOTIFYs")
    func ceilingsAreAhead() {
        var numbers = DialogNumbers()
        var writes = 0
        for _ in 0..<1_280 {
            numbers.useCSeq()
            numbers.useVersion()
            writes += numbers.raiseCeilings() ? 1 : 0
            #expect(numbers.cSeq < numbers.cSeqCeiling && numbers.version < numbers.versionCeiling)
        }
        #expect(writes == 9)
    }

    @Test("One number near its ceiling is enough: a challenge raises CSeq alone")
    func eachCeilingByItself() {
        var numbers = DialogNumbers()
        numbers.raiseCSeq(to: 200)
        let hasToBeWritten = numbers.raiseCeilings()
        #expect(hasToBeWritten)
        #expect(numbers.cSeqCeiling == 456 && numbers.versionCeiling == 256)
        numbers.raiseCSeq(to: 100)
        #expect(numbers.cSeq == 200)
    }

    @Test("After a restart the first number is above all that may have been used; it jumps once")
    func jumpsOnce() {
        var before = DialogNumbers()
        for _ in 0..<300 {
            before.useCSeq()
            before.useVersion()
            _ = before.raiseCeilings()
        }
        var after = DialogNumbers(restoring: before.cSeqCeiling, version: before.versionCeiling)
        after.jump()
        #expect(after.cSeq > before.cSeqCeiling && after.version > before.versionCeiling)
        #expect(after.cSeq < after.cSeqCeiling && after.version < after.versionCeiling)
        let once = after.cSeq
        after.jump()
        #expect(after.cSeq == once)
    }

    @Test("A new dialog has nothing to jump over")
    func newOnesBeginAtZero() {
        var numbers = DialogNumbers()
        numbers.jump()
        #expect(numbers.cSeq == 0 && numbers.version == 0)
    }

    @Test("No number comes near 2^31, whatever a response says")
    func areUsedUp() {
        var numbers = DialogNumbers()
        #expect(!numbers.areUsedUp)
        numbers.raiseCSeq(to: .max)
        #expect(numbers.areUsedUp && numbers.cSeq == DialogNumbers.last)
    }
}
