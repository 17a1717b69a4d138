// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// SUBSCRIBEs to presence servers: how many at a time, how many in which time, and whose.
struct BackendTraffic {
    /// Requests without an answer, by Call-ID, with the presence server.
    private var open: [String: (count: Int, hop: Int, since: RLSInstant)] = [:]
    /// When requests were sent, of the last ten seconds.
    private var times: [RLSInstant] = []

    static let window = Duration.seconds(10)

    mutating func sent(_ callID: String, hop: Int, now: RLSInstant) {
        // Timer N and the transaction are over at the same instant, and the server may look at either first.
        self.open = self.open.filter { now.duration(since: $0.value.since) < .seconds(32) }
        self.open[callID, default: (0, hop, now)].count += 1
        self.open[callID]?.since = now
        self.times.removeAll { now.duration(since: $0) >= Self.window }
        self.times.append(now)
    }

    mutating func answered(_ callID: String) {
        guard let count = self.open[callID]?.count else { return }
        self.open[callID]?.count = count - 1
        if count <= 1 { self.open[callID] = nil }
    }

    /// The subscription is over: a last NOTIFY says so, whatever becomes of the answer to its SUBSCRIBE.
    mutating func ended(_ callID: String) { self.open[callID] = nil }

    /// Subscriptions with a request without answer. A subscription that is ended does not wait for the answer to its refresh.
    var inFlight: Int { self.open.count }

    func inFlight(hop: Int) -> Int { self.open.values.count { $0.hop == hop } }

    /// Requests of the last ten seconds.
    var recent: Int { self.times.count }
}

extension SimulatedWorld {
    /// S-AMP: the limits of the configuration, of which each shard has its part, rounded up.
    func countBackendRequest(_ request: SIPRequest, _ callID: String) {
        let configuration = self.settings.configuration
        // By the resource: what has no host is a hop of its own, although a presence server answers for it here.
        let host = (try? request.to)?.uri.host ?? ""
        let hop = host.isEmpty ? -1 : self.presenceIndex(of: "@\(host)")
        self.traffic.sent(callID, hop: hop, now: self.now)
        let shards = configuration.shards
        if self.traffic.inFlight > configuration.backendInFlight + shards {
            self.fail("S-AMP", "\(self.traffic.inFlight) back-end SUBSCRIBEs in flight")
        }
        if self.traffic.inFlight(hop: hop) > configuration.backendInFlightPerHop + shards {
            self.fail("S-AMP", "\(self.traffic.inFlight(hop: hop)) back-end SUBSCRIBEs in flight to pa\(hop)")
        }
        let rate = configuration.backendRate + shards
        let burst = shards * max(configuration.backendBurst, rate / 10 + 1)
        if self.traffic.recent > 10 * rate + burst {
            self.fail("S-AMP", "\(self.traffic.recent) back-end SUBSCRIBEs in ten seconds")
        }
    }
}
