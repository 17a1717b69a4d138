// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension NotifyAudit {
    mutating func check(_ body: RLSListNotification, _ cSeq: UInt32, isLast: Bool) {
        let document = body.rlmi
        if document.uri != self.options.listURI {
            self.note("R4662-63", "list uri \(document.uri)", cSeq)
        }
        self.checkVersion(document, cSeq, isLast: isLast)
        self.checkInstances(document, cSeq)
        self.checkUniqueness(body, cSeq)
        self.checkTypes(body, cSeq)
    }

    private mutating func checkVersion(_ document: RLMIDocument, _ cSeq: UInt32, isLast: Bool) {
        // A dialog that was not woken after a restart ends with a partial document without resources.
        let isDormantEnd = self.isRecovering && isLast && document.resources.isEmpty
        defer {
            self.lastVersion = document.version
            self.mayJump = false
            if document.fullState { self.isRecovering = false }
        }
        guard let last = self.lastVersion else {
            if document.version != 0, !self.mayJump {
                self.note("R4662-64", "the first version is \(document.version)", cSeq)
            }
            if !document.fullState, !isDormantEnd {
                self.note("R4662-53", "the first document is not full", cSeq)
            }
            return
        }
        let isNext = document.version == last &+ 1 && document.version != 0
        let mayJump = self.mayJump || self.options.mayMissNotifies
        if document.version <= last {
            self.note("R4662-64", "version \(document.version) after \(last)", cSeq)
        } else if !isNext, !mayJump {
            self.note("R4662-64", "version \(document.version) after \(last)", cSeq)
        }
        guard !document.fullState, !isDormantEnd else { return }
        if let rule = self.fullStateDue {
            self.note(rule, "full state was due", cSeq)
        } else if !isNext {
            self.note("R4662-65", "partial state after a gap", cSeq)
        }
    }

    private mutating func checkInstances(_ document: RLMIDocument, _ cSeq: UInt32) {
        let mayForget = self.isRecovering || !self.options.checksKnownState
        var ids: [String: String] = document.fullState ? [:] : self.instanceIDs
        var active: Set<String> = document.fullState ? [] : self.shownActive
        for resource in document.resources {
            guard let instance = resource.instances.first else {
                if self.shownActive.contains(resource.uri), !mayForget {
                    self.note("R4662-52", "\(resource.uri) was active and has lost its instance", cSeq)
                }
                active.remove(resource.uri)
                // The id lives as long as the virtual subscription, shown or not.
                ids[resource.uri] = self.instanceIDs[resource.uri]
                continue
            }
            // Only what the last document with this resource says: an entry that left the list comes back as a new one.
            if let known = self.instanceIDs[resource.uri], !self.isRecovering,
                !resource.instances.contains(where: { $0.id == known })
            {
                self.note("R4662-75", "the instance id of \(resource.uri) changed", cSeq)
            }
            ids[resource.uri] = instance.id
            if instance.state == .active {
                active.insert(resource.uri)
            } else {
                active.remove(resource.uri)
            }
        }
        self.instanceIDs = ids
        self.shownActive = active
    }

    /// Content-IDs are unique in the world, boundaries random (R4662-82).
    private mutating func checkUniqueness(_ body: RLSListNotification, _ cSeq: UInt32) {
        if self.contentIDs.count > 8192 { self.contentIDs = [] }
        if self.boundaries.count > 1024 { self.boundaries = [] }
        for id in body.parts.compactMap(\.contentID) where !self.contentIDs.insert(id).inserted {
            self.note("R4662-82", "Content-ID \(id) was used before", cSeq)
        }
        if !self.boundaries.insert(body.boundary).inserted {
            self.note("R4662-82", "the boundary was used before", cSeq)
        }
    }

    /// MORE-13: only types that the last SUBSCRIBE accepts.
    private mutating func checkTypes(_ body: RLSListNotification, _ cSeq: UInt32) {
        guard let accept = self.asked.max(by: { $0.key < $1.key })?.value.accept else { return }
        let ranges = accept.flatMap { $0.split(separator: ",") }.map { range in
            range.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() } ?? ""
        }
        for part in body.parts {
            guard let type = try? ContentTypeValue(part.header("content-type") ?? []) else { continue }
            let group = type.mediaType.prefix { $0 != "/" } + "/*"
            if !ranges.contains(type.mediaType), !ranges.contains(String(group)), !ranges.contains("*/*") {
                self.note("MORE-13", "\(type.mediaType) was not accepted", cSeq)
            }
        }
    }
}
