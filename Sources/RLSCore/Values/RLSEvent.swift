// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Something an operator may want to count, log or act on.
///
/// Kinds may be added: read those you know and ignore the others.
public struct RLSEvent: Sendable, Hashable {
    /// What happened.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        /// A stable name, usable as a metric label.
        public let name: String

        /// The name.
        public var description: String { self.name }

        private init(_ name: String) {
            self.name = name
        }

        /// A list subscription began.
        public static let listSubscribed = Kind("list_subscribed")
        /// A list subscription was refreshed.
        public static let listRefreshed = Kind("list_refreshed")
        /// A list subscription ended; `detail` is the reason.
        public static let listEnded = Kind("list_ended")
        /// A NOTIFY went to a watcher; `count` resources in it.
        public static let notifySent = Kind("notify_sent")
        /// A NOTIFY to a watcher failed; `detail` is the status code, "timeout" or "transport".
        public static let notifyFailed = Kind("notify_failed")
        /// A SUBSCRIBE was refused; `detail` is the status code.
        public static let subscribeRefused = Kind("subscribe_refused")
        /// A back-end subscription failed or ended; `detail` is the reason shown to the watcher.
        public static let backendFailed = Kind("backend_failed")
        /// Part of a list was not served; `subject` is the item and `detail` the reason.
        public static let listLoss = Kind("list_loss")
        /// A list has more entries than `maxEntriesPerList`; `count` of them are not served.
        public static let listTruncated = Kind("list_truncated")
        /// The state of one resource does not fit into a NOTIFY and was reported without body.
        public static let stateTooLarge = Kind("state_too_large")
        /// A document was refused; `subject` names it.
        public static let documentRefused = Kind("document_refused")
        /// A resolver could not answer; `subject` names the document or server.
        public static let resolverFailed = Kind("resolver_failed")
        /// Credentials were refused by a source of lists.
        public static let credentialsRefused = Kind("credentials_refused")
        /// The store could not write or read.
        public static let storeLost = Kind("store_lost")
        /// The store answers again.
        public static let storeBack = Kind("store_back")
        /// The store left a record out; `detail` says why.
        public static let recordRejected = Kind("record_rejected")
        /// Deltas of a resource overflowed their queue, and its back-end is asked for a full document.
        public static let deltaOverflow = Kind("delta_overflow")
        /// The consumer of `actions` does not keep up; `count` is the lateness in milliseconds.
        public static let actionsStalled = Kind("actions_stalled")
        /// Restored list dialogs: `count` have been loaded.
        public static let restored = Kind("restored")
    }

    /// What happened.
    public var kind: Kind
    /// What it happened to: a list, resource or document. Never a body or a credential.
    public var subject: String
    /// More about it.
    public var detail: String
    /// How many.
    public var count: Int

    /// Creates an event.
    public init(_ kind: Kind, subject: String = "", detail: String = "", count: Int = 1) {
        self.kind = kind
        self.subject = subject
        self.detail = detail
        self.count = count
    }
}
