// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Why a reference is not followed.
public struct XCAPReferenceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of fault.
    public enum Code: Sendable, Hashable {
        /// It leads where references may not lead, or tries to (S-SSRF). Nothing is fetched.
        case refused
        /// It cannot name an element, so it resolves to nothing.
        case noElement
    }

    /// The kind of fault.
    public var code: Code
    /// What exactly is wrong.
    public var reason: String

    static func refused(_ reason: String) -> XCAPReferenceError {
        XCAPReferenceError(code: .refused, reason: reason)
    }

    static func noElement(_ reason: String) -> XCAPReferenceError {
        XCAPReferenceError(code: .noElement, reason: reason)
    }

    /// What exactly is wrong.
    public var description: String { self.reason }
}
