// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

/// The services of an rls-services document, found by URI.
public struct XCAPServiceIndex: Sendable {
    /// The services in document order.
    public let services: [XCAPService]
    /// The service URIs; nil where one does not parse.
    private let uris: [SIPURI?]
    private let byCanonical: [String: Int]
    private let byAddress: [String: [Int]]

    /// Makes the index.
    ///
    /// - Parameter schemeless: whether a service URI `user@host` counts as `sip:user@host`.
    init(_ services: [XCAPService], schemeless: Bool) {
        var uris: [SIPURI?] = []
        var byCanonical: [String: Int] = [:]
        var byAddress: [String: [Int]] = [:]
        for (index, service) in services.enumerated() {
            let uri = XCAPEntryURI.parse(service.uri, schemeless: schemeless)
            uris.append(uri)
            guard let uri else { continue }
            // R4826-34: service URIs are unique; where they are not, the first one counts.
            let canonical = uri.canonical
            byCanonical[canonical] = byCanonical[canonical] ?? index
            byAddress[uri.addressOfRecord, default: []].append(index)
        }
        self.services = services
        self.uris = uris
        self.byCanonical = byCanonical
        self.byAddress = byAddress
    }

    /// The service for a Request-URI: RFC 3261 equality (R4826-40), on canonical forms first (R4826-42).
    ///
    /// A `pres-list` parameter must be the same on both sides although RFC 3261 would let one side lack it: the lists of
    /// a user are told apart by nothing else (OMA presence).
    public func service(for uri: SIPURI) -> XCAPService? {
        if let index = self.byCanonical[uri.canonical] {
            return self.services[index]
        }
        let presList = Self.presList(of: uri)
        for index in self.byAddress[uri.addressOfRecord] ?? [] {
            guard let candidate = self.uris[index], candidate.isEquivalent(to: uri) else { continue }
            if Self.presList(of: candidate) == presList {
                return self.services[index]
            }
        }
        return nil
    }

    /// The service with this URI as written.
    public func service(named text: String) -> XCAPService? {
        self.services.first { $0.uri == text }
    }

    private static func presList(of uri: SIPURI) -> String?? {
        guard let canonical = try? SIPURI(uri.canonical) else { return nil }
        return canonical.parameter("pres-list")
    }
}
