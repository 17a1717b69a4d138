// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import RLSCore
internal import RLSTestKit
package import ResourceListServer
package import SIPMessage

/// What happens around a store that cannot write for a while: the disk is full, the database read-only.
///
/// Alice's list stands and its members' states are stored; then the store is broken, everything goes on, and it is mended.
package struct StoreOutage: Sendable, Equatable {
    /// What a SUBSCRIBE was answered.
    package struct Answer: Sendable, Equatable {
        package var status: Int?
        package var retryAfter: String?

        package init(_ response: SIPResponse?) {
            self.status = response?.statusCode
            self.retryAfter = response?.headers.first(.retryAfter).map { String(decoding: $0, as: UTF8.self) }
        }

        package init(status: Int?, retryAfter: String? = nil) {
            self.status = status
            self.retryAfter = retryAfter
        }
    }

    /// What happened while the store could not write.
    package var newSubscribe: Answer
    package var refresh: Answer
    package var shownMeanwhile: [UInt64?] = []
    package var losses: Int
    /// What happened when it could again.
    package var newSubscribeThen: Answer
    package var refreshThen: Answer
    package var returns: Int
    package var storedDialogs: Int
    package var storedStates: [UInt64]
    package var violations: Int

    /// What has to happen. SUBSCRIBEs are refused for a while, which phones know how to handle, established lists go on,
    /// and all that waited is written.
    package static let outlived = StoreOutage(
        newSubscribe: Answer(status: 503, retryAfter: "10"),
        refresh: Answer(status: 503, retryAfter: "10"),
        shownMeanwhile: [2, 2, 3, 3],
        losses: 1,
        newSubscribeThen: Answer(status: 200),
        refreshThen: Answer(status: 200),
        returns: 1,
        storedDialogs: 2,
        storedStates: [3, 3, 3, 3],
        violations: 0
    )

    /// - Parameters:
    ///   - needle: what the event of the loss has to say.
    ///   - break: makes the store unable to write.
    ///   - mend: undoes that.
    package static func play(
        on store: any RLSStore,
        saying needle: String,
        break: () throws -> Void,
        mend: () throws -> Void
    ) async throws -> StoreOutage {
        var outage = StoreOutage.nothing
        let scene = ServedList(store)
        await scene.start()
        do {
            try await outage.happen(to: store, around: scene, saying: needle, break: `break`, mend: mend)
        } catch {
            _ = await scene.stop()
            throw error
        }
        outage.violations = await scene.stop().count
        (outage.storedDialogs, outage.storedStates) = try await Self.stored(store)
        return outage
    }

    private mutating func happen(
        to store: any RLSStore,
        around scene: ServedList,
        saying needle: String,
        break: () throws -> Void,
        mend: () throws -> Void
    ) async throws {
        let established = await scene.addPhone()
        let late = await scene.addPhone()
        try await eventually { await scene.subscribe(established)?.statusCode == 200 }
        try await scene.tell(1, shownOn: established)
        try await eventually { try await Self.stored(store).states == [1, 1] }

        try `break`()
        self.newSubscribe = Answer(await scene.subscribe(late, contact: Self.longContact))
        self.refresh = Answer(await scene.subscribe(established, contact: Self.longContact))
        for sequence: UInt64 in [2, 3] {
            try await scene.tell(sequence, shownOn: established)
            for member in ServedList.members {
                self.shownMeanwhile.append(await scene.shown(member, on: established))
            }
        }
        self.losses = scene.observer.events(.storeLost).filter { $0.detail.contains(needle) }.count

        try mend()
        try await eventually { await scene.subscribe(late)?.statusCode == 200 }
        self.newSubscribeThen = Answer(status: 200)
        self.refreshThen = Answer(await scene.subscribe(established))
        try await eventually { try await Self.stored(store).states == [3, 3, 3, 3] }
        self.returns = scene.observer.events(.storeBack).count
    }

    /// As long as our tables take it: its row needs room of its own.
    private static let longContact = "sip:" + String(repeating: "a", count: 1_900) + "@192.0.2.10:5062"

    private static let nothing = StoreOutage(
        newSubscribe: Answer(status: nil),
        refresh: Answer(status: nil),
        losses: 0,
        newSubscribeThen: Answer(status: nil),
        refreshThen: Answer(status: nil),
        returns: 0,
        storedDialogs: 0,
        storedStates: [],
        violations: 0
    )

    /// How many dialogs, and the numbers of the states in order.
    private static func stored(_ store: any RLSStore) async throws -> (dialogs: Int, states: [UInt64]) {
        let found = Locked((dialogs: 0, states: [UInt64]()))
        try await store.load { page in
            found.withLock { found in
                for record in page {
                    switch record {
                    case .dialog: found.dialogs += 1
                    case .state(let state): found.states.append(FakeState(state.body)?.sequence ?? .max)
                    }
                }
            }
        }
        return found.withLock { ($0.dialogs, $0.states.sorted()) }
    }
}

extension ServedList {
    /// All members change; returns when the phone shows it.
    fileprivate func tell(_ sequence: UInt64, shownOn phone: Int) async throws {
        for member in Self.members {
            self.publish(sequence, of: member)
        }
        try await eventually {
            for member in Self.members where self.shown(member, on: phone) != sequence { return false }
            return true
        }
    }
}

package struct DidNotComeTrue: Error {}

/// Asks again for a while, for what others do in their own time.
package func eventually(
    isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async throws {
    let limit = ContinuousClock.now + .seconds(30)
    while try await !condition() {
        guard ContinuousClock.now < limit else { throw DidNotComeTrue() }
        try await Task.sleep(for: .milliseconds(10))
    }
}
