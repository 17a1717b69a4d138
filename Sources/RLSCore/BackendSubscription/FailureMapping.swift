// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// What the final answer to a request in a subscription means.
enum FailureMapping {
    /// When a back-end subscription is tried again.
    enum Retry: Hashable {
        /// After Retry-After, else with growing pauses.
        case later
        /// Not by time; once at a list refresh an hour or more later.
        case never
    }

    /// How a failed first SUBSCRIBE is shown to the watcher (R6665-80), and what follows.
    struct Failure: Hashable {
        var reason: StaticText
        var retry: Retry
    }

    enum StaticText: String, Hashable {
        case rejected, noresource, probation, giveup
    }

    /// Challenges and redirections are the proxy's. What comes through counts as refused or not found.
    static func normalized(_ status: Int) -> Int {
        switch status {
        case 401, 407: 403
        case 300..<400: 404
        default: status
        }
    }

    /// RFC 6665 §4.1.2.2 and §4.2.2: these end the subscription, every other failure keeps it.
    static func endsUsage(_ status: Int) -> Bool {
        switch status {
        case 404, 405, 410, 416, 480...485, 489, 501, 604: true
        default: false
        }
    }

    /// R6665-80.
    static func ofFirstSubscribe(_ status: Int) -> Failure {
        switch self.normalized(status) {
        case 403, 420, 421, 603, 607: Failure(reason: .rejected, retry: .never)
        case 404, 410, 416, 482, 483, 489, 604: Failure(reason: .noresource, retry: .never)
        case 405, 501: Failure(reason: .noresource, retry: .never)
        case 408, 480, 486, 600, 500..<600: Failure(reason: .probation, retry: .later)
        // The request itself displeases (400, 406, 415 …): sent again it would displease again.
        default: Failure(reason: .giveup, retry: .never)
        }
    }
}
