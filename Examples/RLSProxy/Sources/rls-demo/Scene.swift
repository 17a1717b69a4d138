// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import SIPPhone

/// The acts, in order.
struct Scene {
    let stage: Stage
    let proxy: ProxyProcess

    func play() async throws {
        let alice = try await Player("alice", stage: self.stage, proxy: self.proxy)
        let bob = try await Player("bob", stage: self.stage, proxy: self.proxy)
        let claire = try await Player("claire", stage: self.stage, proxy: self.proxy)
        let tom = try await Player("tom", stage: self.stage, proxy: self.proxy)
        var buddies = BuddyList(owner: alice, stage: self.stage)

        self.stage.act("1. Alice subscribes to her list: one SUBSCRIBE instead of one per buddy")
        try await buddies.subscribe(expires: 600)
        try await buddies.receive(
            "full state, in which nothing is known yet",
            version: 0,
            isFull: true,
            [
                ["Bob", "-", "-", ""], ["Claire", "-", "-", ""],
            ]
        )
        try await buddies.receive(
            "her subscriptions to both are active, and nobody has published",
            version: 1,
            isFull: false,
            [
                ["Bob", "active", "-", ""], ["Claire", "active", "-", ""],
            ]
        )

        self.stage.act("2. Bob publishes his presence")
        try await bob.publish(.open, "at my desk")
        try await buddies.receive(
            "only Bob is in the NOTIFY",
            version: 2,
            isFull: false,
            [
                ["Bob", "active", "open", "at my desk"], ["Claire", "active", "-", ""],
            ]
        )

        self.stage.act("3. Claire publishes hers")
        try await claire.publish(.open, "good morning")
        try await buddies.receive(
            "only Claire is in the NOTIFY",
            version: 3,
            isFull: false,
            [
                ["Bob", "active", "open", "at my desk"], ["Claire", "active", "open", "good morning"],
            ]
        )

        self.stage.act("4. Both change within one batch (--waitn-time 1): one NOTIFY")
        try await bob.publish(.open, "in a meeting")
        try await claire.publish(.closed, "lunch")
        try await buddies.receive(
            "both changes in one NOTIFY",
            version: 4,
            isFull: false,
            [
                ["Bob", "active", "open", "in a meeting"], ["Claire", "active", "closed", "lunch"],
            ]
        )

        self.stage.act("5. Tom watches Bob too, without a list: his own subscription, his own answer")
        try await tom.watch("sip:bob@example.org", expecting: ["Bob", "active", "open", "in a meeting"])

        self.stage.act("6. Alice refreshes: full state again, in the same dialog")
        try await buddies.subscribe(expires: 600)
        try await buddies.receive(
            "full state",
            version: 5,
            isFull: true,
            [
                ["Bob", "active", "open", "in a meeting"], ["Claire", "active", "closed", "lunch"],
            ]
        )

        self.stage.act("7. Alice unsubscribes")
        try await buddies.subscribe(expires: 0)
        try await buddies.receive(
            "the last NOTIFY ends the subscription",
            version: 6,
            isFull: true,
            isLast: true,
            [
                ["Bob", "active", "open", "in a meeting"], ["Claire", "active", "closed", "lunch"],
            ]
        )
        try await bob.publish(.closed, "gone home")
        try await tom.see("Tom still watches Bob", ["Bob", "active", "closed", "gone home"])
        await self.stage.check("Alice hears no more", alice.hearsNothing(), true)

        self.stage.act("8. The proxy is told to stop (SIGTERM)")
        self.stage.check("it ends with exit status", try await self.proxy.stop(), 0)
    }
}
