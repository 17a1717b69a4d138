// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// SIGINT and SIGTERM: what runs is finished, then it ends.
enum Interrupt {
    private static let flag = Atomic<Bool>(false)

    static var isPending: Bool { self.flag.load(ordering: .relaxed) }

    static func listen() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interrupt.flag.store(true, ordering: .relaxed)
                // The second one ends at once.
                signal(number, SIG_DFL)
            }
        }
    }
}
