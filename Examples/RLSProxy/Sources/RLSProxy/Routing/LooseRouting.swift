// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// The Route rules of a proxy (RFC 3261 §16.4, §16.6).
enum LooseRouting {
    /// Undoes a strict router's rewriting, and removes the Route that led here (§16.4).
    static func removeOwnRoute(_ request: inout SIPRequest, domains: ServedDomains) {
        guard let routes = try? request.routes, !routes.isEmpty else { return }
        if let uri = try? request.uri, uri.user == nil, uri.isLooseRouter, domains.isProxy(uri) {
            request.requestURI = SIPBytes(routes[routes.count - 1].uri.text.utf8)
            Self.replaceRoutes(of: &request, with: routes.dropLast())
        } else if domains.isProxy(routes[0].uri) {
            request.headers.removeFirstValue(.route)
        }
    }

    /// Prepares a request for its next hop (§16.6 steps 6 and 7).
    ///
    /// - Returns: where it goes: the first Route, else the Request-URI.
    static func nextHop(of request: inout SIPRequest) throws(SIPParseError) -> SIPURI {
        let target = try request.uri
        guard let first = try request.routes.first else { return target }
        guard !first.uri.isLooseRouter else { return first.uri }
        // A strict router ahead: it wants itself in the Request-URI and the target at the end.
        let rest = try request.routes.dropFirst()
        request.requestURI = SIPBytes(first.uri.text.utf8)
        Self.replaceRoutes(of: &request, with: rest)
        request.headers.append(.route, "<\(target.text)>")
        return first.uri
    }

    private static func replaceRoutes(of request: inout SIPRequest, with routes: some Sequence<SIPNameAddr>) {
        request.headers.remove(.route)
        for route in routes {
            request.headers.append(.route, "<\(route.uri.text)>")
        }
    }
}
