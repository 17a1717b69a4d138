// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import SIPMessage

/// A request under way over UDP, repeated until its answer comes (RFC 3261 §17.1.2.2, Timers E and F).
struct RepeatedRequest: Sendable {
    private static let first = TimeAmount.milliseconds(500)
    private static let longest = TimeAmount.seconds(4)
    private static let limit = TimeAmount.seconds(20)

    enum Step {
        case wait
        case send
        case giveUp
    }

    let request: SIPRequest
    let bytes: [UInt8]
    private let begun = NIODeadline.now()
    private var pause = Self.first
    private var due: NIODeadline
    /// It has been sent more than once.
    private(set) var isRepeated = false

    /// - Parameter request: without Via.
    init(_ request: SIPRequest, from place: String, branch: String) {
        var request = request
        request.headers.remove(.via)
        request.headers.prepend(.via, "SIP/2.0/UDP \(place);branch=\(branch)")
        self.request = request
        self.bytes = request.bytes
        self.due = self.begun + Self.first
    }

    mutating func tick(_ now: NIODeadline) -> Step {
        guard now - self.begun < Self.limit else { return .giveUp }
        guard now >= self.due else { return .wait }
        self.pause = min(self.pause * 2, Self.longest)
        self.due = now + self.pause
        self.isRepeated = true
        return .send
    }
}

extension SIPRequest {
    var branch: String { (try? self.topVia?.branch) ?? "" }
}

extension SIPResponse {
    var branch: String { (try? self.topVia?.branch) ?? "" }
}
