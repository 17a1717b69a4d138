// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import Logging
internal import RLSCore
package import RLSTestKit
package import ResourceListServer
package import SIPMessage

/// A list server on a real store, in real time, with phones that watch one list and the presence server of its members.
package actor ServedList {
    static let list = "sip:team@example.com"
    static let members = ["sip:bob@example.com", "sip:claire@example.com"]
    private static let watcher = "sip:alice@example.com"

    package nonisolated let observer = RecordingObserver()
    private let server: RLSServer
    private var phones: [StrictWatcher] = []
    private var dialogCount = 0
    private var violations: [WatcherViolation] = []
    private var presence = FakePresenceServer(contact: "sip:presence@192.0.2.20")
    private var tasks: [Task<Void, any Error>] = []
    private let path = SIPPath(
        transport: .udp,
        local: .init(host: "192.0.2.1", port: 5060),
        remote: .init(host: "192.0.2.10", port: 5062)
    )

    package init(_ store: any RLSStore) {
        let resolver = ScriptedResolver()
        resolver.setList(Self.list, Self.members)
        var configuration = RLSConfiguration()
        configuration.waitnTime = .zero
        configuration.stateFlushInterval = .milliseconds(50)
        // Long enough for a machine with much else to do.
        configuration.storeTimeout = .seconds(10)
        self.server = RLSServer(
            configuration: configuration,
            resolver: resolver,
            store: store,
            observer: self.observer,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    /// Returns when the server has read its store.
    package func start() async {
        self.tasks.append(Task { [server] in try await server.run() })
        self.tasks.append(
            Task { [server] in
                for await batch in server.actions { self.play(batch) }
            }
        )
        await self.observer.until(.restored)
    }

    /// Stops at once, as in a crash; returns what the phones found wrong.
    package func stop() async -> [WatcherViolation] {
        for task in self.tasks {
            task.cancel()
            _ = await task.result
        }
        return self.violations + self.phones.flatMap(\.violations)
    }

    /// Adds a phone of Alice's; gives its number.
    package func addPhone() -> Int {
        self.phones.append(self.makePhone(contact: "sip:alice@192.0.2.10:5062"))
        return self.phones.count - 1
    }

    private func makePhone(contact: String) -> StrictWatcher {
        self.dialogCount += 1
        return StrictWatcher(
            WatcherOptions(
                listURI: Self.list,
                watcherURI: Self.watcher,
                contact: contact,
                callID: "dialog-\(self.dialogCount)",
                tag: "tag\(self.dialogCount)"
            )
        )
    }

    /// A SUBSCRIBE, the first one or a refresh.
    ///
    /// - Parameter contact: the phone's Contact from now on.
    package func subscribe(_ phone: Int, contact: String? = nil) async -> SIPResponse? {
        if let contact {
            self.phones[phone].move(to: contact)
        }
        if self.phones[phone].wasRefused {
            // What was refused is over; it tries again with another dialog.
            self.violations += self.phones[phone].violations
            self.phones[phone] = self.makePhone(contact: self.phones[phone].options.contact)
        }
        let request = self.phones[phone].subscribe()
        let actions = await self.server.rlsHandleSubscribe(request, via: self.path)
        var answer: SIPResponse?
        for case .reply(let response) in actions {
            self.phones[phone].receive(response, at: self.now)
            answer = response
        }
        self.play(actions)
        return answer
    }

    /// A member's state changes, and its presence server says so.
    package func publish(_ sequence: UInt64, of member: String) {
        let notifies = self.presence.change(.active(sequence), of: member, for: Self.watcher, at: self.now)
        for notify in notifies {
            self.play(self.server.rlsHandleNotify(notify, via: self.path))
        }
    }

    /// What a phone shows of a member.
    package func shown(_ member: String, on phone: Int) -> UInt64? {
        self.phones[phone].table[member]?.instances.first?.body.flatMap { FakeState($0) }?.sequence
    }

    private var now: RLSInstant { RLSEnvironment.system.now() }

    /// Phones and presence server take what the server sends, and answer.
    private func play(_ actions: [RLSAction]) {
        for case .sendRequest(let outbound) in actions {
            if outbound.request.method == .notify {
                self.showNotify(outbound)
                continue
            }
            for step in self.presence.subscribe(outbound.request, at: self.now) {
                switch step {
                case .respond(let response):
                    self.play(self.server.rlsHandleResponse(.response(response), for: outbound.transaction))
                case .notify(let notify):
                    self.play(self.server.rlsHandleNotify(notify, via: self.path))
                }
            }
        }
    }

    private func showNotify(_ outbound: RLSOutboundRequest) {
        let callID = outbound.request.callID.map { String(decoding: $0, as: UTF8.self) }
        guard let phone = self.phones.firstIndex(where: { $0.options.callID == callID }),
            let response = self.phones[phone].receive(outbound.request, at: self.now)
        else { return }
        self.play(self.server.rlsHandleResponse(.response(response), for: outbound.transaction))
    }
}
