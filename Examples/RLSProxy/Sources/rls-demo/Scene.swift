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
            "at first nothing is known",
            .full,
            [
                ["Bob", "-", "-", ""],
                ["Claire", "-", "-", ""],
            ]
        )

        self.stage.act("2. Bob publishes his presence")
        try await bob.publish(.open, "at my desk")
        try await buddies.receive(
            "Alice sees Bob",
            .partial,
            [
                ["Bob", "active", "open", "at my desk"],
                ["Claire", "-", "-", ""],
            ]
        )

        self.stage.act("3. Claire publishes hers")
        try await claire.publish(.open, "good morning")
        try await buddies.receive(
            "Alice sees both",
            .partial,
            [
                ["Bob", "active", "open", "at my desk"],
                ["Claire", "active", "open", "good morning"],
            ]
        )

        self.stage.act("4. Both change within one batch (--waitn-time 1): one NOTIFY")
        try await bob.publish(.open, "in a meeting")
        try await claire.publish(.closed, "lunch")
        try await buddies.receive(
            "both changes came together",
            .partial,
            [
                ["Bob", "active", "open", "in a meeting"],
                ["Claire", "active", "closed", "lunch"],
            ]
        )

        self.stage.act("5. Tom watches Bob too, without a list: a subscription and an answer of his own")
        try await tom.watch("sip:bob@example.org", expecting: ["Bob", "active", "open", "in a meeting"])

        self.stage.act("6. Alice refreshes, in the same dialog")
        try await buddies.subscribe(expires: 600)
        try await buddies.receive(
            "nothing got lost",
            .full,
            [
                ["Bob", "active", "open", "in a meeting"],
                ["Claire", "active", "closed", "lunch"],
            ]
        )

        self.stage.act("7. Alice unsubscribes")
        try await buddies.subscribe(expires: 0)
        try await buddies.receive(
            "the list as it was at the end",
            .last,
            [
                ["Bob", "active", "open", "in a meeting"],
                ["Claire", "active", "closed", "lunch"],
            ]
        )
        try await bob.publish(.closed, "gone home")
        try await tom.see("Tom still watches Bob", ["Bob", "active", "closed", "gone home"])
        self.stage.check("the strict watcher found nothing wrong with the NOTIFYs", buddies.violations, [])
        await self.stage.check("Alice hears no more", alice.hearsNothing(), true)

        self.stage.act("8. The proxy is told to stop (SIGTERM)")
        self.stage.check("the proxy has ended, with exit status 0", try await self.proxy.stop(), 0)
    }
}
