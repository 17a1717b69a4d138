// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSTestKit
import SIPMessage

/// NOTIFYs against what the phone knows.
extension CrashPhone {
    func judge(_ notify: SIPRequest) -> SIPResponse {
        let callID = notify.callID.map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard callID == self.dialog.watcher.options.callID else {
            if self.left[callID] == true {
                self.faults.append("\(notify.summary) in a dialog whose end was confirmed")
            }
            return SIPResponse(to: notify, 481)
        }
        self.notifies += 1
        let body = try? RLSListNotification(notify)
        let isLast = (try? notify.subscriptionState)??.state == .terminated
        // One NOTIFY may have been in flight when the server answered; the one that the answer asks for follows it.
        let isAsked = self.answer.map { $0.isLast ? isLast : isLast || body?.rlmi.fullState == true } ?? true
        if isAsked { self.concludeAnswer() }
        let response = self.dialog.watcher.receive(notify, at: .now)
        if !isAsked { self.concludeAnswer() }
        body.map { self.checkStates($0) }
        return response ?? SIPResponse(to: notify, 481)
    }

    func concludeAnswer() {
        guard let answer = self.answer else { return }
        self.answer = nil
        self.dialog.watcher.receive(answer.response, at: .now)
    }

    private func checkStates(_ body: RLSListNotification) {
        for resource in body.rlmi.resources {
            for part in resource.instances.compactMap(\.cid).compactMap({ body.part($0) }) {
                guard let state = FakeState(Array(part.body)), state.watcher == self.uri, state.resource == resource.uri
                else {
                    self.faults.append("\(resource.uri) with the state of something else")
                    continue
                }
                if let last = self.dialog.shown[resource.uri], state.sequence < last {
                    self.faults.append("\(resource.uri) \(state.sequence) after \(last)")
                }
                self.dialog.shown[resource.uri] = state.sequence
            }
        }
    }

    func collect() {
        let callID = self.dialog.watcher.options.callID
        self.faults += self.dialog.watcher.takeViolations().map { "\(callID): \($0)" }
    }
}
