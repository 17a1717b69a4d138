// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import RLSCore

/// Tells observer and log what happened. Never called under a lock.
struct Reporter: Sendable {
    let observer: any RLSObserver
    let logger: Logger
    let environment: RLSEnvironment
    private let gate = WarningGate()

    init(observer: any RLSObserver, logger: Logger, environment: RLSEnvironment) {
        self.observer = observer
        self.logger = logger
        self.environment = environment
    }

    func report(_ events: [RLSEvent]) {
        for event in events {
            self.report(event)
        }
    }

    func report(_ event: RLSEvent) {
        self.observer.event(event)
        switch event.kind {
        case .documentRefused, .credentialsRefused, .resolverFailed, .storeLost, .storeBack, .recordRejected,
            .actionsStalled:
            // What an operator must act on and no caller sees.
            self.warn(event)
        default:
            self.logger.debug("event", metadata: Self.metadata(event, [.kind: event.kind.name]))
        }
    }

    private func warn(_ event: RLSEvent) {
        let cause = "\(event.kind.name) \(event.subject)"
        guard self.gate.admits(cause, now: self.environment.now()) else { return }
        self.logger.warning(Self.message(event.kind), metadata: Self.metadata(event))
    }

    private static func message(_ kind: RLSEvent.Kind) -> Logger.Message {
        switch kind {
        case .documentRefused: "list document refused"
        case .credentialsRefused: "credentials refused by a source of lists"
        case .resolverFailed: "source of lists does not answer"
        case .storeLost: "store does not answer"
        case .storeBack: "store answers again"
        case .recordRejected: "record refused by the store"
        case .actionsStalled: "consumer of actions does not keep up"
        default: "event"
        }
    }

    private static func metadata(_ event: RLSEvent, _ more: [RLSLogKey: String] = [:]) -> Logger.Metadata {
        var metadata = Logger.Metadata(more)
        if !event.subject.isEmpty {
            metadata[.subject] = event.subject
        }
        if !event.detail.isEmpty {
            metadata[.detail] = event.detail
        }
        if event.count != 1 {
            metadata[.count] = String(event.count)
        }
        return metadata
    }
}
