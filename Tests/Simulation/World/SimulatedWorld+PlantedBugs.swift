// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// Where the planted mistakes are made: on the way between the engine and the world.
extension SimulatedWorld {
    /// A NOTIFY of a presence server on its way to the engine.
    ///
    /// - Returns: nil when the engine does not get it.
    func spoil(_ arrival: SimulatedNetwork.Arrival) -> SimulatedNetwork.Arrival? {
        guard let bug = self.settings.plantedBug, arrival.request.method == .notify else { return arrival }
        var spoilt = arrival
        switch bug {
        case .updateLost:
            guard let state = FakeState(arrival.request.body), state.sequence % 5 == 3 else { return arrival }
            self.network.respond(SIPResponse(to: arrival.request, 200), to: arrival.transaction)
            return nil
        case .olderOverwritesNewer:
            guard FakeState(arrival.request.body) != nil else { return arrival }
            // The state before the last one comes late, and is taken for a new one.
            let callID = self.string(arrival.request.callID)
            let older = self.plantedBodies["\(callID) before"]
            self.plantedBodies["\(callID) before"] = self.plantedBodies[callID]
            self.plantedBodies[callID] = Array(arrival.request.body)
            self.plantedCount += 1
            guard self.plantedCount % 4 == 0, let older else { return arrival }
            spoilt.request.setBody { $0.append(contentsOf: older) }
            return spoilt
        case .earlyNotifyRefused:
            let callID = self.string(arrival.request.callID)
            guard self.transactions.values.contains(where: { self.string($0.request.callID) == callID }) else {
                return arrival
            }
            self.network.respond(SIPResponse(to: arrival.request, 481), to: arrival.transaction)
            return nil
        case .statesShared:
            guard let state = FakeState(arrival.request.body) else { return arrival }
            let first = self.plantedBodies[state.resource] ?? Array(arrival.request.body)
            self.plantedBodies[state.resource] = first
            spoilt.request.setBody { $0.append(contentsOf: first) }
            return spoilt
        case .deltaSentTwice:
            guard FakeState(arrival.request.body) != nil else { return arrival }
            let callID = self.string(arrival.request.callID)
            let last = self.plantedBodies[callID]
            self.plantedBodies[callID] = Array(arrival.request.body)
            self.plantedCount += 1
            guard self.plantedCount % 4 == 0, let last else { return arrival }
            spoilt.request.setBody { $0.append(contentsOf: last) }
            return spoilt
        case .tickDropped, .failureKillsList, .severalInFlight, .failureCountsAsSent, .numbersGoBack, .dialogNotStored,
            .fullStateOmits, .stateUnderAnotherURI, .splitDropsMember, .sentWhileStoring:
            return arrival
        }
    }

    /// What the engine wants sent at once.
    func spoil(_ actions: [RLSAction]) -> [RLSAction] {
        guard let bug = self.settings.plantedBug else { return actions }
        var spoilt: [RLSAction] = []
        for action in actions {
            guard case .sendRequest(var outbound) = action, outbound.request.method == .notify else {
                if case .sendRequest(let outbound) = action, bug == .sentWhileStoring {
                    self.plantedRequests[(try? outbound.request.from)?.uri.text ?? ""] = outbound
                }
                spoilt.append(action)
                continue
            }
            let callID = self.string(outbound.request.callID)
            switch bug {
            case .tickDropped:
                if let phone = self.phoneIndex(callID), self.phones[phone].mood != .good { return spoilt }
            case .failureKillsList:
                if self.plantedVictims.contains(callID) { continue }
            case .fullStateOmits:
                Self.rewrite(&outbound.request) { Self.withoutLastResource($0) }
            case .stateUnderAnotherURI:
                Self.rewrite(&outbound.request) { $0.replacing("uri=\"sip:r1@pa1", with: "uri=\"sip:r11@pa1") }
            case .splitDropsMember:
                Self.rewrite(&outbound.request) { Self.withoutLastState($0) }
            case .updateLost, .olderOverwritesNewer, .earlyNotifyRefused, .statesShared, .severalInFlight,
                .failureCountsAsSent, .numbersGoBack, .dialogNotStored, .deltaSentTwice, .sentWhileStoring:
                break
            }
            spoilt.append(.sendRequest(outbound))
        }
        return spoilt
    }

