// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// An authoriser's verdict on a watcher and a list.
public enum RLSAuthorization: Sendable, Hashable {
    /// Serve the list.
    case allow
    /// Not decided: the subscription is pending, and nothing of the list is shown (RFC 6665 §4.2.1.3).
    case pending
    /// Refuse: 403, and a running subscription ends with `rejected`.
    case deny
    /// Look as if all were well, and show nothing (polite blocking, RFC 6665 §6.2).
    case hide
}
