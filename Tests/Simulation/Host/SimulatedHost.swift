// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// The server, as the world drives it. One object is one process: after a crash there is a new one.
protocol SimulatedHost: AnyObject {
    /// How many processes there were before.
    var generation: Int { get }
    var statistics: RLSStatistics { get }
    /// Whether the store has been loaded.
    var hasLoaded: Bool { get }
    /// When ``handleTimeouts()`` wants to be called.
    var nextDeadline: RLSInstant? { get }
    func handleTimeouts()
    func receive(_ arrival: SimulatedNetwork.Arrival, via path: SIPPath)
    func learn(_ outcome: RLSTransactionOutcome, of transaction: RLSTransactionID)
    /// The resolver hints that these lists have changed, or who may see them.
    func listsChanged(_ uris: [String])
    /// Begins an orderly end.
    func beginStop(_ mode: RLSShutdown)
    /// Whether the orderly end is done.
    var isStopped: Bool { get }
    /// What the store holds.
    var storedDialogs: [RLSDialogKey] { get }
    var storedStates: Int { get }
    /// The process is gone.
    func crash()
}
