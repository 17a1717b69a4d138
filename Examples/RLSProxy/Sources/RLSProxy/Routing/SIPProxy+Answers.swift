// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import NIOCore
import ResourceListServer
import SIPMessage

/// The answers that the proxy gives itself.
extension SIPProxy {
    /// Opens the server transaction of a request.
    ///
    /// - Returns: nil when it is a repeat, which has been answered again if it could.
    func beginTransaction(_ incoming: IncomingRequest) -> IncomingRequest? {
        var call = incoming
        let key = self.transactions.begin(call.request, via: call.via, route: call.responseRoute)
        guard let key else { return nil }
        call.transaction = key
        return call
    }

    /// Refuses what no element behind us could make sense of.
    func isSane(_ call: IncomingRequest) -> Bool {
        do throws(SIPParseError) {
            try call.request.validate()
            switch try call.request.uri.scheme {
            case .sip, .sips: return true
            case .tel, .pres, .other: self.reply(416, to: call)
            }
        } catch {
            self.reply(error.suggestedStatus, to: call)
        }
        return false
    }

    /// Whether the request ends at this proxy or in one of its domains.
    func isForUs(_ call: IncomingRequest) -> Bool {
        guard call.request.headers.first(.route) == nil else { return false }
        guard let uri = try? call.request.uri else { return true }
        return self.domains.serves(uri)
    }

    /// Sends a final response without more than its status says.
    func reply(_ status: Int, to call: IncomingRequest) {
        var response = SIPResponse(to: call.request, status, toTag: ResponseTag.tag(for: call.request))
        if status == 405 {
            response.headers.append(.allow, self.capabilities.allow.joined(separator: ", "))
        }
        self.reply(response, to: call)
    }

    /// Sends a final response: in the request's server transaction, or on its own for a NOTIFY.
    func reply(_ response: SIPResponse, to call: IncomingRequest) {
        if let transaction = call.transaction {
            self.transactions.reply(response, in: transaction)
        } else {
            self.transport.send(ByteBuffer(bytes: response.bytes), to: call.responseRoute)
        }
    }

    /// What only a server for this method could do: OPTIONS is answered, other methods find nobody, because this
    /// proxy keeps no registrations.
    func answerLocally(_ call: IncomingRequest) {
        let required = call.request.headers.values(.require)
        guard required.isEmpty else {
            let tag = ResponseTag.tag(for: call.request)
            return self.reply(SIPResponse(to: call.request, unsupported: required, toTag: tag), to: call)
        }
        switch call.request.method {
        case .options:
            var response = SIPResponse(to: call.request, 200, toTag: ResponseTag.tag(for: call.request))
            response.headers.append(.allow, self.capabilities.allow.joined(separator: ", "))
            response.headers.append(.allowEvents, self.capabilities.allowEvents.joined(separator: ", "))
            response.headers.append(.accept, self.capabilities.accept.joined(separator: ", "))
            response.headers.append(.supported, self.capabilities.supported.joined(separator: ", "))
            self.reply(response, to: call)
        case .register:
            self.reply(405, to: call)
        default:
            self.reply(404, to: call)
        }
    }

    /// RFC 6665 §4.6: a CANCEL that matches a transaction is answered, and has no effect.
    func answerCancel(_ incoming: IncomingRequest) {
        let isKnown = [SIPMethod.subscribe, .notify, .publish, .message, .options].contains { method in
            self.transactions.isOpen(ServerTransactionKey(incoming.request, via: incoming.via, method: method))
        }
        self.reply(isKnown ? 200 : 481, to: incoming)
    }

    /// Bytes that are no SIP message: 400 where a reply can be built (RFC 3261 §18.3), else silence.
    func answerMalformed(_ error: SIPParseError, _ request: SIPRequest?, flow: Flow, peer: Peer) {
        self.logger.debug("message refused", metadata: ["rls_error": "\(error)"])
        guard let request, let via = TopVia(of: request) else { return }
        let incoming = IncomingRequest(request, via: via, flow: flow, peer: peer)
        self.reply(error.suggestedStatus, to: incoming)
    }
}
