// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// What is wrong with a list NOTIFY, and which rule says so.
public struct RLSReadingFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule, by its id in the requirements catalogue, e.g. `R4662-78`.
    public var rule: String
    /// What was found, in words; may quote the message.
    public var message: String

    /// Creates a fault.
    public init(_ rule: String, _ message: String) {
        self.rule = rule
        self.message = message
    }

    /// Rule and message.
    public var description: String { "\(self.rule): \(self.message)" }
}

/// Sizes beyond which a reader gives up (S-BODYTYPE, S-BOMB).
public struct RLSReadingLimits: Sendable, Hashable {
    /// Parts of one multipart body. Default 2000.
    public var parts = 2000
    /// Multipart bodies inside one another. Default 8.
    public var nesting = 8
    /// Bytes of the headers of one part. Default 8 KiB.
    public var partHeaderBytes = 8192
    /// Bytes of an RLMI document. Default 1 MiB.
    public var documentBytes = 1_048_576
    /// Elements inside one another. Default 64.
    public var depth = 64
    /// Elements of a document. Default 50,000.
    public var elements = 50_000
    /// Attributes of one element. Default 64.
    public var attributes = 64
    /// Bytes of one attribute's value. Default 8 KiB.
    public var attributeBytes = 8192

    /// Creates the default limits.
    public init() {}
}
