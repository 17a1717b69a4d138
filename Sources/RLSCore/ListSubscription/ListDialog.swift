// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// A list subscription and its dialog: we are notifier (RFC 4662, RFC 6665 §4.2).
///
/// There are tens of thousands of these, so they may hold references; their resources are rows in a slab.
final class ListDialog {
    /// Where the list subscription stands and what the watcher knows.
    enum State: Hashable {
        /// The first SUBSCRIBE waits for the store. The watcher has no answer.
        case preparing
        /// The watcher has a 200 and sees the list.
        case active
        /// The watcher has a 200 and is told `pending`; nothing of the list is shown, nothing is subscribed to.
        case pending
        /// The watcher is told `active` and shown an empty list (RFC 6665 §6.2).
        case hidden
        /// Restored from the store; the members are not known yet, nothing has been sent.
        case dormant
        /// Ended; a last NOTIFY with this reason is to be sent or in flight.
        case ending(reason: String)
        /// Ended and told; only back-end subscriptions are still being taken down.
        case over
    }

    let slot: UInt32
    /// Nonce of our tag.
    let nonce: UInt64
    /// Read and changed by name, see ListDialog+Texts.swift.
    var texts = DialogTexts()
    let package: RLSEventPackage
    /// Record-Route of the first SUBSCRIBE, in order (R3261-01); a target refresh never changes it.
    let routeSet: [String]
    let isLegacyClient: Bool
    /// The first SUBSCRIBE carried P-Asserted-Identity: so do our back-end SUBSCRIBEs (MORE-70).
    let assertsIdentity: Bool

    var state = State.preparing
    var path: SIPPath
    var remoteTarget: SIPURI
    var hasAccept = false
    /// The last Content-Type that was found to be covered by `backendAccept`.
    var welcomeType = ByteHandle.none
    /// CSeq number of the last NOTIFY.
    var localCSeq: UInt32 = 0
    /// CSeq number of the last SUBSCRIBE.
    var remoteCSeq: UInt32
    /// Version of the next RLMI document.
    var version: UInt32 = 0
    /// The numbers in the store; none above has been used.
    var storedCSeq: UInt32 = 0
    var storedVersion: UInt32 = 0
    var isStored = false
    var isInSaveQueue = false
    var expires: RLSInstant {
        didSet { self.storedExpires = nil }
    }
    /// `expires` as the store has it, in epoch seconds; nil until it was rounded once.
    var storedExpires: Int64?
    /// Seconds of the first grant.
    var firstGrant: UInt32
    /// Max-Forwards of first back-end SUBSCRIBEs (S-LOOP).
    var backendMaxForwards: UInt32 = 70

    var ownerKind = OwnerKind.noService
    var servicePackages: [String]?
    var list: MemberList?
    /// Row of each entry, in list order.
    var rows: [UInt32] = []
    /// Rows whose entry is gone, still being taken down. Also all rows of an ended subscription.
    var leavingRows = 0
    /// Entries that changed since the last NOTIFY that carried them.
    var changed = EntrySet()
    var deltas = DeltaQueues()
    var schedule = NotificationSchedule()
    /// The documents that the list was made from; kept by ``DialogTable``.
    var documents: [DialogTable.Document] = []
    /// The watcher's address of record while the dialog counts against its limit; kept by ``DialogTable``.
    var countedWatcher = ByteHandle.none

    /// The NOTIFY that says `terminated` has left.
    var hasSentLast = false

    /// A SUBSCRIBE of this dialog is being handled, or a wake-up.
    var isBusy = false
    var hasWaiter = false
    /// Waits for the store; nothing is sent meanwhile.
    var commit: PendingCommit?
    /// What came while waiting for the store.
    var deferred: DeferredEvents?
    /// A list change came while it could not be acted on.
    var wantsRecheck = false
    /// How often the list could not be had after a restart.
    var wakeAttempts = 0
    var wakeDue = RLSInstant.zero

    /// Loaded from the store and not used yet, by resource URI.
    var restoredStates: [String: RestoredState] = [:]
    /// The last run ended in order: the stored states are what the watcher saw.
    var wasClean = false
    /// CSeq and version have been moved past all that may have been used before the restart.
    var hasJumped = false

    struct RestoredState {
        var state: RLSStoredState.AuthState
        var reason: ByteHandle
        var contentType: ByteHandle
        var body: ByteHandle
    }

