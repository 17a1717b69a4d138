// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import RLSTestKit
import SIPMessage

/// What comes from the server, before it is judged.
extension CrashPhone {
    /// Everything that the old server had sent has been taken; the new one has not begun.
    func serverDied() {
        self.concludeAnswer()
        self.dialog.watcher.serverRestarted(hasRecord: true, at: .now)
        if self.dialog.isEndConfirmed {
            // The last NOTIFY has died with the server.
            self.renew()
        } else if self.dialog.isConfirmed {
            self.dialog.hasSurvived = true
        } else if self.pending != nil {
            // Sent again, it would be a second subscription for a server that has stored the first one.
            self.pending = nil
            self.renew()
        }
    }

    func receive(_ response: SIPResponse) {
        guard response.statusCode >= 200, let pending = self.pending, pending.request.branch == response.branch else {
            return
        }
        self.pending = nil
        let isLast = (try? pending.request.expires) == 0
        switch response.statusCode {
        case 200:
            if self.dialog.hasSurvived { self.survivals += 1 }
            self.dialog.isConfirmed = true
            self.dialog.isEndConfirmed = isLast
            self.answer = (response, isLast)
            return
        case 503:
            // Starting, or without its store for now.
            break
        case 500 where pending.isRepeated, 481 where pending.isRepeated && isLast:
            // The server had taken the request before it died.
            self.dialog.isEndConfirmed = isLast
        default:
            self.faults.append("\(response.statusCode) to \(pending.request.summary)")
        }
        self.dialog.watcher.receive(response, at: .now)
        self.nextRequest = .now() + .milliseconds(100)
    }

    func receive(_ request: SIPRequest, from source: SocketAddress) {
        if let answer = self.answers[request.branch] {
            return self.socket.send(answer, to: source)
        }
        let response = self.judge(request)
        self.answers[request.branch] = response.bytes
        self.socket.send(response.bytes, to: source)
    }
}

extension SIPRequest {
    /// Method, Call-ID and CSeq, to find it in a trace.
    var summary: String {
        [self.callID, self.headers.first(.cSeq)].map { $0.map { String(decoding: $0, as: UTF8.self) } ?? "-" }
            .joined(separator: " ")
    }
}
