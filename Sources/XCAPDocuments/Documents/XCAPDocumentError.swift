// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Why a document was refused. It says where, and never repeats content of the document.
public struct XCAPDocumentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of fault.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The kind in words.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// No content at all.
        public static let empty = Code("document is empty")
        /// More bytes than ``XCAPDocumentLimits/maxBytes``; found before anything is parsed.
        public static let tooLarge = Code("document is too large")
        /// Not UTF-8 (RFC 4825 §5, R4826-04).
        public static let notUTF8 = Code("document is not UTF-8")
        /// Not well-formed XML.
        public static let notWellFormed = Code("document is not well-formed XML")
        /// A DOCTYPE: no list document has one, and entities are how documents attack (S-XXE, S-BOMB).
        public static let doctype = Code("document has a DOCTYPE")
        /// Elements nested deeper than ``XCAPDocumentLimits/maxDepth``.
        public static let tooDeep = Code("elements are nested too deeply")
        /// More elements than ``XCAPDocumentLimits/maxElements``.
        public static let tooManyElements = Code("document has too many elements")
        /// More attributes at one element than ``XCAPDocumentLimits/maxAttributes``.
        public static let tooManyAttributes = Code("an element has too many attributes")
        /// More namespace declarations in scope than ``XCAPDocumentLimits/maxNamespaces``.
        public static let tooManyNamespaces = Code("too many namespaces are declared")
        /// An attribute, tag or text longer than the limits allow.
        public static let valueTooLong = Code("an attribute, tag or text is too long")
        /// The root element is not that of this kind of document.
        public static let wrongRoot = Code("root element is not that of this kind of document")
    }

    /// The kind of fault.
    public var code: Code
    /// The line where it was found, from 1; nil when it concerns the whole document.
    public var line: Int?
    /// libxml2's number of a well-formedness error.
    public var parserCode: Int?

    /// Creates an error.
    public init(_ code: Code, line: Int? = nil, parserCode: Int? = nil) {
        self.code = code
        self.line = line
        self.parserCode = parserCode
    }

    /// The kind, the line and the parser's number.
    public var description: String {
        var text = self.code.description
        if let line = self.line {
            text += ", line \(line)"
        }
        if let parserCode = self.parserCode {
            text += " (libxml2 error \(parserCode))"
        }
        return text
    }
}
