// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

/// A question to an authoriser: may this watcher have this list?
public struct RLSAuthorizationRequest: Sendable, Hashable {
    /// The watcher, as authenticated by the proxy.
    public var watcher: SIPURI
    /// The list's service URI as its document has it.
    public var serviceURI: String
    /// The list's owner.
    public var owner: RLSListOwner
    /// Event package.
    public var event: String
    /// The SUBSCRIBE; nil when a list change or `updateSubscriptions` asks again.
    public var request: SIPRequest?

    /// Creates a question.
    public init(watcher: SIPURI, serviceURI: String, owner: RLSListOwner, event: String, request: SIPRequest?) {
        self.watcher = watcher
        self.serviceURI = serviceURI
        self.owner = owner
        self.event = event
        self.request = request
    }
}

/// Decides who may subscribe to a list; asked again at each refresh and list change (RFC 4662 §4.4).
public protocol RLSAuthorizer: Sendable {
    /// The verdict. Given up after `authorizeTimeout`: the SUBSCRIBE gets 503 and nothing changes.
    func authorize(_ request: RLSAuthorizationRequest) async -> RLSAuthorization

    /// The verdict when it takes no waiting; nil, the default, when ``authorize(_:)`` has to be asked. Spares the server a
    /// task and a time limit; must return at once.
    func verdictAtOnce(on request: RLSAuthorizationRequest) -> RLSAuthorization?
}

extension RLSAuthorizer {
    /// None: ``authorize(_:)`` is asked.
    public func verdictAtOnce(on request: RLSAuthorizationRequest) -> RLSAuthorization? { nil }
}

/// The default: owners see their own lists, and everybody the operator's shared ones.
public struct RLSOwnerOnlyAuthorizer: RLSAuthorizer {
    /// Creates the authoriser.
    public init() {}

    /// Compares the owner with the watcher.
    public func authorize(_ request: RLSAuthorizationRequest) async -> RLSAuthorization {
        self.verdict(on: request)
    }

    /// The same, since comparing takes no waiting.
    public func verdictAtOnce(on request: RLSAuthorizationRequest) -> RLSAuthorization? { self.verdict(on: request) }

    private func verdict(on request: RLSAuthorizationRequest) -> RLSAuthorization {
        switch request.owner {
        case .shared:
            .allow
        case .user(let owner):
            // S-CANON: identities are compared by canonical user and host.
            owner.addressOfRecord == request.watcher.addressOfRecord ? .allow : .deny
        case .unknown:
            .deny
        }
    }
}

extension RLSAuthorizer where Self == RLSOwnerOnlyAuthorizer {
    /// Owners see their own lists, and everybody the operator's shared ones.
    public static var ownerOnly: RLSOwnerOnlyAuthorizer { RLSOwnerOnlyAuthorizer() }
}
