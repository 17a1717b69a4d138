// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSCore
import ResourceListServer

extension RLSEnvironment {
    /// The system's clocks, and timers of an event loop to wait with: a timer of Swift's runtime wakes a thread of its own
    /// first.
    static func system(timersOn loop: any EventLoop) -> RLSEnvironment {
        var environment = RLSEnvironment.system
        let now = environment.now
        environment.sleep = { until in
            let left = TimeAmount(until.duration(since: now()))
            let timer = loop.scheduleTask(in: max(left, .zero)) {}
            try await withTaskCancellationHandler {
                do {
                    try await timer.futureResult.get()
                } catch {
                    throw CancellationError()
                }
            } onCancel: {
                timer.cancel()
            }
        }
        return environment
    }
}
