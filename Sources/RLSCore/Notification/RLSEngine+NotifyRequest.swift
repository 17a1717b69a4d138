// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

extension RLSEngine {
    /// The NOTIFY as it leaves (RFC 6665 §4.2.2, RFC 4662 §4.5, RFC 3261 §12.2.1.1).
    mutating func makeNotify(
        _ dialog: ListDialog,
        _ plan: NotifyPlan,
        _ route: DialogRouting,
        now: RLSInstant
    ) -> SIPRequest {
        var request = SIPRequest(.notify, uri: route.requestURI[...], reserving: 1_500)
        request.headers.append(.maxForwards, "70")
        for value in route.routes {
            request.headers.append(.route, value)
        }
        request.headers.append(.from, dialog.localHeader)
        request.headers.append(.to, dialog.remoteHeader)
        request.headers.append(.callID, dialog.callID)
        let cSeq = dialog.numbers.cSeq
        request.headers.append(.cSeq) { output in
            SIPText.writeDecimal(UInt64(cSeq), into: &output)
            output.append(contentsOf: " NOTIFY".utf8)
        }
        request.headers.append(.contact, dialog.localContactBytes)
        request.headers.append(.event) { output in Self.writeEvent(of: dialog, into: &output) }
        request.headers.append(.subscriptionState) { output in
            Self.writeSubscriptionState(of: dialog, now: now, into: &output)
        }
        request.headers.append(.require, "eventlist")
        self.writeBody(of: dialog, plan, into: &request)
        return request
    }

    private mutating func writeBody(of dialog: ListDialog, _ plan: NotifyPlan, into request: inout SIPRequest) {
        let notify = self.random.next()
        let multipart = MultipartWriter(
            boundary: (self.random.next(), self.random.next()),
            isLegacy: dialog.isLegacyClient
        )
        // An IPv6 address has no place in a Content-ID.
        let address = dialog.path.local.host
        let host = address.utf8.contains(UInt8(ascii: ":")) ? "rls.invalid" : address
        let message = ContentID.Message(notify: notify, host: host)
        let root = ContentID(message: message, part: 0)
        let contentType = [UInt8](expecting: 160) { multipart.writeContentType(root: root, into: &$0) }
        request.headers.append(.contentType, contentType)
        let body = [UInt8](expecting: plan.size) { output in
            multipart.beginRoot(root, into: &output)
            self.writeRLMI(of: dialog, plan, message, into: &output)
            for (index, resource) in plan.resources.enumerated() where resource.shown == .state {
                self.strings.withBytes(resource.contentType) { type in
                    multipart.beginPart(ContentID(message: message, part: index + 1), type: type, into: &output)
                }
                self.bodies.withBytes(resource.body) { output.write($0) }
            }
            multipart.end(into: &output)
        }
        request.body = body[...]
    }

    private func writeRLMI(
        of dialog: ListDialog,
        _ plan: NotifyPlan,
        _ message: ContentID.Message,
        into output: inout ByteWriter
    ) {
        RLMIWriter.begin(
            uri: dialog.presentityURIBytes,
            version: dialog.numbers.version,
            isFull: plan.isFull,
            into: &output
        )
        if plan.isFull, let names = dialog.list?.names {
            self.strings.withBytes(names) { output.write($0) }
        }
        for (index, resource) in plan.resources.enumerated() {
            guard let list = dialog.list else { continue }
            self.strings.withBytes(list.uris[resource.entry]) { RLMIWriter.beginResource(uri: $0, into: &output) }
            self.strings.withBytes(list.names(of: resource.entry)) { output.write($0) }
            switch resource.shown {
            case .nothing:
                break
            case .instance:
                self.writeInstance(resource.slot, contentID: nil, into: &output)
            case .state:
                self.writeInstance(
                    resource.slot,
                    contentID: ContentID(message: message, part: index + 1),
                    into: &output
                )
            }
            RLMIWriter.endResource(into: &output)
        }
        RLMIWriter.end(into: &output)
    }

    private func writeInstance(_ slot: UInt32, contentID: ContentID?, into output: inout ByteWriter) {
        let row = self.backends[slot]
        let state: StaticString
        switch row.instance {
        case .active: state = "active"
        case .pending: state = "pending"
        case .terminated: state = "terminated"
        case .unknown: return
        }
        self.strings.withBytes(row.reason) { reason in
            RLMIWriter.instance(
                id: self.keyedHash(UInt64(row.serial)),
                state: state,
                reason: row.instance == .terminated ? reason : nil,
                contentID: contentID,
                into: &output
            )
        }
    }

    private static func writeEvent(of dialog: ListDialog, into output: inout [UInt8]) {
        if dialog.isLegacyClient {
            // Old linphone compares with "Presence".
            output.append(contentsOf: (dialog.event.prefix(1).uppercased() + dialog.event.dropFirst()).utf8)
        } else {
            output.append(contentsOf: dialog.event.utf8)
        }
        if !dialog.eventID.isEmpty {
            output.append(contentsOf: ";id=".utf8)
            output.append(contentsOf: dialog.eventID.utf8)
        }
    }

    private static func writeSubscriptionState(of dialog: ListDialog, now: RLSInstant, into output: inout [UInt8]) {
        let isPending: Bool
        switch dialog.state {
        case .ending(let reason):
            // R6665-37: no expires.
            output.append(contentsOf: "terminated;reason=".utf8)
            output.append(contentsOf: reason.utf8)
            return
        case .pending: isPending = true
        case .active, .hidden, .preparing, .dormant, .over: isPending = false
        }
        output.append(contentsOf: isPending ? "pending;expires=".utf8 : "active;expires=".utf8)
        SIPText.writeDecimal(UInt64(dialog.expires.secondsLeft(at: now)), into: &output)
    }
}
