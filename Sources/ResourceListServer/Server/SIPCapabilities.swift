// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore

/// What the list server can do, for the proxy's answers to OPTIONS (RFC 3261 §11.2, R3261-40). The proxy adds its own.
public struct SIPCapabilities: Sendable, Hashable {
    /// Methods, for Allow.
    public var allow: [String]
    /// Event packages that can be subscribed to, without templates, for Allow-Events (RFC 6665 §4.4.4).
    public var allowEvents: [String]
    /// Body types understood, for Accept.
    public var accept: [String]
    /// Option tags, for Supported.
    public var supported: [String]

    /// Creates capabilities.
    public init(allow: [String], allowEvents: [String], accept: [String], supported: [String]) {
        self.allow = allow
        self.allowEvents = allowEvents
        self.accept = accept
        self.supported = supported
    }

    /// The capabilities that a configuration gives.
    init(_ configuration: RLSConfiguration) {
        var accept: [String] = []
        for type in configuration.eventPackages.flatMap(\.defaultAccept) where !accept.contains(type) {
            accept.append(type)
        }
        if configuration.nestedLists {
            accept += ["multipart/related", "application/rlmi+xml"]
        }
        self.init(
            allow: ["SUBSCRIBE", "NOTIFY"],
            // RFC 6665 8.2.2: template packages are not listed; who wants one subscribes to it.
            allowEvents: configuration.eventPackages.map(\.name).filter { !$0.contains(".") },
            accept: accept,
            supported: ["eventlist"]
        )
    }
}
