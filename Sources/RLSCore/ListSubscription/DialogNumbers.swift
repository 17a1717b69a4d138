// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The CSeq numbers of a list dialog's NOTIFYs and the versions of its RLMI documents, which must never go back, not even
/// over a restart.
///
/// What the store has are ceilings above the numbers in use. One write serves 128 NOTIFYs, and after a restart the next
/// number is far above every one that was used.
struct DialogNumbers {
    /// How far a ceiling is ahead.
    private static let distance: UInt32 = 256
    /// After a restart: next = ceiling + this.
    private static let restartJump: UInt32 = 65_536
    /// Numbers near 2^31 end the dialog with `deactivated`, so that the client begins a new one.
    static let last: UInt32 = (1 << 31) - (1 << 20)

    /// CSeq number of the last NOTIFY.
    private(set) var cSeq: UInt32 = 0
    /// Version of the next RLMI document.
    private(set) var version: UInt32 = 0
    /// As the store has it: none above has been used.
    private(set) var cSeqCeiling = Self.distance
    /// As the store has it: none above has been used.
    private(set) var versionCeiling = Self.distance
    private var wasRestored = false

    /// Of a new dialog.
    init() {}

    /// From the ceilings in the store. Nothing may be numbered before ``jump()``.
    init(restoring cSeqCeiling: UInt32, version versionCeiling: UInt32) {
        self.cSeq = cSeqCeiling
        self.version = versionCeiling
        self.cSeqCeiling = cSeqCeiling
        self.versionCeiling = versionCeiling
        self.wasRestored = true
    }

    /// Another NOTIFY would come too near to the end of the numbers.
    var areUsedUp: Bool { self.cSeq >= Self.last || self.version >= Self.last }

    /// A NOTIFY is about to be made.
    mutating func useCSeq() {
        self.cSeq += 1
    }

    /// The document with this version has been written.
    mutating func useVersion() {
        self.version += 1
    }

    /// The proxy has used numbers itself, while answering a challenge.
    mutating func raiseCSeq(to number: UInt32) {
        self.cSeq = max(self.cSeq, min(number, Self.last))
    }

    /// Moves past every number that may have been used before the restart, once.
    mutating func jump() {
        guard self.wasRestored else { return }
        self.wasRestored = false
        self.cSeq += Self.restartJump
        self.version += Self.restartJump
        self.cSeqCeiling = self.cSeq + Self.distance
        self.versionCeiling = self.version + Self.distance
    }

    /// Raises the ceilings when less than half of their distance is left.
    ///
    /// - Returns: whether the store has to be told.
    mutating func raiseCeilings() -> Bool {
        let isCSeqNear = self.cSeq &+ Self.distance / 2 > self.cSeqCeiling
        let isVersionNear = self.version &+ Self.distance / 2 > self.versionCeiling
        if isCSeqNear {
            self.cSeqCeiling = self.cSeq &+ Self.distance
        }
        if isVersionNear {
            self.versionCeiling = self.version &+ Self.distance
        }
        return isCSeqNear || isVersionNear
    }
}
