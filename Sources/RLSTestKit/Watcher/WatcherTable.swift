// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// What the phone shows of a list: a row per resource (RFC 4662 §5.6).
public struct WatcherTable: Hashable, Sendable {
    /// The state of one instance.
    public struct Instance: Hashable, Sendable {
        /// Its id.
        public var id: String
        /// Its state.
        public var state: RLMIDocument.State
        /// Why it is terminated.
        public var reason: String?
        /// Content-Type of the body; "" without body.
        public var contentType: String
        /// The body; nil without.
        public var body: [UInt8]?
    }

    /// A row.
    public struct Row: Hashable, Sendable {
        /// The resource.
        public var uri: String
        /// Its names.
        public var names: [String]
        /// Its instances.
        public var instances: [Instance]
    }

    /// What a document did to the table.
    public enum Change: Hashable, Sendable {
        /// Full state: flushed and built anew.
        case rebuilt
        /// Partial state, the next version.
        case updated
        /// Partial state after a gap: taken over, but the watcher should refresh (R4662-93).
        case updatedAfterGap
        /// An old version, thrown away.
        case discarded
    }

    /// Rows, in the order of the last full document; new ones after them.
    public private(set) var rows: [Row] = []
    /// Names of the list.
    public private(set) var names: [String] = []
    /// The version of the last document taken; nil before the first (R4662-97).
    public private(set) var version: UInt32?

    /// Creates an empty table.
    public init() {}

    /// The row of a resource.
    public subscript(uri: String) -> Row? {
        self.rows.first { $0.uri == uri }
    }

    /// Takes a document.
    public mutating func apply(_ notification: RLSListNotification) -> Change {
        let document = notification.rlmi
        // R4662-91, R4662-94: an old document is discarded, whatever it is.
        if let version = self.version, document.version <= version {
            return .discarded
        }
        let isNext = self.version.map { document.version - $0 == 1 } ?? true
        self.version = document.version
        self.names = document.names.map(\.text)
        if document.fullState {
            self.rows = document.resources.map { Self.row($0, notification) }
            return .rebuilt
        }
        for resource in document.resources {
            self.update(Self.row(resource, notification))
        }
        return isNext ? .updated : .updatedAfterGap
    }

    private mutating func update(_ new: Row) {
        guard let index = self.rows.firstIndex(where: { $0.uri == new.uri }) else {
            self.rows.append(new)
            return
        }
        var instances = new.instances.isEmpty ? [] : self.rows[index].instances
        for instance in new.instances {
            if let known = instances.firstIndex(where: { $0.id == instance.id }) {
                instances[known] = instance
            } else {
                instances.append(instance)
            }
        }
        self.rows[index] = Row(uri: new.uri, names: new.names, instances: instances)
    }

    private static func row(_ resource: RLMIDocument.Resource, _ notification: RLSListNotification) -> Row {
        Row(
            uri: resource.uri,
            names: resource.names.map(\.text),
            instances: resource.instances.map { instance in
                let part = instance.cid.flatMap { notification.part($0) }
                return Instance(
                    id: instance.id,
                    state: instance.state,
                    reason: instance.reason,
                    contentType: part?.contentType ?? "",
                    body: part.map { Array($0.body) }
                )
            }
        )
    }
}
