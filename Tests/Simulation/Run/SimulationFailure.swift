// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import RLSCore

/// Something that must not be.
package struct SimulationFailure: Error, Sendable, CustomStringConvertible {
    package var time: RLSInstant
    /// Row of the requirements catalogue, or a name of the world's own.
    package var rule: String
    package var message: String

    package var description: String {
        "at \(Double(self.time.nanoseconds / 1_000_000) / 1000) s: \(self.rule): \(self.message)"
    }
}
