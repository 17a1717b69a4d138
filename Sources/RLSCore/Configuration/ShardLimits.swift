// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The process-wide limits, as far as they fall on one shard.
struct ShardLimits {
    var backendRate: Int
    var backendInFlight: Int
    var backendInFlightPerHop: Int
    var listDialogs: Int
    var backends: Int

    init(_ configuration: RLSConfiguration, shardCount: Int) {
        func share(_ total: Int) -> Int {
            max(1, (total + shardCount - 1) / shardCount)
        }
        self.backendRate = share(configuration.backendRate)
        self.backendInFlight = share(configuration.backendInFlight)
        self.backendInFlightPerHop = share(configuration.backendInFlightPerHop)
        self.listDialogs = share(configuration.maxListDialogs)
        self.backends = share(configuration.maxBackends)
    }
}
