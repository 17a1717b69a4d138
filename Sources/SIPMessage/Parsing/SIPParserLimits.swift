// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// How much of a message is taken.
public struct SIPParserLimits: Sendable, Hashable {
    /// Bytes of start line and header. Default 64 KiB.
    public var headerBytes = 65_536
    /// Rows of the header. Default 256.
    public var headerRows = 256
    /// Bytes of the body. Default 2 MiB.
    public var bodyBytes = 2_097_152

    /// Creates the default limits.
    public init() {}
}
