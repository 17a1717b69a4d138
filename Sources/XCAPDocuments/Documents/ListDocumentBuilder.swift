// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import RLSCore

/// Builds the values of a list document from its markup, with a stack of open elements and no recursion.
///
/// Unknown elements are ignored with everything in them (R4826-17); what the schema demands and a document lacks is left
/// to the one service or entry that lacks it, so that one bad service does not spoil the index of all.
final class ListDocumentBuilder: XMLContentHandler {
    /// An open element.
    private enum Place {
        case services
        case service
        case resourceList
        case packages
        case package
        case lists
        case list(Int)
        /// An entry, entry-ref or external.
        case leaf(Int)
        case displayName(Int, language: String?)
        case ignored
    }

    private let application: XCAPApplication
    private let isLenient: Bool
    private let maxValueBytes: Int
    private var places: [Place] = []
    private var text: [UInt8] = []
    private var service = XCAPService(uri: "", list: .invalid)
    private var serviceListCount = 0

    private(set) var services: [XCAPService] = []
    private(set) var tree = XCAPListTree()

    init(_ application: XCAPApplication, lenientNamespaces: Bool, maxValueBytes: Int) {
        self.application = application
        self.isLenient = lenientNamespaces
        self.maxValueBytes = maxValueBytes
    }

    // MARK: Markup

    func startElement(_ name: XMLName, _ attributes: XMLAttributes) throws(XCAPDocumentError) {
        guard let place = self.places.last else {
            self.places.append(try self.root(name))
            return
        }
        switch place {
        case .services:
            self.places.append(self.childOfServices(name, attributes))
        case .service:
            self.places.append(self.childOfService(name, attributes))
        case .packages:
            self.places.append(self.isService(name, "package") ? self.collecting(.package) : .ignored)
        case .lists:
            self.places.append(self.childOfLists(name, attributes))
        case .list(let parent):
            self.places.append(self.childOfList(parent, name, attributes))
        case .leaf(let parent):
            self.places.append(
                self.isList(name, "display-name")
                    ? self.collecting(.displayName(parent, language: attributes.language)) : .ignored
            )
        case .resourceList, .package, .displayName, .ignored:
            self.places.append(.ignored)
        }
    }

    func characters(_ bytes: UnsafeBufferPointer<UInt8>) throws(XCAPDocumentError) {
        switch self.places.last {
        case .resourceList, .package, .displayName:
            guard self.text.count + bytes.count <= self.maxValueBytes else { throw XCAPDocumentError(.valueTooLong) }
            self.text.append(contentsOf: bytes)
        case .services, .service, .packages, .lists, .list, .leaf, .ignored, nil:
            break
        }
    }

    func endElement() throws(XCAPDocumentError) {
        guard let place = self.places.popLast() else { return }
        switch place {
        case .service:
            if self.serviceListCount != 1 {
                self.service.list = .invalid
            }
            self.services.append(self.service)
        case .resourceList:
            self.service.list = .reference(XMLText.trimmed(self.text))
        case .package:
            self.service.packages?.append(XMLText.trimmed(self.text))
        case .list(let index), .leaf(let index):
            self.tree.close(index)
            if case .service = self.places.last {
                self.service.list = .inline(self.tree)
                self.tree = XCAPListTree()
            }
        case .displayName(let index, let language):
            let name = XMLText.oneLine(self.text)
            if !name.isEmpty {
                self.tree.name(index, RLSDisplayName(name, language: language.flatMap(XMLText.language)))
            }
        case .services, .packages, .lists, .ignored:
            break
        }
    }

    // MARK: Elements

    private func root(_ name: XMLName) throws(XCAPDocumentError) -> Place {
        switch self.application {
        case .rlsServices where self.isService(name, "rls-services"): return .services
        case .resourceLists where self.isList(name, "resource-lists"): return .lists
        case .rlsServices, .resourceLists: throw XCAPDocumentError(.wrongRoot)
        }
    }

    private func childOfServices(_ name: XMLName, _ attributes: XMLAttributes) -> Place {
        guard self.isService(name, "service") else { return .ignored }
        self.service = XCAPService(uri: XMLText.trimmed(attributes.value(of: "uri") ?? ""), list: .invalid)
        self.serviceListCount = 0
        return .service
    }

    private func childOfService(_ name: XMLName, _ attributes: XMLAttributes) -> Place {
        // R4826-30: this `list` is in the rls-services namespace and its children are not; `rl:list` is common too.
        if self.isService(name, "list") || self.isList(name, "list") {
            self.serviceListCount += 1
            self.tree = XCAPListTree()
            return .list(self.tree.append(.list(name: attributes.value(of: "name"))))
        }
        if self.isService(name, "resource-list") {
            self.serviceListCount += 1
            return self.collecting(.resourceList)
        }
        if self.isService(name, "packages") {
            self.service.packages = self.service.packages ?? []
            return .packages
        }
        return .ignored
    }

    private func childOfLists(_ name: XMLName, _ attributes: XMLAttributes) -> Place {
        guard self.isList(name, "list") else {
            _ = self.tree.append(.other)
            return .ignored
        }
        return .list(self.tree.append(.list(name: attributes.value(of: "name"))))
    }

    private func childOfList(_ parent: Int, _ name: XMLName, _ attributes: XMLAttributes) -> Place {
        func value(_ attribute: String) -> String {
            XMLText.trimmed(attributes.value(of: attribute) ?? "")
        }
        if self.isList(name, "list") {
            return .list(self.tree.append(.list(name: attributes.value(of: "name"))))
        }
        if self.isList(name, "entry") {
            return .leaf(self.tree.append(.entry(uri: value("uri"))))
        }
        if self.isList(name, "entry-ref") {
            return .leaf(self.tree.append(.entryRef(ref: value("ref"))))
        }
        if self.isList(name, "external") {
            return .leaf(self.tree.append(.external(anchor: value("anchor"))))
        }
        _ = self.tree.append(.other)
        return self.isList(name, "display-name")
            ? self.collecting(.displayName(parent, language: attributes.language)) : .ignored
    }

    private func collecting(_ place: Place) -> Place {
        self.text.removeAll(keepingCapacity: true)
        return place
    }

    // MARK: Namespaces

    private func isService(_ name: XMLName, _ local: String) -> Bool {
        name.local == local && (name.namespace == .rlsServices || (self.isLenient && name.namespace == .none))
    }

    /// Users write `entry` in the namespace of rls-services, or forget the namespace: lenient, both count.
    private func isList(_ name: XMLName, _ local: String) -> Bool {
        guard name.local == local else { return false }
        switch name.namespace {
        case .resourceLists: return true
        case .rlsServices, .none: return self.isLenient
        case .other: return false
        }
    }
}
