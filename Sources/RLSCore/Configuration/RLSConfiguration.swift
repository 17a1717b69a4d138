// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

/// Everything that can be set, with defaults that suit a presence service.
///
/// Each property names the OpenSIPS parameter it replaces, if there is one.
public struct RLSConfiguration: Sendable {
    // MARK: Time

    /// How long changes are collected before they go out as one NOTIFY. Default 5 s; 0: at once. OpenSIPS: `waitn_time`.
    public var waitnTime: Duration = .seconds(5)
    /// How long the first states of a new subscription are collected, counted from the first of them. Default 0.5 s.
    public var initialFillDelay: Duration = .milliseconds(500)
    /// Shortest subscription granted, in seconds; shorter requests get 423 (RFC 6665 §4.2.1.1). Default 60.
    public var minExpires: UInt32 = 60
    /// Longest subscription granted, in seconds. Default 7200. OpenSIPS: `max_expires`.
    public var maxExpires: UInt32 = 7200
    /// Refresh of a back-end subscription, as a part of its grant, at a random point. Default 0.80…0.95.
    public var backendRefreshWindow: ClosedRange<Double> = 0.80...0.95
    /// First pause before a failed back-end subscription is tried again; doubles each time. Default 5 s.
    public var backendRetryInitial: Duration = .seconds(5)
    /// Longest pause before a failed back-end subscription is tried again. Default 15 min.
    public var backendRetryMaximum: Duration = .seconds(900)
    /// How long the NOTIFY after a back-end SUBSCRIBE may take: Timer N of RFC 6665 §4.1.2.4, 64*T1. Default 32 s.
    public var timerN: Duration = .seconds(32)
    /// When the proxy reports no outcome of a transaction for this long, it counts as timed out. Default 40 s.
    public var outcomeTimeout: Duration = .seconds(40)
    /// Time limit of a resolver call. Default 3 s.
    public var resolveTimeout: Duration = .seconds(3)
    /// Time limit of an authoriser call. Default 2 s.
    public var authorizeTimeout: Duration = .seconds(2)
    /// Time limit of a commit that a reply waits for. Default 2 s.
    public var storeTimeout: Duration = .seconds(2)
    /// How often changed states are written behind. Many make several batches, with pauses between them, for at most
    /// half of this time. Default 5 s.
    public var stateFlushInterval: Duration = .seconds(5)
    /// How often expired records are removed from the store. Default 100 s. OpenSIPS: `clean_period`.
    public var cleanPeriod: Duration = .seconds(100)

    // MARK: Answers

    /// The code of ``RLSAction/toPresenceCode(_:)`` for a SUBSCRIBE that is not ours. Default 10.
    /// OpenSIPS: `to_presence_code`.
    public var toPresenceCode: Int = 10
    /// The code of ``RLSAction/toPresenceCode(_:)`` for a NOTIFY that is not ours. Default 2, as OpenSIPS returns.
    public var notOursCode: Int = 2
    /// Answer 421 instead of `.toPresenceCode` when a list is asked for without `Supported: eventlist` (R4662-15).
    /// Default off.
    public var requiresEventList = false
    /// How strictly Accept is read (R4662-20). Default lenient.
    public var acceptMode: AcceptMode = .lenient
    /// How a watcher's Accept is judged.
    public enum AcceptMode: Sendable, Hashable {
        /// 406 only when Accept names neither `multipart/related` nor `application/rlmi+xml` nor a range over them.
        case lenient
        /// 406 unless both types are accepted.
        case strict
    }
    /// Retry-After of a 503, in seconds. Default 10.
    public var retryAfter: UInt32 = 10

    // MARK: Identity and routing

    /// User part of our Contacts. Default "rls". OpenSIPS: `contact_user`.
    public var contactUser = "rls"
    /// Contact of back-end subscriptions; nil: made from the path of the watcher's SUBSCRIBE, without transport, so
    /// that NOTIFYs come over UDP. Kamailio: `server_address`.
    public var backendContact: SIPURI?
    /// Where all first back-end SUBSCRIBEs go. Default none: to the entry's own domain. OpenSIPS: `presence_server`.
    public var presenceServer: SIPURI?
    /// Domains served here; nil: every domain. Watchers of other domains do not lend their identity to back-end
    /// subscriptions: those use `sip:<contactUser>@<first domain>` (RFC 4662 §7.1.2, R4662-121).
    public var servedDomains: [String]?
    /// Event packages served. Default presence. OpenSIPS: `rls_event`.
    public var eventPackages: [RLSEventPackage] = [.presence]
    /// Subscribe to nested lists of other servers with `Supported: eventlist` (RFC 4662 §4.6). Default off.
    public var nestedLists = false
    /// User-Agent prefixes of clients that need the legacy linphone form of the NOTIFY. Default none.
    public var legacyUserAgents: [String] = []
    /// Number of this node in tags and Call-IDs, 0…65535. Default 0.
    public var node: UInt16 = 0

    // MARK: NOTIFY

