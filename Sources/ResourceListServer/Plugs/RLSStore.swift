// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore

/// Where list dialogs and last states are kept over a restart.
public protocol RLSStore: Sendable {
    /// Writes a batch in one transaction, in order; durable on return.
    ///
    /// A change that cannot be written (a value too long for its column) is left out and reported; all others are
    /// written. Within a batch there is at most one change per key, except a delete followed by a put.
    ///
    /// - Returns: the changes left out.
    /// - Throws: when nothing was written.
    func commit(_ batch: [RLSRecordChange]) async throws -> [RLSRejection]

    /// Delivers all records that have not expired, in pages: list dialogs first, then their states.
    ///
    /// - Parameter take: called once per page, one call at a time. What it throws ends the load and is thrown on.
    func load(_ take: @escaping @Sendable ([RLSStoredRecord]) throws -> Void) async throws

    /// Removes expired records in small bites; called every `cleanPeriod`.
    func clean() async throws
}

extension RLSStore {
    /// A store that needs no cleaning.
    public func clean() async throws {}
}
