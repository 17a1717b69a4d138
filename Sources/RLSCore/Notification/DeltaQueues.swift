// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Bodies of packages whose documents are deltas: each goes out once and in order (R4662-58, MORE-33, MORE-50).
struct DeltaQueues {
    private var queues: [UInt32: [Delta]] = [:]

    struct Delta {
        var body: ByteHandle
        var contentType: ByteHandle
    }

    func count(of slot: UInt32) -> Int {
        self.queues[slot]?.count ?? 0
    }

    mutating func append(_ delta: Delta, for slot: UInt32) {
        self.queues[slot, default: []].append(delta)
    }

    func first(_ slot: UInt32) -> Delta? {
        self.queues[slot]?.first
    }

    mutating func popFirst(_ slot: UInt32) -> Delta? {
        guard var queue = self.queues[slot], !queue.isEmpty else { return nil }
        let first = queue.removeFirst()
        self.queues[slot] = queue.isEmpty ? nil : queue
        return first
    }

    /// Takes everything that waits for a resource; the caller releases it.
    mutating func removeAll(of slot: UInt32) -> [Delta] {
        self.queues.removeValue(forKey: slot) ?? []
    }
}
