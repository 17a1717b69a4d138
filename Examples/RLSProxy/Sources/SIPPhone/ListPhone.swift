// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import NIOCore
import RLSCore
package import RLSTestKit
package import SIPMessage

/// A phone that shows a list: sends what the strict watcher of `RLSTestKit` says, and tells it what comes.
package struct ListPhone: Sendable {
    package private(set) var phone: SIPPhone
    /// What the phone shows, and what it found wrong.
    package private(set) var watcher: StrictWatcher

    /// Prepares a subscription to a list.
    ///
    /// - Parameter adjust: changes what the watcher asks for.
    package init(_ phone: SIPPhone, list: String, adjust: (inout WatcherOptions) -> Void = { _ in }) {
        self.phone = phone
        let name = "\(UInt64.random(in: .min ... .max))"
        var options = WatcherOptions(
            listURI: list,
            watcherURI: phone.uri,
            contact: phone.contact,
            callID: "\(name)@phone",
            tag: name
        )
        adjust(&options)
        self.watcher = StrictWatcher(options)
    }

    /// Goes on with another socket: the following SUBSCRIBEs carry its Contact, and NOTIFYs are taken from it.
    package mutating func move(to phone: SIPPhone) {
        self.phone = phone
        self.watcher.move(to: phone.contact)
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

    /// Takes the next NOTIFY, which the phone has answered with 200.
    ///
    /// - Throws: ``PhoneError`` when none comes in time, or when it is not the NOTIFY of a list.
    package mutating func next(within limit: TimeAmount = .seconds(10)) async throws -> RLSListNotification {
        let before = self.watcher.table.version
        _ = try await self.nextNotify(within: limit)
        guard let notification = self.watcher.lastNotification, self.watcher.table.version != before else {
            throw PhoneError.unusable("not the next NOTIFY of a list: \(self.watcher.violations)")
        }
        return notification
    }

    /// Takes the next NOTIFY, whatever is in it.
    ///
    /// - Parameter answer: how the phone has answered it.
    package mutating func nextNotify(
        answered answer: StrictWatcher.Answer = .ok,
        within limit: TimeAmount = .seconds(10)
    ) async throws -> SIPRequest {
        let arrival = try await self.phone.nextArrival(within: limit)
        _ = self.watcher.receive(arrival.request, at: RLSInstant(arrival.time), answering: answer)
        return arrival.request
    }

    /// Answers the NOTIFY that was taken with `.later`.
    package mutating func answerHeld() {
        guard let response = self.watcher.answerHeld(at: RLSInstant(.now())) else { return }
        self.phone.send(bytes: response.bytes)
    }

    /// The server has given up the NOTIFY that was taken with `.silence`.
    package mutating func gaveUp() {
        self.watcher.gaveUp(at: RLSInstant(.now()))
    }
}

extension RLSInstant {
    fileprivate init(_ time: NIODeadline) {
        self.init(nanoseconds: time.uptimeNanoseconds)
    }
}
