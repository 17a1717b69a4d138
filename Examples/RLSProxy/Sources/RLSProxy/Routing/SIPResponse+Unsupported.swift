// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension SIPResponse {
    /// 420: these extensions are not understood (RFC 3261 §8.2.2.3).
    init(to request: SIPRequest, unsupported options: [SIPBytes], toTag: SIPBytes? = nil) {
        self.init(to: request, 420, toTag: toTag)
        for option in options {
            self.headers.append(.unsupported, option)
        }
    }
}
