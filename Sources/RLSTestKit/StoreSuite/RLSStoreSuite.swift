// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import ResourceListServer

/// Checks that a store keeps the contract of ``RLSStore``; for the tests of people who write their own.
///
/// Each check wants an empty store:
///
///     @Test(arguments: RLSStoreSuite.checks)
///     func contract(_ check: RLSStoreSuite.Check) async throws {
///         try await check.run(MyStore(inNewDirectory()))
///     }
public enum RLSStoreSuite {
    /// One check.
    public struct Check: Sendable, CustomStringConvertible {
        /// What is true when it passes.
        public let description: String
        private let body: @Sendable (any RLSStore) async throws -> Void

        init(_ description: String, _ body: @escaping @Sendable (any RLSStore) async throws -> Void) {
            self.description = description
            self.body = body
        }

        /// Runs the check on an empty store whose clock is the system's.
        ///
        /// - Throws: ``Failure`` when the store breaks the contract, and whatever the store throws.
        public func run(_ store: any RLSStore) async throws {
            try await self.body(store)
        }
    }

    /// What a store did wrong.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// What was expected, and what was found.
        public let description: String
    }

    /// All checks.
    public static let checks: [Check] = roundTripChecks + changeChecks + expiryChecks + loadChecks + randomChecks
}
