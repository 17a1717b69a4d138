// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Why the proxy does not start, in one line without secrets.
struct StartError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
