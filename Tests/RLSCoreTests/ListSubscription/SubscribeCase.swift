// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

/// A SUBSCRIBE that differs from the usual one, and its answer.
struct SubscribeCase: Sendable, CustomTestStringConvertible {
    var name: String
    var lines: [String] = []
    var expires: UInt32? = 600
    var body = ""
    var packages: [String]?
    var verdict = RLSAuthorization.allow
    var status: Int
    var header: (SIPHeaderName, String)?
    var testDescription: String { self.name }

    static let configuration = EngineWorld.configuration {
        $0.eventPackages = [.presence, .dialog, .presenceWinfo]
    }

    func request(_ world: borrowing EngineWorld, cSeq: UInt32 = 1, tag: String? = nil) -> SIPRequest {
        var request = world.makeSubscribe(expires: self.expires, cSeq: cSeq, toTag: tag, lines: self.lines)
        request.body = Array(self.body.utf8)[...]
        return request
    }
}
