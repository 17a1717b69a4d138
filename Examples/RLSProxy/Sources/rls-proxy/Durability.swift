// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
import RLSCore

/// `before-reply` or `write-behind=SECONDS`.
struct Durability: ExpressibleByArgument {
    let value: RLSDurability

    init?(argument: String) {
        if argument == "before-reply" {
            self.value = .beforeReply
            return
        }
        let prefix = "write-behind="
        guard argument.hasPrefix(prefix), let interval = Seconds(argument: String(argument.dropFirst(prefix.count))),
            interval.duration > .zero
        else { return nil }
        self.value = .writeBehind(interval.duration)
    }
}
