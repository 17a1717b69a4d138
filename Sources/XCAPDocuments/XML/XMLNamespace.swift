// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The namespaces that list documents use.
enum XMLNamespace: Sendable, Hashable {
    case resourceLists
    case rlsServices
    case none
    case other

    init(_ name: String) {
        switch name {
        case "urn:ietf:params:xml:ns:resource-lists": self = .resourceLists
        case "urn:ietf:params:xml:ns:rls-services": self = .rlsServices
        default: self = .other
        }
    }

    init(_ name: XMLCString) {
        if name == "urn:ietf:params:xml:ns:resource-lists" {
            self = .resourceLists
        } else if name == "urn:ietf:params:xml:ns:rls-services" {
            self = .rlsServices
        } else {
            self = .other
        }
    }
}
