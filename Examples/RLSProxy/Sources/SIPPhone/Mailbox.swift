// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOConcurrencyHelpers
import NIOCore

/// Messages that wait for somebody, and somebody who waits for messages.
final class Mailbox<Message: Sendable>: Sendable {
    private struct State {
        var messages: [Message] = []
        var waiting: [EventLoopPromise<Message>] = []
    }

    private let state = NIOLockedValueBox(State())

    func put(_ message: Message) {
        let promise = self.state.withLockedValue { state -> EventLoopPromise<Message>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.messages.append(message)
            return nil
        }
        promise?.succeed(message)
    }

    /// The next message in order of arrival.
    ///
    /// - Throws: ``PhoneError`` when none comes in time.
    func next(within limit: TimeAmount, on loop: any EventLoop) async throws -> Message {
        let promise = loop.makePromise(of: Message.self)
        let ready = self.state.withLockedValue { state -> Message? in
            guard state.messages.isEmpty else { return state.messages.removeFirst() }
            state.waiting.append(promise)
            return nil
        }
        if let ready {
            promise.succeed(ready)
        }
        let timer = loop.scheduleTask(in: limit) {
            let isWaiting = self.state.withLockedValue { state -> Bool in
                let index = state.waiting.firstIndex { $0.futureResult === promise.futureResult }
                guard let index else { return false }
                state.waiting.remove(at: index)
                return true
            }
            guard isWaiting else { return }
            promise.fail(PhoneError.nothingCame)
        }
        defer { timer.cancel() }
        return try await promise.futureResult.get()
    }
}

/// Why a phone did not get what it waited for.
package enum PhoneError: Error {
    /// No message in time.
    case nothingCame
    /// A message lacks what the phone needs.
    case unusable(String)
}
