// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// How much of a list is served.
extension RLSEngine {
    /// Refuses a first SUBSCRIBE whose list is too large, or for which there is no room.
    ///
    /// Only a first one: a subscription that stands is not ended because its list has grown, it shows what the limit allows.
    mutating func refuseTooLarge(_ list: RLSResolvedList, _ subscribe: RLSSubscribe) -> [RLSAction]? {
        let limit = self.configuration.maxEntriesPerList
        // Counted exactly only where it matters: the same URI may stand there twice.
        let isTooLarge = list.entries.count > limit && Set(list.entries.map { $0.uri }).count > limit
        if isTooLarge, self.configuration.entryLimitPolicy == .strict {
            return self.refuse(subscribe, 403, reason: "List Too Large")
        }
        let entries = min(list.entries.count, limit)
        if !subscribe.isFetch, self.backends.count + entries > self.limits.backends {
            return self.refuse(subscribe, 503, retryAfter: self.configuration.retryAfter)
        }
        return nil
    }

    /// The list as it is served: each URI once, and no more than `maxEntriesPerList`, the first in document order. What is
    /// lost is reported.
    mutating func served(_ list: RLSResolvedList, presentityURI: String) -> RLSResolvedList {
        var list = list
        for loss in list.losses {
            self.events.append(RLSEvent(.listLoss, subject: loss.item, detail: loss.reason.rawValue))
        }
        // R4826-51: resolvers deliver each URI once. Rows are found by it, so that is not left to them alone.
        var seen = Set<String>(minimumCapacity: list.entries.count)
        list.entries.removeAll { !seen.insert($0.uri).inserted }
        let excess = list.entries.count - self.configuration.maxEntriesPerList
        if excess > 0 {
            self.events.append(RLSEvent(.listTruncated, subject: presentityURI, count: excess))
            list.entries.removeLast(excess)
        }
        return list
    }
}
