// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// How a fake presence server behaves towards the subscriptions of one resource.
public struct PresenceManners: Hashable, Sendable {
    /// Answers every SUBSCRIBE with this status.
    public var refusal: Int?
    /// Retry-After of the refusal.
    public var retryAfter: UInt32?
    /// Longest subscription granted.
    public var longestGrant: UInt32 = 3600
    /// Shorter ones are answered 423.
    public var minExpires: UInt32 = 0
    /// Sends the NOTIFY before the 200.
    public var notifiesFirst = false
    /// Sends no NOTIFY after the 200.
    public var withholdsNotify = false
    /// Sends the first NOTIFY without body.
    public var beginsEmpty = false
    /// Leaves `expires` out of Subscription-State.
    public var omitsExpires = false
    /// A second server answers too: its NOTIFYs come from another dialog.
    public var forks = false

    /// Creates good manners.
    public init() {}
}

/// What is true of a resource, for one watcher.
public enum PresenceTruth: Hashable, Sendable {
    /// The watcher may see the resource; the number of its last document.
    case active(UInt64)
    /// The resource has not decided.
    case pending
    /// The subscription is refused or over, with this reason.
    case terminated(reason: String, retryAfter: UInt32? = nil)
}
