// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// What is wrong with bytes that should be SIP, and where.
public struct SIPParseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of mistake.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        private init(_ name: String) {
            self.description = name
        }

        /// The first line is neither a request line nor a status line.
        public static let startLine = Code("startLine")
        /// A SIP version other than 2.0; answered 505.
        public static let version = Code("version")
        /// A method that is no token, or differs from that of CSeq.
        public static let method = Code("method")
        /// A Request-URI with characters that none has.
        public static let requestURI = Code("requestURI")
        /// A header line without a legal name.
        public static let headerName = Code("headerName")
        /// A header value that does not follow its grammar.
        public static let headerValue = Code("headerValue")
        /// A header that every message needs is missing.
        public static let missingHeader = Code("missingHeader")
        /// A header that may stand once stands twice.
        public static let duplicateHeader = Code("duplicateHeader")
        /// Content-Length is missing on a stream, no number, or larger than the datagram.
        public static let contentLength = Code("contentLength")
        /// The message ends before its header does.
        public static let truncated = Code("truncated")
        /// A URI that does not follow its grammar.
        public static let uri = Code("uri")
        /// Larger than the limits allow.
        public static let tooLarge = Code("tooLarge")
    }

    /// The kind of mistake.
    public var code: Code
    /// Where in the parsed bytes, counted from their beginning.
    public var offset: Int
    /// The header concerned, if it is one.
    public var header: SIPHeaderName?
    /// Why; shows no content of the message.
    public var reason: String

    /// Creates an error.
    public init(_ code: Code, offset: Int = 0, header: SIPHeaderName? = nil, reason: String) {
        self.code = code
        self.offset = offset
        self.header = header
        self.reason = reason
    }

    /// The status code that answers a request with this mistake.
    public var suggestedStatus: Int {
        switch self.code {
        case .version: 505
        case .tooLarge: 513
        default: 400
        }
    }

    /// Kind, header, place and reason; no content of the message.
    public var description: String {
        let place = self.header.map { " in \($0.spelling)" } ?? ""
        return "\(self.code)\(place) at byte \(self.offset): \(self.reason)"
    }
}
