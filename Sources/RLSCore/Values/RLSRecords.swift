// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The key of a list dialog in a store.
public struct RLSDialogKey: Sendable, Hashable {
    /// Call-ID of the list dialog.
    public var callID: String
    /// The watcher's tag (`from_tag`).
    public var watcherTag: String
    /// Our tag (`to_tag`).
    public var localTag: String

    /// Creates a key.
    public init(callID: String, watcherTag: String, localTag: String) {
        self.callID = callID
        self.watcherTag = watcherTag
        self.localTag = localTag
    }

    /// The documented form of `rls_presentity.rlsubs_did`: `callid;from_tag;to_tag`.
    public var did: String {
        var did = ""
        did.reserveCapacity(self.callID.utf8.count + self.watcherTag.utf8.count + self.localTag.utf8.count + 2)
        did += self.callID
        did += ";"
        did += self.watcherTag
        did += ";"
        did += self.localTag
        return did
    }
}

/// A list dialog as a store keeps it (table `rls_watchers`).
public struct RLSStoredDialog: Sendable, Hashable {
    /// State of the list subscription.
    public enum Status: Int, Sendable, Hashable {
        case active = 1, pending = 2
    }

    /// Call-ID and tags.
    public var key: RLSDialogKey
    /// Request-URI of the first SUBSCRIBE as received; the RLMI `uri`.
    public var presentityURI: String
    /// URI of the To header of the SUBSCRIBE, our identity in the dialog.
    public var to: String
    /// URI of the From header of the SUBSCRIBE.
    public var from: String
    /// Identity used towards back-ends; equals `from` unless the proxy authenticated another one.
    public var watcher: String
    /// Event package.
    public var event: String
    /// `id` of the Event header, "" when it has none.
    public var eventID: String
    /// Other parameters of the Event header as written, e.g. `;a=b`, or "".
    public var eventParameters: String
    /// The Accept rows of the SUBSCRIBE joined with commas; nil when there was none.
    public var accept: String?
    /// No CSeq number above this one has been used for a NOTIFY; after a clean stop the last one used.
    public var localCSeq: UInt32
    /// CSeq number of the last SUBSCRIBE.
    public var remoteCSeq: UInt32
    /// The watcher's remote target (Contact URI).
    public var contact: String
    /// The route set in the order in which it is used, one name-addr each.
    public var routeSet: [String]
    /// End of the subscription, seconds since 1970.
    public var expires: Int64
    /// Active or pending.
    public var status: Status
    /// Why the record is as it is, e.g. `not-restorable`; usually "".
    public var reason: String
    /// No RLMI version from this one on has been used; after a clean stop the next one to use.
    public var version: UInt32
    /// The way the last SUBSCRIBE came.
    public var path: SIPPath
    /// The Contact that we gave to the watcher.
    public var localContact: String
    /// The client needs the legacy linphone form of the NOTIFY.
    public var isLegacyClient: Bool
    /// The first SUBSCRIBE carried P-Asserted-Identity (RFC 3325 §9.1), and so do our back-end SUBSCRIBEs.
    public var assertsIdentity: Bool
    /// Written by a clean stop: numbers are exact and the stored states are what the watcher saw.
    public var isClean: Bool

    /// Creates a record.
    public init(
        key: RLSDialogKey,
        presentityURI: String,
        to: String,
        from: String,
        watcher: String,
        event: String,
        eventID: String = "",
        eventParameters: String = "",
        accept: String? = nil,
        localCSeq: UInt32,
        remoteCSeq: UInt32,
        contact: String,
        routeSet: [String] = [],
        expires: Int64,
        status: Status = .active,
        reason: String = "",
        version: UInt32,
        path: SIPPath,
        localContact: String,
        isLegacyClient: Bool = false,
        assertsIdentity: Bool = false,
        isClean: Bool = false
    ) {
        self.key = key
        self.presentityURI = presentityURI
        self.to = to
        self.from = from
        self.watcher = watcher
        self.event = event
        self.eventID = eventID
        self.eventParameters = eventParameters
        self.accept = accept
        self.localCSeq = localCSeq
        self.remoteCSeq = remoteCSeq
        self.contact = contact
        self.routeSet = routeSet
        self.expires = expires
        self.status = status
        self.reason = reason
        self.version = version
        self.path = path
        self.localContact = localContact
        self.isLegacyClient = isLegacyClient
        self.assertsIdentity = assertsIdentity
        self.isClean = isClean
    }
}

/// The last state of one resource in one list dialog, as a store keeps it (table `rls_presentity`).
public struct RLSStoredState: Sendable, Hashable {
    /// State of the virtual subscription (`auth_state`: 2, 4, 8).
    public enum AuthState: Int, Sendable, Hashable {
        case active = 2, pending = 4, terminated = 8
    }

    /// The list dialog.
    public var dialog: RLSDialogKey
    /// The resource's URI as the list shows it.
    public var resourceURI: String
    /// Content-Type of the body with its parameters, "" without body.
    public var contentType: String
    /// The body, byte for byte.
    public var body: [UInt8]
    /// State of the virtual subscription.
    public var state: AuthState
    /// Reason of a terminated one, else "".
    public var reason: String
    /// End of the list dialog when this was written, seconds since 1970.
    public var expires: Int64

    /// Creates a record.
    public init(
        dialog: RLSDialogKey,
        resourceURI: String,
        contentType: String,
        body: [UInt8],
        state: AuthState,
        reason: String = "",
        expires: Int64
    ) {
        self.dialog = dialog
        self.resourceURI = resourceURI
        self.contentType = contentType
        self.body = body
        self.state = state
        self.reason = reason
        self.expires = expires
    }
}

/// One change for a store.
///
/// `known` says that the record is in the store already: such rows are updated, only new ones inserted, because each
/// attempted upsert takes a value of the `id` sequence.
public enum RLSRecordChange: Sendable, Hashable {
    /// Write a list dialog.
    case putDialog(RLSStoredDialog, known: Bool)
    /// Delete a list dialog and all its states.
    case deleteDialog(RLSDialogKey)
    /// Write the state of a resource.
    case putState(RLSStoredState, known: Bool)
    /// Delete the state of a resource.
    case deleteState(RLSDialogKey, resourceURI: String)

    /// The list dialog that the change belongs to.
    public var dialog: RLSDialogKey {
        switch self {
        case .putDialog(let record, known: _): record.key
        case .deleteDialog(let key): key
        case .putState(let record, known: _): record.dialog
        case .deleteState(let key, resourceURI: _): key
        }
    }
}

/// A change that the store left out, while all others were written.
public struct RLSRejection: Sendable, Hashable {
    /// Index in the batch.
    public var index: Int
    /// Why, for a log: names column and length, shows no content.
    public var reason: String

    /// Creates a rejection.
    public init(index: Int, reason: String) {
        self.index = index
        self.reason = reason
    }
}

/// A record read back from a store.
public enum RLSStoredRecord: Sendable, Hashable {
    /// A list dialog; a store delivers all of them before the first state.
    case dialog(RLSStoredDialog)
    /// The last state of a resource.
    case state(RLSStoredState)
}
