// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Why a server could not be run.
public struct RLSServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        private init(_ name: String) {
            self.description = name
        }

        /// `run()` was called a second time. A server runs once: make a new one, it loads what the store has.
        public static let alreadyRun = Code("alreadyRun")
    }

    /// The kind of failure.
    public var code: Code

    /// Creates an error.
    public init(_ code: Code) {
        self.code = code
    }

    /// The code, for a log.
    public var description: String { "RLSServer: \(self.code)" }
}
