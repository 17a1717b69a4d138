// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Which resources a NOTIFY reports, and which of them with their state.
struct NotifyPlan {
    struct Resource {
        /// Index of the entry in the list.
        var entry: Int
        /// Its row; `BackendRow.noEntry` without one.
        var slot: UInt32
        var shown: Shown
        var body: ByteHandle
        var contentType: ByteHandle
        /// An upper bound of the resource element's size, without instance.
        var frameSize: Int
    }

    enum Shown {
        /// A resource without instance: its state is not known, or follows in the next NOTIFY.
        case nothing
        /// An instance without body.
        case instance
        /// An instance with a body.
        case state
    }

    var isFull = false
    var resources: [Resource] = []
    /// Resources whose state follows in the next NOTIFY because this one would become too large.
    var postponed: [UInt32] = []
    /// Resources whose state fits into no NOTIFY at all.
    var oversized = 0
    /// An upper bound of the body's size.
    var size = 0

    /// What surrounds the resources: the RLMI frame, part headers, boundaries.
    static let frameSize = 640
    /// An instance element with id, state and cid.
    static let instanceSize = 170
    /// Boundary and headers of a part, without the value of Content-Type.
    static let partSize = 200

    mutating func reset(isFull: Bool) {
        self.isFull = isFull
        self.resources.removeAll(keepingCapacity: true)
        self.postponed.removeAll(keepingCapacity: true)
        self.oversized = 0
        self.size = Self.frameSize
    }
}