    /// Largest body of a list NOTIFY over UDP, in bytes; larger ones are split into a full and partial ones.
    /// Default 60,000. Kamailio: `max_notify_body_length`.
    public var maxNotifyBodySize = 60_000
    /// Largest body of a list NOTIFY over stream transports, in bytes. Default 1 MiB.
    public var maxStreamNotifyBodySize = 1_048_576
    /// NOTIFYs with a larger body go to a Contact over TCP although the watcher came over UDP (RFC 3261 §18.1.1), in
    /// bytes. Default off: UDP stays UDP up to `maxNotifyBodySize`, as all servers do.
    public var preferStreamAbove: Int?
    /// Consecutive time-outs of NOTIFYs that end a list subscription. Default 3; 1 is RFC 6665 §4.2.2's SHOULD.
    public var notifyTimeoutLimit = 3

    // MARK: Back-ends

    /// Seconds asked for in back-end SUBSCRIBEs; nil: the list's first grant, at least 600 s (R6665-77).
    public var backendExpires: UInt32?
    /// Back-end SUBSCRIBEs per second, all together. Default 2,000.
    public var backendRate = 2_000
    /// Back-end SUBSCRIBEs without an answer, all together. Default 1,000.
    public var backendInFlight = 1_000
    /// Back-end SUBSCRIBEs without an answer per next hop. Default 200.
    public var backendInFlightPerHop = 200
    /// Back-end SUBSCRIBEs sent together with the reply to a list SUBSCRIBE; the rest is paced. Default 50.
    public var backendBurst = 50
    /// Largest body taken from a back-end NOTIFY, in bytes; larger ones get 413. Default 64 KiB.
    public var maxBackendBodySize = 65_536
    /// Restored list dialogs woken per second. Default 200.
    public var restartRate = 200

    // MARK: Limits

    /// Entries served of a list; the first ones in document order. Default 500.
    public var maxEntriesPerList = 500
    /// What happens at a first SUBSCRIBE to a larger list. Default: the first entries are served and the loss reported. A list
    /// that grows later is never refused.
    public var entryLimitPolicy: LimitPolicy = .partial
    /// What happens to something that is too large.
    public enum LimitPolicy: Sendable, Hashable {
        /// Serve what fits and report the loss.
        case partial
        /// Refuse with 403.
        case strict
    }
    /// List subscriptions of one watcher. Default 20; more get 403.
    public var maxListsPerWatcher = 20
    /// List subscriptions, all together. Default 200,000; more get 503.
    public var maxListDialogs = 200_000
    /// Back-end subscriptions, all together. Default 5,000,000; a first SUBSCRIBE that needs more gets 503, a list that grows
    /// later does not.
    public var maxBackends = 5_000_000
    /// Queued deltas of one resource (packages with `deltaBodies`). Default 16.
    public var maxQueuedDeltas = 16

    // MARK: Store

    /// When a list dialog is written. Default `.beforeReply`; without a store it has no meaning.
    public var durability: RLSDurability = .beforeReply
    /// Independent parts of the server, each with its own lock; rounded up to a power of two, at most 256.
    /// Default 4.
    public var shards = 4

    /// Creates the default configuration.
    public init() {}
}

/// When a list dialog is written to the store.
public enum RLSDurability: Sendable, Hashable {
    /// The 200 leaves after the commit: no confirmed list dialog is lost.
    case beforeReply
    /// Written within this interval after the 200.
    case writeBehind(Duration)
}

/// An event package, as data (MORE-01): the engine has no package-specific branch.
public struct RLSEventPackage: Sendable, Hashable {
    /// The package token, compared byte by byte (RFC 6665 §8.2.1).
    public var name: String
    /// Seconds granted when a SUBSCRIBE has no Expires (R4662-26).
    public var defaultExpires: UInt32
    /// Accept of back-end SUBSCRIBEs when the watcher's gives none for the package.
    public var defaultAccept: [String]
    /// Bodies are deltas: each is delivered, in order, and none is replayed (R4662-58).
    public var deltaBodies: Bool

    /// Creates a package.
    public init(_ name: String, defaultExpires: UInt32 = 3600, defaultAccept: [String], deltaBodies: Bool = false) {
        self.name = name
        self.defaultExpires = defaultExpires
        self.defaultAccept = defaultAccept
        self.deltaBodies = deltaBodies
    }

    /// RFC 3856.
    public static let presence = RLSEventPackage("presence", defaultAccept: ["application/pidf+xml"])
    /// RFC 3857.
    public static let presenceWinfo = RLSEventPackage(
        "presence.winfo",
        defaultAccept: ["application/watcherinfo+xml"],
        deltaBodies: true
    )
    /// RFC 4235.
    public static let dialog = RLSEventPackage(
        "dialog",
        defaultAccept: ["application/dialog-info+xml"],
        deltaBodies: true
    )
    /// RFC 3842.
    public static let messageSummary = RLSEventPackage(
        "message-summary",
        defaultAccept: ["application/simple-message-summary"]
    )
    /// RFC 4575.
    public static let conference = RLSEventPackage(
        "conference",
        defaultAccept: ["application/conference-info+xml"],
        deltaBodies: true
    )
    /// RFC 3680.
    public static let registration = RLSEventPackage(
        "reg",
        defaultExpires: 3761,
        defaultAccept: ["application/reginfo+xml"],
        deltaBodies: true
    )

    /// A package by name: one of those above, or an unknown one that is served as it comes.
    public static func named(_ name: String) -> RLSEventPackage {
        let known: [RLSEventPackage] = [
            .presence, .presenceWinfo, .dialog, .messageSummary, .conference, .registration,
        ]
        return known.first { $0.name == name } ?? RLSEventPackage(name, defaultAccept: [])
    }
}