    /// Seldom there, so it does not lie in the dialog.
    final class DeferredEvents {
        var outcomes: [(sequence: UInt32, outcome: RLSTransactionOutcome)] = []
        var endReason: String?
        /// Rows whose turn to send came.
        var turns: [BackendRow.Reference] = []
    }

    init(
        slot: UInt32,
        nonce: UInt64,
        key: RLSDialogKey,
        watcher: SIPURI,
        eventID: String,
        eventParameters: String,
        package: RLSEventPackage,
        presentityURI: String,
        remoteHeader: [UInt8],
        localHeader: [UInt8],
        routeSet: [String],
        isLegacyClient: Bool,
        assertsIdentity: Bool,
        path: SIPPath,
        remoteTarget: SIPURI,
        localContact: String,
        remoteCSeq: UInt32,
        expires: RLSInstant,
        firstGrant: UInt32,
        accept: String?,
        backendAccept: [UInt8],
        service: RLSListService?
    ) {
        self.slot = slot
        self.nonce = nonce
        self.package = package
        self.routeSet = routeSet
        self.isLegacyClient = isLegacyClient
        self.assertsIdentity = assertsIdentity
        self.path = path
        self.remoteTarget = remoteTarget
        self.remoteCSeq = remoteCSeq
        self.expires = expires
        self.firstGrant = firstGrant
        self.hasAccept = accept != nil
        self.ownerKind = OwnerKind(service?.owner)
        self.servicePackages = service?.packages
        // All at once: each change makes the block of texts anew.
        let texts: [(DialogTexts.Field, SIPBytes)] = [
            (.localHeader, localHeader[...]),
            (.remoteHeader, remoteHeader[...]),
            (.presentityURI, Array(presentityURI.utf8)[...]),
            (.watcher, Array(watcher.text.utf8)[...]),
            (.callID, Array(key.callID.utf8)[...]),
            (.watcherTag, Array(key.watcherTag.utf8)[...]),
            (.localTag, Array(key.localTag.utf8)[...]),
            (.localContact, Array(localContact.utf8)[...]),
            (.eventID, Array(eventID.utf8)[...]),
            (.eventParameters, Array(eventParameters.utf8)[...]),
            (.accept, Array((accept ?? "").utf8)[...]),
            (.backendAccept, backendAccept[...]),
        ]
        self.texts.update(texts + Self.texts(of: service))
    }

    /// Whether the dialog still is one for the watcher: in-dialog requests are answered otherwise 481.
    var isAlive: Bool {
        switch self.state {
        case .preparing, .active, .pending, .hidden, .dormant: true
        case .ending, .over: false
        }
    }

    enum OwnerKind: UInt8 {
        case noService, user, shared, unknown

        init(_ owner: RLSListOwner?) {
            switch owner {
            case nil: self = .noService
            case .user: self = .user
            case .shared: self = .shared
            case .unknown: self = .unknown
            }
        }
    }

    /// Where to keep what comes while waiting for the store.
    func deferEvents() -> DeferredEvents {
        let events = self.deferred ?? DeferredEvents()
        self.deferred = events
        return events
    }

    var storedStatus: RLSStoredDialog.Status { self.state == .pending ? .pending : .active }

    /// Whether the members may be shown and subscribed to.
    var showsMembers: Bool {
        switch self.state {
        case .active, .ending: true
        case .preparing, .pending, .hidden, .dormant, .over: false
        }
    }
}

/// A change of a list dialog that waits for the store: prepared, invisible outside, confirmed or aborted later.
///
/// Seldom there, and large, so it does not lie in the dialog.
indirect enum PendingCommit {
    /// The first SUBSCRIBE.
    case initial(RLSSubscribe, verdict: RLSAuthorization, list: RLSResolvedList?)
    /// A refresh, an unsubscribe, or the end because the service is gone.
    case refresh(PendingRefresh)
    /// A restored dialog wakes up.
    case wake(RLSResolvedList?, verdict: RLSAuthorization)
}

/// What a refresh changes when it is confirmed.
struct PendingRefresh {
    enum Result {
        case goesOn(verdict: RLSAuthorization?, list: RLSResolvedList?, service: RLSListService?)
        /// - Parameter list: what a dialog that was dormant until now shows in its last NOTIFY.
        case ends(reason: String, list: RLSResolvedList?)
    }

    var subscribe: RLSSubscribe
    var granted: UInt32
    var result: Result
    /// The dialog was dormant until now.
    var wakes: Bool
}

/// Names a change that waits for the store.
public struct RLSCommitTicket: Sendable, Hashable {
    /// The list dialog.
    public let dialog: RLSDialogID
}
