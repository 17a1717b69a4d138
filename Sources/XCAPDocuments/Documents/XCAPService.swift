// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// One `service` of an rls-services document (RFC 4826 §4.1).
public struct XCAPService: Sendable, Hashable {
    /// Where its list is.
    public enum List: Sendable, Hashable {
        /// In the document itself; the node 0 is the list.
        case inline(XCAPListTree)
        /// `resource-list`: an absolute HTTP URI that names a list, as written.
        case reference(String)
        /// Neither or more than one of them: the schema allows exactly one.
        case invalid
    }

    /// The service URI as written, without the white space around it.
    public var uri: String
    /// The list.
    public var list: List
    /// Event packages served; nil: all (R4826-31). An empty array serves none.
    public var packages: [String]?
}
