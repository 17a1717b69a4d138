// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore

/// Is told what happens, for metrics and alarms. Called outside all locks; must not block.
public protocol RLSObserver: Sendable {
    /// Something happened.
    func event(_ event: RLSEvent)
}

/// Ignores everything; the default.
public struct RLSNoObserver: RLSObserver {
    /// Creates the observer.
    public init() {}

    /// Does nothing.
    public func event(_ event: RLSEvent) {}
}

extension RLSObserver where Self == RLSNoObserver {
    /// Ignores everything.
    public static var none: RLSNoObserver { RLSNoObserver() }
}
