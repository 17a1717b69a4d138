// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The name of an element. Only names of list documents are told apart, so that no text is made of any.
struct XMLName {
    var namespace: XMLNamespace
    var local: Local

    /// The local names that list documents use (RFC 4826 §3.2, §4.2).
    enum Local {
        case rlsServices
        case service
        case resourceList
        case packages
        case package
        case resourceLists
        case list
        case entry
        case entryRef
        case external
        case displayName
        case other

        init(_ name: XMLCString) {
            switch name.first {
            case UInt8(ascii: "d") where name == "display-name": self = .displayName
            case UInt8(ascii: "e") where name == "entry": self = .entry
            case UInt8(ascii: "e") where name == "entry-ref": self = .entryRef
            case UInt8(ascii: "e") where name == "external": self = .external
            case UInt8(ascii: "l") where name == "list": self = .list
            case UInt8(ascii: "p") where name == "package": self = .package
            case UInt8(ascii: "p") where name == "packages": self = .packages
            case UInt8(ascii: "r") where name == "resource-list": self = .resourceList
            case UInt8(ascii: "r") where name == "resource-lists": self = .resourceLists
            case UInt8(ascii: "r") where name == "rls-services": self = .rlsServices
            case UInt8(ascii: "s") where name == "service": self = .service
            default: self = .other
            }
        }
    }
}
