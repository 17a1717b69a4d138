// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Responses to SUBSCRIBE and NOTIFY.
enum Reply {
    /// A response without a dialog of ours.
    static func plain(_ request: SIPRequest, _ status: Int, reason: String? = nil, tag: [UInt8]? = nil) -> SIPResponse {
        SIPResponse(to: request, status, reason: reason, toTag: (tag ?? Self.statelessTag(request))[...])
    }

    /// A To tag that is the same for the same request, so that no state is needed (R3261-10, R3261-29).
    private static func statelessTag(_ request: SIPRequest) -> [UInt8] {
        var hash = StableHash()
        for value in [request.callID, request.fromTag, request.headers.first(.cSeq), request.headers.first(.via)] {
            hash.combine(value ?? [])
        }
        return [UInt8](expecting: 16) { $0.writeHex(hash.value) }
    }

    /// What Require asks for and we do not know, as the value of Unsupported (R3261-08); nil when there is nothing.
    ///
    /// - Parameter knowsLists: `eventlist` is known here.
    static func unknownExtensions(in request: SIPRequest, knowsLists: Bool) -> [UInt8]? {
        guard request.headers.first(.require) != nil else { return nil }
        let unknown = request.headers.values(.require).filter {
            !(knowsLists && SIPText.equalsIgnoringCase($0, "eventlist"))
        }
        return unknown.isEmpty ? nil : Array(unknown.joined(separator: ", ".utf8))
    }

    /// The 200 to a SUBSCRIBE (RFC 6665 §3.1.1, RFC 4662 §4.1).
    static func subscribed(
        _ subscribe: RLSSubscribe,
        tag: SIPBytes,
        contact: SIPBytes,
        granted: UInt32,
        configuration: RLSConfiguration
    ) -> SIPResponse {
        var response = SIPResponse(to: subscribe.request, 200, toTag: tag)
        // RFC 3261 12.1.1: the 2xx carries the Record-Route of the request, in order and with all parameters.
        for route in subscribe.request.headers.rows(.recordRoute) {
            response.headers.append(.recordRoute, route)
        }
        response.headers.append(.contact, contact)
        response.headers.append(.expires, String(granted))
        response.headers.append(.require, "eventlist")
        response.headers.append(.allowEvents, Self.eventNames(configuration))
        return response
    }

    /// A refusal; the headers that its code asks for are added (R3261-11).
    static func refusal(
        _ request: SIPRequest,
        _ status: Int,
        reason: String? = nil,
        tag: [UInt8]?,
        retryAfter: UInt32? = nil,
        configuration: RLSConfiguration
    ) -> SIPResponse {
        var response = Self.plain(request, status, reason: reason, tag: tag)
        switch status {
        case 415:
            // The body of a SUBSCRIBE is not understood at all; an empty Accept says so (RFC 3261 20.1).
            response.headers.append(.accept, "")
        case 421:
            response.headers.append(.require, "eventlist")
        case 423:
            response.headers.append(.minExpires, String(configuration.minExpires))
        case 406:
            response.headers.append(.accept, "multipart/related, application/rlmi+xml")
        case 489:
            response.headers.append(.allowEvents, Self.eventNames(configuration))
        default:
            break
        }
        if let retryAfter {
            response.headers.append(.retryAfter, String(retryAfter))
        }
        return response
    }

    /// RFC 6665 8.2.2: template packages are not listed; who wants one subscribes to it.
    private static func eventNames(_ configuration: RLSConfiguration) -> String {
        configuration.eventPackages.map { $0.name }.filter { !$0.contains(".") }.joined(separator: ", ")
    }
}
