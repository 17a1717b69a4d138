// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser

/// A time on the command line: seconds, with or without a fraction.
struct Seconds: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration
    let description: String

    init(_ seconds: Int) {
        self.duration = .seconds(seconds)
        self.description = String(seconds)
    }

    /// Whole seconds, as SIP's Expires has them; a fraction is rounded up.
    var whole: UInt32 {
        let (seconds, attoseconds) = self.duration.components
        return UInt32(clamping: seconds + (attoseconds > 0 ? 1 : 0))
    }

    init?(argument: String) {
        guard let seconds = Double(argument), (0...1_000_000_000).contains(seconds) else { return nil }
        self.duration = .milliseconds(Int64((seconds * 1000).rounded()))
        self.description = argument
    }
}
