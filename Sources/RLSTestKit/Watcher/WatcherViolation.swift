// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Something the list server did wrong, as its watcher saw it.
public struct WatcherViolation: Hashable, Sendable, CustomStringConvertible {
    /// The rule, by its id in the requirements catalogue.
    public var rule: String
    /// What was seen.
    public var message: String
    /// CSeq number of the NOTIFY or SUBSCRIBE concerned; 0 when it is about neither.
    public var cSeq: UInt32

    /// Creates a violation.
    public init(_ rule: String, _ message: String, cSeq: UInt32 = 0) {
        self.rule = rule
        self.message = message
        self.cSeq = cSeq
    }

    /// Rule, CSeq and message.
    public var description: String { "\(self.rule) (CSeq \(self.cSeq)): \(self.message)" }
}
