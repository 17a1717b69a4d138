// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A node selector that can name a list or an entry (RFC 4825 §6.3): one step per element, from the root down.
public struct XCAPNodeSelector: Sendable, Hashable {
    /// What an element has to be called.
    enum NameTest: Sendable, Hashable {
        case any
        case name(Name)
    }

    struct Name: Sendable, Hashable {
        var namespace: XMLNamespace
        var local: String
    }

    /// One step: a name, then a position among what has that name, then an attribute.
    struct Step: Sendable, Hashable {
        var name: NameTest
        var position: Int?
        var attribute: Attribute?
    }

    struct Attribute: Sendable, Hashable {
        var name: String
        var value: String
    }

    let steps: [Step]

    init(steps: [Step]) {
        self.steps = steps
    }

    /// Finds the one element that is meant.
    ///
    /// Each step must leave exactly one element (R4825-05); otherwise the result is nil, which a server answers with 404.
    ///
    /// - Returns: the index of a node of `lists`.
    public func node(in lists: XCAPListTree) -> Int? {
        guard let first = self.steps.first, self.selectsRoot(first) else { return nil }
        var current: Int?
        for step in self.steps.dropFirst() {
            guard let next = Self.child(of: current, step, in: lists) else { return nil }
            current = next
        }
        return current
    }

    private func selectsRoot(_ step: Step) -> Bool {
        let root = Name(namespace: .resourceLists, local: "resource-lists")
        // R4826 §3.1: the root has no attributes.
        return (step.name == .any || step.name == .name(root)) && (step.position ?? 1) == 1 && step.attribute == nil
    }

    private static func child(of parent: Int?, _ step: Step, in lists: XCAPListTree) -> Int? {
        if let parent, case .list = lists.nodes[parent].content {
        } else if parent != nil {
            return nil
        }
        var position = 0
        var found: Int?
        for index in lists.children(of: parent) {
            guard Self.matches(lists.nodes[index].content, step.name) else { continue }
            position += 1
            if let wanted = step.position, wanted != position { continue }
            if let attribute = step.attribute, !Self.has(lists.nodes[index].content, attribute) { continue }
            guard found == nil else { return nil }
            found = index
        }
        return found
    }

    private static func matches(_ content: XCAPListTree.Content, _ test: NameTest) -> Bool {
        guard case .name(let name) = test else { return true }
        guard name.namespace == .resourceLists else { return false }
        switch content {
        case .list: return name.local == "list"
        case .entry: return name.local == "entry"
        case .entryRef: return name.local == "entry-ref"
        case .external: return name.local == "external"
        case .other: return false
        }
    }

    private static func has(_ content: XCAPListTree.Content, _ attribute: Attribute) -> Bool {
        switch content {
        case .list(let name): attribute.name == "name" && attribute.value == name
        case .entry(let uri): attribute.name == "uri" && XMLText.trimmed(attribute.value) == uri
        case .entryRef(let ref): attribute.name == "ref" && XMLText.trimmed(attribute.value) == ref
        case .external(let anchor): attribute.name == "anchor" && XMLText.trimmed(attribute.value) == anchor
        case .other: false
        }
    }
}
