// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Numbers that must never go back over a restart are stored as a ceiling above the one in use.
///
/// One write serves 128 NOTIFYs, and after a restart the next number is far above every one that was used.
enum Ceiling {
    /// How far the stored number is ahead.
    static let distance: UInt32 = 256
    static let first = Self.distance
    /// After a restart: next = stored + this.
    static let restartJump: UInt32 = 65_536
    /// Numbers near 2^31 end the dialog with `deactivated`, so that the client begins a new one.
    static let last: UInt32 = (1 << 31) - (1 << 20)

    /// The ceiling to store when `number` is in use; nil while half of the distance is left.
    static func raised(_ stored: UInt32, for number: UInt32) -> UInt32? {
        number &+ Self.distance / 2 > stored ? number &+ Self.distance : nil
    }
}
