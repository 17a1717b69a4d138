// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging

/// Keys of log metadata. They are part of what operators search for: never renamed.
enum RLSLogKey: String {
    case kind = "rls_event"
    case subject = "rls_subject"
    case detail = "rls_detail"
    case count = "rls_count"
    case error = "rls_error"
}

extension Logger.Metadata {
    init(_ values: [RLSLogKey: String]) {
        self.init()
        for (key, value) in values {
            self[key] = value
        }
    }

    subscript(_ key: RLSLogKey) -> String? {
        get { self[key.rawValue].map { "\($0)" } }
        set { self[key.rawValue] = newValue.map { .string($0) } }
    }
}
