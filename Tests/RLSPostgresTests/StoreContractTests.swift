// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSTestKit
import Testing

@testable import RLSPostgres

@Suite(.enabled(if: TestCluster.isRequired))
struct StoreContractTests {
    @Test(arguments: RLSStoreSuite.checks)
    func ownTablesKeepTheContract(_ check: RLSStoreSuite.Check) async throws {
        try await check.run(try await TestDatabase().store())
    }

    @Test(arguments: RLSStoreSuite.checks, [TestLayout.openSIPSExtended, .kamailioExtended])
    func foreignTablesKeepTheContract(_ check: RLSStoreSuite.Check, _ layout: TestLayout) async throws {
        try await check.run(try await TestDatabase().store(layout))
    }
}
#endif
