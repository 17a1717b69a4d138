// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Who is told what came in. Both closures are called on the loop of the flow.
struct SIPReceiver: Sendable {
    /// A message, the socket or connection, and who sent it.
    var message: @Sendable (SIPParsedMessage, Flow, Peer) -> Void
    /// Bytes that are no SIP message, and the request in them if enough of one can be seen to answer it.
    var malformed: @Sendable (SIPParseError, SIPRequest?, Flow, Peer) -> Void
}

extension SIPReceiver {
    /// Ignores everything.
    static let none = SIPReceiver(message: { _, _, _ in }, malformed: { _, _, _, _ in })
}
