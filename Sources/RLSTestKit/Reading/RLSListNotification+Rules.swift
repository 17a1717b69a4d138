// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSListNotification {
    static func check(_ type: ContentTypeValue, first: RLSPart, _ faults: inout [RLSReadingFault]) {
        if type.parameter("type")?.value.lowercased() != "application/rlmi+xml" {
            faults.append(RLSReadingFault("R2387-01", "the type parameter is not application/rlmi+xml"))
        }
        if type.parameter("boundary")?.isQuoted == true || type.parameters.last?.name != "boundary" {
            faults.append(RLSReadingFault("CLIENTS", "the boundary is quoted, or not the last parameter"))
        }
        let start = type.parameter("start")?.value
        if start == nil || start != first.contentID.map({ "<\($0)>" }) {
            faults.append(RLSReadingFault("R2387-02", "start does not name the first part: \(start ?? "none")"))
        }
        if (try? ContentTypeValue(first.header("content-type") ?? []))?.mediaType != "application/rlmi+xml" {
            faults.append(RLSReadingFault("R4662-60", "the first part is \(first.contentType)"))
        }
    }

    static func check(_ part: RLSPart, style: Style, _ faults: inout [RLSReadingFault]) {
        if part.header("content-transfer-encoding").map({ text($0).lowercased() }) != "binary" {
            faults.append(RLSReadingFault("R2387-06", "Content-Transfer-Encoding is not binary"))
        }
        if part.header("content-type").flatMap({ try? ContentTypeValue($0) }) == nil {
            faults.append(RLSReadingFault("R2387-07", "a part without readable Content-Type"))
        }
        guard let header = part.headers.first(where: { $0.name.lowercased() == "content-id" }) else {
            faults.append(RLSReadingFault("R2387-03", "a part without Content-ID"))
            return
        }
        let hasBrackets = header.value.first == 0x3C && header.value.last == 0x3E
        switch style {
        case .standard where !hasBrackets:
            faults.append(RLSReadingFault("R2387-03", "a Content-ID without brackets"))
        case .legacyLinphone where hasBrackets || header.name != "Content-Id":
            faults.append(RLSReadingFault("CLIENTS", "not the Content-Id that linphone reads"))
        case .standard, .legacyLinphone: break
        }
        if let id = part.contentID, !Self.isMessageID(id) {
            faults.append(RLSReadingFault("R2387-03", "not a message id: \(id)"))
        }
    }

    /// `id-left@id-right` of dot-atoms (RFC 5322 §3.6.4), the form that needs no escaping anywhere.
    private static func isMessageID(_ id: String) -> Bool {
        let halves = id.utf8.split(separator: 0x40, omittingEmptySubsequences: false)
        return halves.count == 2
            && halves.allSatisfy { half in
                !half.isEmpty && half.first != 0x2E && half.last != 0x2E
                    && half.allSatisfy { isAlphanumeric($0) || "!#$&'*+-/=?^_`{|}~.".utf8.contains($0) }
            }
    }

    /// Inner boundaries may not begin like an outer one, which some readers take for the delimiter (R2387-05).
    static func checkNesting(
        _ parts: [RLSPart],
        boundaries: [String],
        limits: RLSReadingLimits,
        _ faults: inout [RLSReadingFault]
    ) throws(RLSReadingFault) {
        guard boundaries.count <= limits.nesting else { throw RLSReadingFault("S-BODYTYPE", "nested too deep") }
        for part in parts {
            guard let type = try? ContentTypeValue(part.header("content-type") ?? []),
                type.mediaType.hasPrefix("multipart/"), let inner = type.parameter("boundary")?.value
            else { continue }
            if boundaries.contains(where: { inner.hasPrefix($0) || $0.hasPrefix(inner) }) {
                faults.append(RLSReadingFault("R2387-05", "an inner boundary begins like an outer one"))
            }
            // A part from elsewhere is not ours to judge: what cannot be read is passed on as it is.
            guard var reader = try? MultipartReader(boundary: inner, limits: limits),
                let nested = try? reader.read(part.body)
            else { continue }
            try Self.checkNesting(nested, boundaries: boundaries + [inner], limits: limits, &faults)
        }
    }

    /// What RLMI says of parts and parts of RLMI.
    func checkReferences(root: RLSPart, _ faults: inout [RLSReadingFault]) {
        let ids = self.parts.compactMap(\.contentID) + [root.contentID].compactMap { $0 }
        if Set(ids).count != ids.count {
            faults.append(RLSReadingFault("R4662-82", "a Content-ID twice"))
        }
        var referenced: [String] = []
        var uris: Set<String> = []
        for resource in self.rlmi.resources {
            if !uris.insert(resource.uri).inserted {
                faults.append(RLSReadingFault("R4662-70", "\(resource.uri) twice"))
            }
            if Set(resource.instances.map(\.id)).count != resource.instances.count {
                faults.append(RLSReadingFault("R4662-75", "an instance id of \(resource.uri) twice"))
            }
            for instance in resource.instances {
                referenced += instance.cid.map { [$0] } ?? []
                self.check(instance, of: resource.uri, &faults)
            }
        }
        if let cid = self.rlmi.cid {
            faults.append(RLSReadingFault("R4662-68", "cid \(cid) of the list"))
        }
        if Set(referenced).count != referenced.count {
            faults.append(RLSReadingFault("R4662-69", "a part stands for two instances"))
        }
        for part in self.parts where !referenced.contains(part.contentID ?? "") {
            faults.append(RLSReadingFault("R4662-44", "a part that no instance names: \(part.contentID ?? "")"))
        }
    }

    private func check(_ instance: RLMIDocument.Instance, of uri: String, _ faults: inout [RLSReadingFault]) {
        if instance.state == .active, instance.cid == nil {
            faults.append(RLSReadingFault("R4662-78", "\(uri) is active without cid"))
        }
        if instance.state == .terminated, (instance.reason ?? "").isEmpty {
            faults.append(RLSReadingFault("R4662-76", "\(uri) is terminated without reason"))
        }
        if instance.id.isEmpty {
            faults.append(RLSReadingFault("R4662-75", "an empty instance id of \(uri)"))
        }
        if let cid = instance.cid, self.part(cid) == nil {
            faults.append(
                RLSReadingFault(
                    cid.first == "<" || cid.hasPrefix("cid:") ? "R4662-80" : "R4662-69",
                    "cid \(cid) of \(uri) names no part"
                )
            )
        }
    }
}