    /// How a NOTIFY ended, as the engine is told.
    func spoil(_ outcome: RLSTransactionOutcome, of request: SIPRequest) -> RLSTransactionOutcome {
        guard let bug = self.settings.plantedBug, request.method == .notify else { return outcome }
        if case .response(let response) = outcome, response.statusCode == 200 { return outcome }
        switch bug {
        case .failureCountsAsSent:
            return .response(SIPResponse(to: request, 200))
        case .failureKillsList:
            self.plantedVictims.insert(self.string(request.callID))
            return outcome
        case .updateLost, .olderOverwritesNewer, .earlyNotifyRefused, .statesShared, .tickDropped, .severalInFlight,
            .numbersGoBack, .dialogNotStored, .fullStateOmits, .stateUnderAnotherURI, .deltaSentTwice,
            .splitDropsMember, .sentWhileStoring:
            return outcome
        }
    }

    /// A record of any kind as the next process reads it.
    func spoil(_ record: RLSStoredRecord) -> RLSStoredRecord? {
        guard case .dialog(let dialog) = record else { return record }
        return self.spoil(dialog).map { .dialog($0) }
    }

    /// A record as the next process reads it; nil: it is not there.
    func spoil(_ record: RLSStoredDialog) -> RLSStoredDialog? {
        guard let bug = self.settings.plantedBug else { return record }
        var spoilt = record
        switch bug {
        case .numbersGoBack:
            spoilt.version = 0
            spoilt.localCSeq = 0
            return spoilt
        case .dialogNotStored:
            return nil
        case .updateLost, .olderOverwritesNewer, .earlyNotifyRefused, .statesShared, .tickDropped, .failureKillsList,
            .severalInFlight, .failureCountsAsSent, .fullStateOmits, .stateUnderAnotherURI, .deltaSentTwice,
            .splitDropsMember, .sentWhileStoring:
            return record
        }
    }

    /// The last back-end SUBSCRIBE of the watcher is sent again, at the wrong time.
    func sendWhileStoring(_ watcher: String) {
        guard self.settings.plantedBug == .sentWhileStoring, let request = self.plantedRequests[watcher] else { return }
        self.execute([.sendRequest(request)], answering: nil)
    }

    private static func rewrite(_ request: inout SIPRequest, _ change: (String) -> String) {
        let text = change(String(decoding: request.body, as: UTF8.self))
        request.setBody { $0.append(contentsOf: text.utf8) }
    }

    private static func withoutLastResource(_ text: String) -> String {
        guard text.contains("fullState=\"true\""), let start = text.ranges(of: "<resource ").last?.lowerBound,
            let end = text[start...].firstRange(of: "</resource>")?.upperBound
        else { return text }
        return String(text[..<start] + text[end...])
    }

    /// A partial NOTIFY without its last resource and the part that belongs to it, when it has several.
    private static func withoutLastState(_ text: String) -> String {
        guard text.contains("fullState=\"false\""), text.ranges(of: "<resource ").count > 1,
            let start = text.ranges(of: "<resource ").last?.lowerBound,
            let end = text[start...].firstRange(of: "</resource>")?.upperBound,
            let quote = text[start..<end].firstRange(of: "cid=\"")?.upperBound,
            let boundary = text.firstRange(of: "\r\n").map({ text[..<$0.lowerBound] })
        else { return text }
        let id = text[quote...].prefix { $0 != "\"" }
        var parts = text.split(separator: boundary, omittingEmptySubsequences: false)
        parts.removeAll { $0.contains("<\(id)>") }
        let rest = parts.joined(separator: String(boundary))
        guard let element = rest.firstRange(of: text[start..<end]) else { return text }
        return rest.replacingCharacters(in: element)
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>) -> String {
        String(self[..<range.lowerBound] + self[range.upperBound...])
    }
}
