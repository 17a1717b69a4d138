// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import NIOCore
import RLSCore
package import RLSTestKit
package import SIPMessage

/// A phone that shows a list: sends what the strict watcher of `RLSTestKit` says, and tells it what comes.
package struct ListPhone: Sendable {
    package let phone: SIPPhone
    /// What the phone shows, and what it found wrong.
    package private(set) var watcher: StrictWatcher

    /// Prepares a subscription to a list.
    package init(_ phone: SIPPhone, list: String) {
        self.phone = phone
        let name = "\(UInt64.random(in: .min ... .max))"
        self.watcher = StrictWatcher(
            WatcherOptions(
                listURI: list,
                watcherURI: phone.uri,
                contact: phone.contact,
                callID: "\(name)@phone",
                tag: name
            )
        )
    }

    /// The next SUBSCRIBE; 0 seconds end the subscription.
    package mutating func request(expires: UInt32) -> SIPRequest {
        var request = self.watcher.subscribe(expires: expires)
        // The phone writes its own Via.
        request.headers.remove(.via)
        return request
    }

    /// Sends a SUBSCRIBE and takes its answer.
    package mutating func send(_ request: SIPRequest) async throws -> SIPResponse {
        let response = try await self.phone.send(request)
        self.watcher.receive(response, at: RLSInstant(.now()))
        return response
    }

    /// Takes the next NOTIFY.
    ///
    /// - Throws: ``PhoneError`` when none comes in time, or when it is not the NOTIFY of a list.
    package mutating func next(within limit: TimeAmount = .seconds(10)) async throws -> RLSListNotification {
        let arrival = try await self.phone.nextArrival(within: limit)
        let before = self.watcher.table.version
        _ = self.watcher.receive(arrival.request, at: RLSInstant(arrival.time))
        guard let notification = self.watcher.lastNotification, self.watcher.table.version != before else {
            throw PhoneError.unusable("not the next NOTIFY of a list: \(self.watcher.violations)")
        }
        return notification
    }
}

extension RLSInstant {
    fileprivate init(_ time: NIODeadline) {
        self.init(nanoseconds: time.uptimeNanoseconds)
    }
}
