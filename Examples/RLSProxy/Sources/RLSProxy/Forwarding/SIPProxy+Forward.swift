// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// The stateful proxy (RFC 3261 §16) for one target: nothing forks here.
extension SIPProxy {
    /// Passes a request on.
    ///
    /// - Parameter outbound: the next hop; nil: the first Route, else the Request-URI.
    func forward(_ call: IncomingRequest, to outbound: SIPURI? = nil) {
        do {
            let loopHash = LoopCheck.hash(of: call.request)
            if let refusal = self.refusal(of: call.request, loopHash: loopHash) {
                return self.reply(refusal, to: call)
            }
            var request = call.request
            try Self.countHop(&request)
            if Self.staysInPath(of: request) {
                request.headers.prepend(.recordRoute, self.recordRoute(for: call))
            }
            let nextHop = try LooseRouting.nextHop(of: &request)
            self.sender.send(request, to: .uri(outbound ?? nextHop), loopHash: loopHash) { outcome in
                self.answer(call, with: outcome)
            }
        } catch {
            self.reply(error.suggestedStatus, to: call)
        }
    }

    /// §16.3: what must be refused before it is passed on.
    private func refusal(of request: SIPRequest, loopHash: UInt32) -> SIPResponse? {
        let tag = ResponseTag.tag(for: request)
        if (try? request.maxForwards) == .some(0) {
            return SIPResponse(to: request, 483, toTag: tag)
        }
        let unknown = request.headers.values(.proxyRequire)
        if !unknown.isEmpty {
            return SIPResponse(to: request, unsupported: unknown, toTag: tag)
        }
        if LoopCheck.isLoop(request, hash: loopHash, domains: self.domains) {
            return SIPResponse(to: request, 482, toTag: tag)
        }
        return nil
    }

    private static func countHop(_ request: inout SIPRequest) throws(SIPParseError) {
        guard let hops = try request.maxForwards else {
            request.headers.append(.maxForwards, "70")
            return
        }
        request.headers.replace(.maxForwards, with: String(hops &- 1))
    }

    /// RFC 6665 §4.3: the SUBSCRIBE that opens a dialog, and every NOTIFY, because the subscriber takes its route set
    /// from the NOTIFY.
    private static func staysInPath(of request: SIPRequest) -> Bool {
        switch request.method {
        case .subscribe: request.toTag == nil
        case .notify: true
        default: false
        }
    }

    /// §16.6 step 4. Without a transport parameter, which only a proxy without UDP needs.
    private func recordRoute(for call: IncomingRequest) -> String {
        let own = self.transport.advertised
        let local = own.first { $0.transport == .udp }?.address ?? call.flow.local
        let hasDatagrams = own.contains { $0.transport == .udp }
        return "<sip:\(local);lr\(hasDatagrams ? "" : ";transport=tcp")>"
    }

    private func answer(_ call: IncomingRequest, with outcome: ClientOutcome) {
        switch outcome {
        case .response(var response):
            response.headers.removeFirstValue(.via)
            guard response.headers.first(.via) != nil else { return }
            // §16.7 step 6: a 503 of one server is not ours.
            if response.statusCode == 503 {
                response.statusCode = 500
            }
            self.reply(response, to: call)
        case .timeout:
            // RFC 4320 §4.2: too late for any answer.
            break
        case .transportError:
            self.reply(500, to: call)
        }
    }
}
