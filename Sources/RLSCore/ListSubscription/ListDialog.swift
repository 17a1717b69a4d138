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
    /// CSeq number of the last SUBSCRIBE.
    var remoteCSeq: UInt32
    /// Of our NOTIFYs and their documents.
    var numbers = DialogNumbers()
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

    var work = DialogWork()
    /// Only of a dialog that was restored, until it is woken.
    var restoration: DialogRestoration?

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

    var storedStatus: RLSStoredDialog.Status { self.state == .pending ? .pending : .active }

    /// Whether the members may be shown and subscribed to.
    var showsMembers: Bool {
        switch self.state {
        case .active, .ending: true
        case .preparing, .pending, .hidden, .dormant, .over: false
        }
    }
}
