// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

/// The body of a list NOTIFY, read: RLMI and the parts it speaks of.
///
/// The reader is strict: it knows only the form that all known clients read (boundary unquoted and last, no preamble,
/// RLMI first and named by `start`, CRLF before each delimiter). It shares no code with the writer.
public struct RLSListNotification: Hashable, Sendable {
    /// The form of the part headers.
    public enum Style: Hashable, Sendable {
        /// As RFC 4662 has it.
        case standard
        /// As liblinphone 5.1 wants it: `Content-Id` without brackets.
        case legacyLinphone
    }

    /// What the RLMI document says.
    public var rlmi: RLMIDocument
    /// The RLMI document as it came.
    public var rlmiBytes: SIPBytes
    /// The parts after the RLMI, in order.
    public var parts: [RLSPart]
    /// The boundary.
    public var boundary: String

    /// Reads the body of a NOTIFY.
    ///
    /// - Throws: the first `RLSReadingFault`.
    public init(_ request: SIPRequest, style: Style = .standard) throws(RLSReadingFault) {
        var faults: [RLSReadingFault] = []
        guard let contentType = request.headers.first(.contentType) else {
            throw RLSReadingFault("R4662-04", "no Content-Type")
        }
        try self.init(contentType: contentType, body: request.body, style: style, faults: &faults)
        if let fault = faults.first {
            throw fault
        }
    }

    /// Reads a body and notes what is wrong but leaves it readable.
    ///
    /// - Parameter faults: gets those faults appended.
    /// - Throws: the fault that makes the body unreadable.
    public init(
        contentType: SIPBytes,
        body: SIPBytes,
        style: Style = .standard,
        limits: RLSReadingLimits = RLSReadingLimits(),
        faults: inout [RLSReadingFault]
    ) throws(RLSReadingFault) {
        let type = try ContentTypeValue(contentType)
        guard type.mediaType == "multipart/related" else {
            throw RLSReadingFault(type.mediaType == "application/rlmi+xml" ? "R4662-83" : "R4662-04", type.mediaType)
        }
        guard let boundary = type.parameter("boundary") else { throw RLSReadingFault("R2387-04", "no boundary") }
        self.boundary = boundary.value
        var reader = try MultipartReader(boundary: boundary.value, limits: limits)
        defer { faults.append(contentsOf: reader.faults) }
        let parts = try reader.read(body)
        Self.check(type, first: parts[0], &faults)
        for part in parts {
            Self.check(part, style: style, &faults)
        }
        try Self.checkNesting(parts, boundaries: [boundary.value], limits: limits, &faults)
        self.rlmiBytes = parts[0].body
        self.rlmi = try RLMIDocument(parts[0].body, limits: limits)
        self.parts = Array(parts.dropFirst())
        self.checkReferences(root: parts[0], &faults)
    }

    /// The part that a `cid` names.
    public func part(_ cid: String) -> RLSPart? {
        self.parts.first { $0.contentID == cid }
    }

    /// Reads a part that is a list itself (R4662-110).
    public func nestedList(_ part: RLSPart) throws(RLSReadingFault) -> RLSListNotification {
        var faults: [RLSReadingFault] = []
        return try RLSListNotification(
            contentType: Array(part.contentType.utf8)[...],
            body: part.body,
            faults: &faults
        )
    }
}
