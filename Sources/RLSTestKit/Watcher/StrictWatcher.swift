// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
import SIPMessage

/// A watcher of one list, written strictly by RFC 4662 §5.6: a phone that checks everything it is told.
///
/// It does no I/O: it makes requests, takes answers and NOTIFYs, and collects ``violations``. Its own answers to NOTIFYs
/// are what the caller says. Where several NOTIFYs may be under way, hand in what the server sends, in order, to
/// ``serverSent(_:at:)``; then ``receive(_:at:answering:)`` only keeps the table.
public struct StrictWatcher: Sendable {
    /// How a NOTIFY is answered.
    public enum Answer: Sendable, Hashable {
        /// 200.
        case ok
        /// This status, with Retry-After if given; the NOTIFY has no effect on the table.
        case refuse(Int, retryAfter: UInt32? = nil)
        /// Nothing; call ``gaveUp(at:)`` when the server's transaction has timed out.
        case silence
        /// 200, but later: with ``answerHeld(at:)``.
        case later
    }

    /// Where the subscription stands, for the watcher.
    public enum Phase: Sendable, Hashable {
        /// Nothing asked yet.
        case idle
        /// A SUBSCRIBE is under way, and nothing has come.
        case asking
        /// Running, not yet allowed.
        case pending
        /// Running.
        case active
        /// The SUBSCRIBE was refused.
        case refused(Int)
        /// Over.
        case terminated(reason: String)
    }

    /// The options.
    public private(set) var options: WatcherOptions
    /// Where it stands.
    public internal(set) var phase = Phase.idle
    /// What the phone shows.
    public internal(set) var table = WatcherTable()
    /// What the table did with the last NOTIFY.
    public internal(set) var lastChange: WatcherTable.Change?
    /// A partial document came after a gap: the phone should refresh (R4662-93).
    public internal(set) var wantsRefresh = false
    /// The end of the subscription, as the watcher knows it.
    public internal(set) var expiresAt: RLSInstant?
    /// CSeq number of the last SUBSCRIBE made.
    public internal(set) var localCSeq: UInt32 = 0
    /// The last body taken.
    public internal(set) var lastNotification: RLSListNotification?

    var audit: NotifyAudit
    var isAudited = false
    var remoteCSeq: UInt32?
    var serverTag: String?
    var remoteTarget: String?
    /// The last body that the server has sent, as bytes and as read.
    var sent: (bytes: SIPBytes, body: RLSListNotification)?
    var held: (notify: SIPRequest, since: RLSInstant)?

    /// Creates a watcher that has asked nothing yet.
    public init(_ options: WatcherOptions) {
        self.options = options
        self.audit = NotifyAudit(options: options)
    }

    /// Everything the server did wrong so far.
    public var violations: [WatcherViolation] { self.audit.violations }

    /// The violations so far; forgets them.
    public mutating func takeViolations() -> [WatcherViolation] {
        defer { self.audit.violations = [] }
        return self.audit.violations
    }

    /// Notes what should have come by now: a NOTIFY after a 2xx, the last one when the time was over.
    public mutating func check(at now: RLSInstant) {
        self.audit.check(at: now)
    }

    /// The server was started again: numbers may jump once, to a full state, and instance ids may change.
    ///
    /// - Parameters:
    ///   - hasRecord: the server's store has the dialog, although it may be over. Then ``mayReturn``.
    ///   - isOver: the server has ended the subscription, and was gone before it could say so.
    public mutating func serverRestarted(hasRecord: Bool = false, isOver: Bool = false, at now: RLSInstant) {
        self.audit.serverRestarted(hasRecord: hasRecord, isOver: isOver, at: now)
    }

    /// A server that was started again could not load its store, and so did not know the dialog, until now.
    ///
    /// - Parameter hasRecord: as of ``serverRestarted(hasRecord:isOver:at:)``.
    public mutating func serverLoaded(hasRecord: Bool = false, at now: RLSInstant) {
        self.audit.serverWasAway(hasRecord: hasRecord, at: now)
    }

    /// The Contact of the following SUBSCRIBEs, e.g. after a change of network.
    public mutating func move(to contact: String) {
        self.options.contact = contact
    }
}

extension StrictWatcher {
    /// Whether the subscription runs, as far as the server's own messages say.
    public func isRunning(at now: RLSInstant) -> Bool {
        self.audit.isAccepted && self.audit.ended == nil && self.audit.grantedUntil.map { now < $0 } ?? false
    }

    /// The subscription is over, and the server was started again before that was stored: its NOTIFYs are no mistake until one
    /// is refused.
    public var mayReturn: Bool { self.audit.mayReturn }

    /// The server was started again before it had answered a SUBSCRIBE, and made a second dialog of it: neither is judged any more.
    public var isForked: Bool { self.audit.isForked }

    /// The server has refused the first SUBSCRIBE.
    public var wasRefused: Bool { self.audit.refusedStatus != nil }

    /// The list has these entries now: what is not among them may come back as something new.
    public mutating func listChanged(to entries: [String]) {
        self.audit.instanceIDs = self.audit.instanceIDs.filter { entries.contains($0.key) }
        self.audit.shownActive.formIntersection(entries)
    }

    /// The tag of the server, from the first message that showed it.
    public var knownServerTag: String? { self.audit.serverTag }
}
