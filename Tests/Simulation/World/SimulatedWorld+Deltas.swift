// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// Packages whose documents may be deltas: each document goes out once, in order, and none is left out unseen.
extension SimulatedWorld {
    /// What is known of the documents on their way.
    struct Documents {
        /// The last one that the server has accepted, by Call-ID of the back-end subscription.
        var accepted: [String: UInt64] = [:]
        /// The one that was accepted before, by resource and number.
        var predecessor: [String: UInt64] = [:]
        /// The last one shown, by Call-ID of the list subscription and resource.
        var shown: [String: UInt64] = [:]
        /// Those whose resource has been shown without state since.
        var reset: Set<String> = []
    }

    /// The server has answered a NOTIFY of a presence server with 200.
    func documentAccepted(_ state: FakeState, _ callID: String) {
        guard let document = state.document else { return }
        let last = self.deltas.accepted[callID]
        // It comes again when its answer was lost.
        guard document.number > last ?? 0 else { return }
        if document.isPartial, let last {
            self.deltas.predecessor["\(state.resource) \(document.number)"] = last
        }
        self.deltas.accepted[callID] = document.number
    }

    /// R4662-58: a delta is sent once, and follows the one that came before it.
    func checkDocument(_ state: FakeState, _ row: String) {
        guard let document = state.document else { return }
        let last = self.deltas.shown[row]
        if let last, document.number <= last {
            self.fail("R4662-58", "\(row): document \(document.number) after \(last)")
        }
        if document.isPartial, let last, !self.deltas.reset.contains(row),
            let before = self.deltas.predecessor["\(state.resource) \(document.number)"], before != last
        {
            self.fail("R4662-58", "\(row): document \(document.number) after \(last), and \(before) came in between")
        }
        self.deltas.shown[row] = document.number
        self.deltas.reset.remove(row)
    }

    /// What a NOTIFY that is not judged shows has been seen, or not.
    func documentsUnknown(_ request: SIPRequest, _ callID: String) {
        guard self.settings.deltaBodies, let body = try? RLSListNotification(request) else { return }
        for resource in body.rlmi.resources { self.documentReset("\(callID) \(resource.uri)") }
    }

    /// A resource is shown without state: the watcher knows that what it has is out of date.
    func documentReset(_ row: String) {
        if self.settings.deltaBodies { self.deltas.reset.insert(row) }
    }
}
