// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import SIPMessage

/// What a resolver is asked: is this URI a list?
public struct RLSListQuery: Sendable, Hashable {
    /// Request-URI of the SUBSCRIBE.
    public var uri: SIPURI
    /// Event package.
    public var event: String
    /// The watcher, as authenticated by the proxy.
    public var watcher: SIPURI

    /// Creates a query.
    public init(uri: SIPURI, event: String, watcher: SIPURI) {
        self.uri = uri
        self.event = event
        self.watcher = watcher
    }
}

/// Where lists come from. Both calls are given up after `resolveTimeout`; their task is cancelled then.
public protocol RLSListResolver: Sendable {
    /// Finds the service whose URI equals the query's (RFC 4826 §4.5). No list is fetched yet.
    ///
    /// - Returns: nil when the URI is not a list.
    func findService(_ query: RLSListQuery) async throws(RLSResolverError) -> RLSListService?

    /// Fetches and flattens the list of a service.
    ///
    /// - Parameter known: the version that the caller holds; when nothing changed, answer `.unchanged`.
    func resolve(
        _ service: RLSListService,
        known: RLSListVersion?
    ) async throws(RLSResolverError) -> RLSResolution

    /// Hints that documents changed; never their content. Ends when the resolver can tell nothing any more.
    func makeChanges() -> AsyncStream<RLSListChange>
}

extension RLSListResolver {
    /// A resolver that notices no changes: lists are revalidated at each refresh.
    public func makeChanges() -> AsyncStream<RLSListChange> {
        AsyncStream { $0.finish() }
    }
}

/// A hint that lists may have changed.
public enum RLSListChange: Sendable, Hashable {
    /// These documents, by the keys of RLSDocumentVersion.
    case documents([String])
    /// All lists of this owner.
    case owner(SIPURI)
    /// Anything.
    case everything
}

/// Why a resolver could not answer.
public struct RLSResolverError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure; decides the answer to the SUBSCRIBE.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        private init(_ name: String) {
            self.description = name
        }

        /// The source does not answer or answers 5xx: 503 with Retry-After (R4826-46).
        public static let unavailable = Code("unavailable")
        /// A document is not what it should be: 500.
        public static let badDocument = Code("badDocument")
        /// A reference does not resolve, policy `strict`: 502 (R4826-45, R4826-54, R4826-59).
        public static let badReference = Code("badReference")
        /// A list is larger than the limits allow, policy `strict`: 403.
        public static let tooLarge = Code("tooLarge")
        /// The source refused our credentials: 503; the operator has to act.
        public static let credentialsRefused = Code("credentialsRefused")
    }

    /// The kind of failure.
    public var code: Code
    /// The document or server concerned, for the log.
    public var document: String
    /// More for the log, without content of documents.
    public var message: String
    /// When to try again, if the source said so.
    public var retryAfter: Duration?

    /// Creates an error.
    public init(_ code: Code, document: String, message: String, retryAfter: Duration? = nil) {
        self.code = code
        self.document = document
        self.message = message
        self.retryAfter = retryAfter
    }

    /// Code, document and message, for a log.
    public var description: String { "\(self.code): \(self.document): \(self.message)" }
}
