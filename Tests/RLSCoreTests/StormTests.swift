// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import Testing

/// Random events on an engine; whatever comes, its promises hold and nothing is left at the end.
@Suite struct StormTests {
    @Test(arguments: 1...8) func nothingBreaksAndNothingIsLeft(seed: UInt64) throws {
        var storm = Storm(seed: seed)
        for _ in 0..<1_000 {
            try storm.step()
        }
        let sent = storm.notifies
        #expect(sent > 20)
        #expect(try storm.end() == RLSStatistics())
    }
}
