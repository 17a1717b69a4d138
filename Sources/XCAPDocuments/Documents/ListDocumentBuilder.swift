// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import RLSCore

/// Builds the values of a list document from its markup, with a stack of open elements and no recursion.
///
/// Unknown elements are ignored with everything in them (R4826-17); what the schema demands and a document lacks is left
/// to the one service or entry that lacks it, so that one bad service does not spoil the index of all.
struct ListDocumentBuilder {
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
        case displayName(Int)
        case ignored
    }

    private let application: XCAPApplication
    private let isLenient: Bool
    private let maxValueBytes: Int
    private var places: [Place] = []
    private var text: [UInt8] = []
    /// Of the open display-name.
    private var language: String?
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

    mutating func startElement(_ name: XMLName, _ attributes: XMLAttributes) throws(XCAPDocumentError) {
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
            self.places.append(self.isService(name, .package) ? self.collecting(.package) : .ignored)
        case .lists:
            self.places.append(self.childOfLists(name, attributes))
        case .list(let parent):
            self.places.append(self.childOfList(parent, name, attributes))
        case .leaf(let parent):
            self.places.append(
                self.isList(name, .displayName) ? self.displayName(of: parent, attributes) : .ignored
            )
        case .resourceList, .package, .displayName, .ignored:
            self.places.append(.ignored)
        }
    }

    mutating func characters(_ bytes: UnsafeBufferPointer<UInt8>) throws(XCAPDocumentError) {
        switch self.places.last {
        case .resourceList, .package, .displayName:
            guard self.text.count + bytes.count <= self.maxValueBytes else { throw XCAPDocumentError(.valueTooLong) }
            self.text.append(contentsOf: bytes)
        case .services, .service, .packages, .lists, .list, .leaf, .ignored, nil:
            break
        }
    }

    mutating func endElement() {
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
        case .displayName(let index):
            let name = XMLText.oneLine(self.text)
            if !name.isEmpty {
                self.tree.name(index, RLSDisplayName(name, language: self.language.flatMap(XMLText.language)))
            }
        case .services, .packages, .lists, .ignored:
            break
        }
    }

    // MARK: Elements

    private func root(_ name: XMLName) throws(XCAPDocumentError) -> Place {
        switch self.application {
        case .rlsServices where self.isService(name, .rlsServices): return .services
        case .resourceLists where self.isList(name, .resourceLists): return .lists
        case .rlsServices, .resourceLists: throw XCAPDocumentError(.wrongRoot)
        }
    }

    private mutating func childOfServices(_ name: XMLName, _ attributes: XMLAttributes) -> Place {
        guard self.isService(name, .service) else { return .ignored }
        self.service = XCAPService(uri: Self.trimmed(attributes, "uri"), list: .invalid)
        self.serviceListCount = 0
        return .service
    }

    private mutating func childOfService(_ name: XMLName, _ attributes: XMLAttributes) -> Place {
        // R4826-30: this `list` is in the rls-services namespace and its children are not; `rl:list` is common too.
        if self.isService(name, .list) || self.isList(name, .list) {
            self.serviceListCount += 1
            self.tree = XCAPListTree()
            return self.openList(attributes)
        }
        if self.isService(name, .resourceList) {
            self.serviceListCount += 1
            return self.collecting(.resourceList)
        }
        if self.isService(name, .packages) {
            self.service.packages = self.service.packages ?? []
            return .packages
        }
        return .ignored
    }

    private mutating func childOfLists(_ name: XMLName, _ attributes: XMLAttributes) -> Place {
        guard self.isList(name, .list) else {
            _ = self.tree.append(.other)
            return .ignored
        }
        return self.openList(attributes)
    }

    private mutating func childOfList(_ parent: Int, _ name: XMLName, _ attributes: XMLAttributes) -> Place {
        if self.isList(name, .list) {
            return self.openList(attributes)
        }
        if self.isList(name, .entry) {
            return .leaf(self.tree.append(.entry(uri: Self.trimmed(attributes, "uri"))))
        }
        if self.isList(name, .entryRef) {
            return .leaf(self.tree.append(.entryRef(ref: Self.trimmed(attributes, "ref"))))
        }
        if self.isList(name, .external) {
            return .leaf(self.tree.append(.external(anchor: Self.trimmed(attributes, "anchor"))))
        }
        _ = self.tree.append(.other)
        return self.isList(name, .displayName) ? self.displayName(of: parent, attributes) : .ignored
    }

    private mutating func openList(_ attributes: XMLAttributes) -> Place {
        let name = attributes.value(of: "name").map { String(decoding: $0, as: UTF8.self) }
        return .list(self.tree.append(.list(name: name)))
    }

    private mutating func displayName(of parent: Int, _ attributes: XMLAttributes) -> Place {
        self.language = attributes.language.map { String(decoding: $0, as: UTF8.self) }
        return self.collecting(.displayName(parent))
    }

    private mutating func collecting(_ place: Place) -> Place {
        self.text.removeAll(keepingCapacity: true)
        return place
    }

    private static func trimmed(_ attributes: XMLAttributes, _ name: StaticString) -> String {
        attributes.value(of: name).map { XMLText.trimmed($0) } ?? ""
    }

    // MARK: Namespaces

    private func isService(_ name: XMLName, _ local: XMLName.Local) -> Bool {
        name.local == local && (name.namespace == .rlsServices || (self.isLenient && name.namespace == .none))
    }

    /// Users write `entry` in the namespace of rls-services, or forget the namespace: lenient, both count.
    private func isList(_ name: XMLName, _ local: XMLName.Local) -> Bool {
        guard name.local == local else { return false }
        switch name.namespace {
        case .resourceLists: return true
        case .rlsServices, .none: return self.isLenient
        case .other: return false
        }
    }
}
