// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import CMeasuring
import RLSCore
import SIPMessage

/// One engine with watchers and a presence server around it, all in virtual time.
final class ListWorld {
    let configuration: RLSConfiguration
    let presence: PresenceServer
    let entries: Int
    let bodySize: Int
    var engine: RLSEngine
    var now = RLSInstant(nanoseconds: 1_000_000_000_000)
    /// Most processor time of one call of the engine, in nanoseconds.
    var longestCall: UInt64 = 0
    /// The most that the engine was called behind a deadline while ``isRealTime``, in nanoseconds.
    var largestLateness: UInt64 = 0
    /// Whether time passes while the engine works, so much as the processor took: then a long call makes timers late.
    var isRealTime = false

    private static let path = SIPPath(
        transport: .udp,
        local: .init(host: "192.0.2.1", port: 5060),
        remote: .init(host: "192.0.2.10", port: 5062)
    )

    /// - Parameters:
    ///   - lists: how many lists there can be, for the presence server's memory.
    ///   - entries: entries of each list; no two lists have a resource in common.
    ///   - bodySize: bytes of each body; 0: none.
    ///   - backendRate: SUBSCRIBEs a second, when they are to wait for their turn.
    init(lists: Int, entries: Int, bodySize: Int = 400, backendRate: Int? = nil) {
        var configuration = Self.configuration
        configuration.backendRate = backendRate ?? configuration.backendRate
        self.configuration = configuration
        self.entries = entries
        self.bodySize = bodySize
        self.presence = PresenceServer(resources: lists * entries)
        self.engine = RLSEngine(configuration: configuration, seed: RLSSeed(1, 2, 3, 4), now: self.now)
    }

    /// The default configuration, but that nothing waits for its turn: pacing is measured on its own.
    static var configuration: RLSConfiguration {
        var configuration = RLSConfiguration()
        configuration.backendRate = 100_000_000
        configuration.backendInFlight = 100_000_000
        configuration.backendInFlightPerHop = 100_000_000
        return configuration
    }

    static func list(_ number: Int, entries: Int) -> RLSResolvedList {
        RLSResolvedList(
            entries: (number * entries..<(number + 1) * entries).map { resource in
                guard let uri = try? SIPURI(PresenceServer.uri(resource)) else {
                    preconditionFailure("this is a URI")
                }
                return RLSListEntry(uri: uri.text, target: uri)
            },
            sources: [RLSDocumentVersion(key: "resource-lists/users/sip:watcher\(number)@example.com/index")]
        )
    }

    // MARK: SUBSCRIBE

    /// The first SUBSCRIBE of a watcher for a list, as parsed.
    static func makeSubscribe(_ number: Int) -> SIPRequest {
        let lines = [
            "SUBSCRIBE sip:watcher\(number)-list@example.com SIP/2.0",
            "Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bK\(number)",
            "From: <sip:watcher\(number)@example.com>;tag=w\(number)",
            "To: <sip:watcher\(number)-list@example.com>",
            "Call-ID: call-\(number)@192.0.2.10",
            "CSeq: 1 SUBSCRIBE",
            "Max-Forwards: 70",
            "Contact: <sip:watcher\(number)@192.0.2.10:5062>",
            "Event: presence",
            "Expires: 3600",
            "Supported: eventlist",
            "Accept: application/pidf+xml, application/rlmi+xml, multipart/related",
        ]
        guard
            case .request(let request)? = try? SIPParser.parse(
                datagram: Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
            )
        else { preconditionFailure("this is a request") }
        return request
    }

    /// All steps of a first SUBSCRIBE as the server takes them.
    func subscribe(_ request: SIPRequest, _ list: RLSResolvedList) -> [RLSAction] {
        let subscribe = RLSSubscribe(request, via: Self.path, watcher: nil, configuration: self.configuration)
        guard let watcher = subscribe.watcher else { preconditionFailure("From is there") }
        let service = RLSListService(uri: subscribe.uri?.text ?? "", owner: .user(watcher))
        guard
            case .proceed = self.engine.admit(subscribe, service: service, now: self.now),
            case .resolve = self.engine.admitAuthorized(subscribe, service: service, verdict: .allow, now: self.now),
            case .commit(let ticket, _) = self.engine.prepare(
                subscribe,
                service: service,
                verdict: .allow,
                list: list,
                now: self.now
            )
        else { preconditionFailure("the SUBSCRIBE is good") }
        return self.timed { self.engine.confirm(ticket, now: self.now) }
    }

    /// Lists that stand, with all back-ends answered and a first NOTIFY from each.
    func ramp(_ numbers: Range<Int>) {
        for number in numbers {
            self.serve(self.subscribe(Self.makeSubscribe(number), Self.list(number, entries: self.entries)))
            self.advance(.milliseconds(1))
        }
        self.advance(.seconds(1))
    }

    func timed(_ call: () -> [RLSAction]) -> [RLSAction] {
        let begun = measuring_thread_nanoseconds()
        defer {
            let spent = measuring_thread_nanoseconds() - begun
            self.longestCall = max(self.longestCall, spent)
            if self.isRealTime {
                self.now = self.now.advanced(by: .nanoseconds(Int64(spent)))
            }
        }
        return call()
    }

    // MARK: Peers

    /// Answers requests of the engine, and whatever follows from the answers.
    func serve(_ actions: [RLSAction]) {
        var waiting = actions
        while !waiting.isEmpty {
            var next: [RLSAction] = []
            for case .sendRequest(let outbound) in waiting {
                guard outbound.request.method == .subscribe else {
                    next += self.finish(outbound, SIPResponse(to: outbound.request, 200))
                    continue
                }
                next += self.finish(outbound, PresenceServer.answer(to: outbound.request))
                let resource = self.presence.take(outbound.request)
                let isLast = PresenceServer.isUnsubscribe(outbound.request)
                let notify = self.presence.makeNotify(
                    resource,
                    bodySize: isLast ? 0 : self.bodySize,
                    state: isLast ? "terminated;reason=timeout" : "active;expires=3590"
                )
                next += self.isRealTime ? self.timed { self.notify(notify) } : self.notify(notify)
            }
            waiting = next
        }
        _ = self.engine.takeEvents()
    }

    func finish(_ outbound: RLSOutboundRequest, _ response: SIPResponse) -> [RLSAction] {
        guard self.isRealTime else {
            return self.engine.outcome(.response(response), for: outbound.transaction, now: self.now)
        }
        return self.timed { self.engine.outcome(.response(response), for: outbound.transaction, now: self.now) }
    }

    func notify(_ request: SIPRequest) -> [RLSAction] {
        self.engine.notifyReceived(request, via: Self.path, now: self.now)
    }

    /// Lets time pass; everybody answers at once.
    func advance(_ duration: Duration) {
        let end = self.now.advanced(by: duration)
        while let deadline = self.engine.nextDeadline, deadline <= end {
            if self.isRealTime {
                self.largestLateness = max(self.largestLateness, Self.nanoseconds(self.now.duration(since: deadline)))
            }
            self.now = max(self.now, deadline)
            self.serve(self.timed { self.engine.handleTimeout(now: self.now) })
            self.store()
        }
        self.now = max(self.now, end)
    }

    /// What cannot wait goes to a store that takes it at once.
    private func store() {
        while self.engine.hasUrgentChanges {
            _ = self.timed {
                _ = self.engine.takeChanges(includingStates: false, now: self.now, limit: 512)
                return []
            }
        }
    }

    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
    }
}
