// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
public import XCAPDocuments

/// Where lists are fetched from by HTTP, and how.
public struct XCAPHTTPConfiguration: Sendable {
    /// An XCAP server. OpenSIPS, Kamailio: `xcap_root`.
    public struct Root: Sendable {
        /// The root URL.
        public var root: XCAPRoot
        /// Other URLs by which documents name this root, for example with a name that only the outside uses.
        public var aliases: [XCAPRoot] = []
        /// Domains of the watchers whose documents are here; empty: every domain.
        public var domains: [String] = []
        /// What to answer to a challenge; nil: a challenge is refused.
        public var credentials: XCAPCredentials?

        /// Creates a root.
        public init(_ root: XCAPRoot, credentials: XCAPCredentials? = nil) {
            self.root = root
            self.credentials = credentials
        }
    }

    /// The servers, asked in this order.
    public var roots: [Root]
    /// Roots of others to which `external` may lead. They never see credentials. Default none.
    public var externalRoots: [XCAPRoot] = []
    /// How documents are read. Here the global index is the union of users' services unless it is said otherwise, as
    /// RFC 4826 §4.4.9 has it: a list in it belongs to a user and is not offered to everybody.
    public var options: XCAPOptions = {
        var options = XCAPOptions()
        options.globalIndex = .unionOfUsers
        return options
    }()
    /// Time for one document, from the request to the last byte, authentication included. Default 2.5 s, so that it ends
    /// before ``RLSConfiguration/resolveTimeout``.
    public var timeout: Duration = .milliseconds(2_500)
    /// Time to get a connection, the wait for a free one included. Default 2 s.
    public var connectTimeout: Duration = .seconds(2)
    /// Connections to one server. Default 8; further requests wait for one.
    public var maxConnections = 8
    /// Documents being fetched or waiting for a connection. Default 1,024; more are `unavailable`.
    public var maxRequests = 1_024
    /// How long a document is used without asking whether it has changed. Default 1 s.
    public var freshness: Duration = .seconds(1)
    /// How long after it was last confirmed a document is used when its server does not answer. Default nil: not at all.
    public var staleIfError: Duration?
    /// Bytes of documents kept. Default 64 MiB.
    public var maxCacheBytes = 67_108_864
    /// Documents kept. Default 10,000; that a document does not exist counts as one.
    public var maxCacheDocuments = 10_000
    /// How often each document that a list was made from is asked for changes. Default 10 s. It is less often when there
    /// are more than ``revalidationRate`` allows.
    public var revalidationInterval: Duration = .seconds(10)
    /// Requests per second that look for changes. Default 50.
    public var revalidationRate = 50

    /// Creates the defaults for these servers.
    public init(roots: [Root]) {
        self.roots = roots
    }
}

/// A user name and password. Its description does not show the password.
public struct XCAPCredentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The user name.
    public var user: String
    /// The password.
    public var password: String
    /// Basic authentication shows the password to everybody on the way: without TLS it is used only when this is set.
    /// Default off. Digest (RFC 7616) is preferred whenever the server offers it.
    public var allowsBasicWithoutTLS = false

    /// Creates credentials.
    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// The user name.
    public var description: String { "XCAPCredentials(user: \(self.user))" }
    /// The user name.
    public var debugDescription: String { self.description }
}
#endif
