// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Takes what ``XMLReader`` finds, in document order. A thrown error ends the parse.
protocol XMLContentHandler: AnyObject {
    func startElement(_ name: XMLName, _ attributes: XMLAttributes) throws(XCAPDocumentError)
    /// Text and CDATA, in pieces. The buffer is valid only during the call.
    func characters(_ bytes: UnsafeBufferPointer<UInt8>) throws(XCAPDocumentError)
    func endElement() throws(XCAPDocumentError)
}

/// The namespaces that list documents use.
enum XMLNamespace: Sendable, Hashable {
    case resourceLists
    case rlsServices
    case none
    case other

    init(_ name: String?) {
        switch name {
        case nil: self = .none
        case "urn:ietf:params:xml:ns:resource-lists": self = .resourceLists
        case "urn:ietf:params:xml:ns:rls-services": self = .rlsServices
        case .some: self = .other
        }
    }
}

/// The name of an element.
struct XMLName: Sendable, Hashable {
    var namespace: XMLNamespace
    var local: String
}
