// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// One virtual subscription of a list dialog with its back-end subscription (RFC 4662 §2).
///
/// There are millions of these, so they are 96 bytes and hold no references: strings are handles into the engine's
/// ``ByteTable``, and what follows from something else is not kept.
struct BackendRow: BitwiseCopyable {
    /// Where the back-end subscription stands and what the presence server knows of it.
    enum State: UInt8, BitwiseCopyable {
        /// Nothing lives in this slot.
        case vacant
        /// A first SUBSCRIBE waits for its turn. The presence server knows nothing.
        case queued
        /// The first SUBSCRIBE is out; neither an answer nor a NOTIFY has come. Timer N runs.
        case subscribing
        /// It was answered 2xx; the NOTIFY that makes the dialog has not come. Timer N runs.
        case accepted
        /// A NOTIFY made the dialog and overtook the answer, which is outstanding.
        case notified
        /// The dialog stands and no transaction is open.
        case active
        /// The dialog stands and a refresh waits for its turn.
        case refreshQueued
        /// The refresh is out. Timer N runs.
        case refreshing
        /// The refresh was answered 2xx; its NOTIFY has not come. Timer N runs.
        case refreshed
        /// No dialog; the next attempt is due at `deadline`.
        case waiting
        /// No dialog, and none is tried by time (RFC 6665 §4.1.3: SHOULD NOT retry).
        case stopped
        /// Not wanted any more, but the first SUBSCRIBE is open: unsubscribe when a NOTIFY makes the dialog.
        case abandoned
        /// An unsubscribe waits for its turn.
        case endQueued
        /// The unsubscribe is out, or answered and its last NOTIFY has not come. Timer N runs.
        case ending
    }

    /// What the RLMI document says of the resource (RFC 4662 §4.5, §5.5).
    enum Instance: UInt8, BitwiseCopyable {
        /// No state known: a resource without instance.
        case unknown
        case active
        case pending
        /// Terminated, with `reason`.
        case terminated
    }

    struct Flags: OptionSet, BitwiseCopyable {
        let rawValue: UInt16

        /// Changed since the last NOTIFY to the watcher that carried it.
        static let dirty = Flags(rawValue: 1 << 0)
        /// Has not reported its first state since the list subscription began or woke up.
        static let awaitsFirst = Flags(rawValue: 1 << 1)
        /// A CSeq number of the presence server is known.
        static let hasRemoteCSeq = Flags(rawValue: 1 << 2)
        /// The answer to the open transaction has come or is not needed any more.
        static let notifySeen = Flags(rawValue: 1 << 3)
        /// State differs from the store's.
        static let unsaved = Flags(rawValue: 1 << 4)
        /// The store has a record of the state.
        static let stored = Flags(rawValue: 1 << 5)
        /// Stands in the queue of unsaved states.
        static let inSaveQueue = Flags(rawValue: 1 << 6)
        /// Counts against the limits on SUBSCRIBEs without an answer.
        static let inFlight = Flags(rawValue: 1 << 7)
        /// Refresh as soon as possible: a full document is needed.
        static let wantsRefresh = Flags(rawValue: 1 << 8)
        /// The back-end subscription of an ended list is gone; the row is only kept for the last NOTIFY.
        static let finished = Flags(rawValue: 1 << 9)
        /// Documents that may be deltas were dropped: the watcher is told so before it gets another one.
        static let incomplete = Flags(rawValue: 1 << 10)
    }

    /// Names a row for as long as it lives.
    struct Reference: Hashable, BitwiseCopyable {
        var slot: UInt32
        var serial: UInt32
    }

    /// Nonce of our From tag, from which that of the Call-ID follows; 0 in a vacant slot.
    var tagNonce: UInt64 = 0
    /// When the back-end subscription ends.
    var expires = RLSInstant.zero
    /// While a transaction is open, or its NOTIFY has not come, when Timer N ends (RFC 6665 §4.1.2.4). Otherwise when to
    /// refresh or to try again.
    var due = RLSInstant.zero
    /// Makes the instance id, and tells later rows of the slot apart; lives as long as the virtual subscription
    /// (R4662-75).
    var serial: UInt32 = 0
    /// When the current back-end subscription was begun, in whole seconds.
    var began: UInt32 = 0

    /// Slot of the list dialog.
    var list: UInt32 = 0
    /// Index of the entry in the list; `noEntry` when the list no longer has it.
    var entry: UInt32 = 0
    /// The URI subscribed to.
    var target = ByteHandle.none
    /// The presence server's tag.
    var remoteTag = TagHandle.none
    /// Contact header of the presence server, as received.
    var contact = ByteHandle.none
    /// Record-Route of the NOTIFY that made the dialog, in order (R6665-63).
    var routeSet = ByteHandle.none
    /// The last body.
    var body = ByteHandle.none
    var contentType = ByteHandle.none
    /// Reason of a terminated instance.
    var reason = ByteHandle.none
    var localCSeq: UInt32 = 0
    var remoteCSeq: UInt32 = 0
    /// Seconds asked for.
    var asked: UInt32 = 0
    /// Names the open transaction.
    var sequence: UInt32 = 0
    /// Index of the next hop in the pacer.
    var hop: UInt16 = 0
    /// Attempts since the last subscription that lasted.
    var attempts: UInt8 = 0
    var flags: Flags = []
    var state = State.vacant
    var instance = Instance.unknown

    static let noEntry = UInt32.max

    /// Names this row, which lives in that slot.
    func reference(_ slot: UInt32) -> Reference {
        Reference(slot: slot, serial: self.serial)
    }

    /// What a NOTIFY says: an active instance needs a body, without one there is no instance (R4662-79).
    var visibleInstance: Instance {
        switch self.instance {
        case .active: self.body.isNone ? .unknown : .active
        case .unknown, .pending, .terminated: self.instance
        }
    }

    /// Whether a back-end dialog stands.
    var hasDialog: Bool {
        switch self.state {
        case .notified, .active, .refreshQueued, .refreshing, .refreshed, .endQueued, .ending: true
        case .vacant, .queued, .subscribing, .accepted, .waiting, .stopped, .abandoned: false
        }
    }
}
