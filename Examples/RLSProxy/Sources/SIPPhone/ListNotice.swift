// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import SIPMessage

/// A NOTIFY of a list (RFC 4662 §5), read as a phone would: the RLMI document is the part that `start` names, and each
/// instance's document is the part that its `cid` names.
package struct ListNotice: Sendable {
    /// One entry of the list.
    package struct Resource: Sendable, Hashable {
        package var uri: String
        package var name: String?
        /// State of its first instance; nil without instance.
        package var state: String?
        /// The instance's document, byte for byte.
        package var body: [UInt8]?
    }

    private struct Part {
        var id: String
        var content: SIPBytes
    }

    package let version: Int
    package let isFull: Bool
    /// Value of Subscription-State.
    package let subscriptionState: String
    package let resources: [Resource]

    /// Whether the subscription ends with it.
    package var isLast: Bool { self.subscriptionState.hasPrefix("terminated") }

    /// Reads a NOTIFY.
    ///
    /// - Throws: ``PhoneError`` when it is not the NOTIFY of a list.
    package init(_ request: SIPRequest) throws {
        self.subscriptionState = String(decoding: request.headers.first(.subscriptionState) ?? [], as: UTF8.self)
        guard let type = try request.contentType, type.type == "multipart", type.subtype == "related",
            let boundary = type.parameters.value("boundary"), let start = type.parameters.value("start")
        else { throw PhoneError.unusable("not multipart/related") }
        let parts = Self.parts(of: request.body, boundary: boundary)
        guard let root = parts.first(where: { "<\($0.id)>" == start }) else {
            throw PhoneError.unusable("no RLMI part")
        }
        let document = String(decoding: root.content, as: UTF8.self)
        guard let begin = document.firstRange(of: "<list") else { throw PhoneError.unusable("no list") }
        let list = String(document[begin.upperBound...])
        guard let version = Self.attribute("version", in: list).flatMap({ Int($0) }) else {
            throw PhoneError.unusable("no version")
        }
        self.version = version
        self.isFull = Self.attribute("fullState", in: list).map { $0 == "true" || $0 == "1" } ?? false
        self.resources = list.split(separator: "<resource").dropFirst().map { text in
            let element = String(text)
            let cid = Self.attribute("cid", in: element)
            return Resource(
                uri: Self.attribute("uri", in: element) ?? "",
                name: element.firstMatch(of: #/<name[^>]*>([^<]*)</name>/#).map { String($0.1) },
                state: Self.attribute("state", in: element),
                body: parts.first { $0.id == cid }.map { Array($0.content) }
            )
        }
    }

    /// RFC 2046 §5.1.1: the line end before a delimiter belongs to the delimiter.
    private static func parts(of body: SIPBytes, boundary: String) -> [Part] {
        let delimiter = Array("\r\n--\(boundary)".utf8)
        let gap = Array("\r\n\r\n".utf8)
        return (Array("\r\n".utf8) + body)[...].split(separator: delimiter).compactMap { part in
            guard let headEnd = part.firstRange(of: gap) else { return nil }
            let head = String(decoding: part[..<headEnd.lowerBound], as: UTF8.self)
            let id = head.firstMatch(of: #/(?i)content-id:\s*<?([^>\s]*)>?/#).map { String($0.1) }
            return Part(id: id ?? "", content: part[headEnd.upperBound...])
        }
    }

    private static func attribute(_ name: String, in text: String) -> String? {
        guard let start = text.firstRange(of: " \(name)=\"") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }
}
