// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOCore
import NIOPosix
import RLSCore
import SIPMessage

extension SIPProxy {
    /// Hands a PUBLISH or SUBSCRIBE to the built-in agent, and sends what it says.
    func handlePresence(_ call: IncomingRequest) {
        let outcome: PresenceAgent.Outcome
        switch call.request.method {
        case .publish:
            outcome = self.presence.publish(call.request)
        default:
            let path = call.path
            let contact = Self.presenceContact(at: path.local, transport: path.transport)
            outcome = self.presence.subscribe(call.request, from: .phone(path), contact: contact)
        }
        var response = outcome.response
        if response.toTag == nil {
            // RFC 3261 §8.2.6.2: refusals have a To tag too.
            let to = (response.headers.first(.to) ?? []) + ";tag=".utf8 + ResponseTag.tag(for: call.request)
            response.headers.replace(.to, with: to)
        }
        self.reply(response, to: call)
        outcome.notifications.forEach(self.send)
    }

    /// Ends what expires in the agent.
    func startPresence() {
        self.transport.group.next().scheduleRepeatedTask(initialDelay: .milliseconds(50), delay: .milliseconds(50)) {
            _ in
            self.presence.expire().forEach(self.send)
        }
    }

    /// Sends a NOTIFY of the agent, to a phone or to the list server in this process.
    func send(_ notification: PresenceNotification) {
        switch notification.destination {
        case .network(let destination):
            self.sender.send(notification.request, to: destination) { outcome in
                switch outcome {
                case .response(let response):
                    self.answered(notification, status: response.statusCode)
                case .timeout, .transportError:
                    self.answered(notification, status: nil)
                }
            }
        case .listServer:
            self.notifyLists(notification)
        }
    }

    func answered(_ notification: PresenceNotification, status: Int?) {
        guard status.map({ !(200..<300).contains($0) }) ?? true else { return }
        self.presence.notifyFailed(notification.tag, status: status)
    }

    static func presenceContact(at local: SIPPath.Address, transport: SIPPath.Transport) -> String {
        "sip:presence@\(local)\(transport == .tcp ? ";transport=tcp" : "")"
    }
}
