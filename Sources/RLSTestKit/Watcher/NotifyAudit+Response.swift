// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

extension NotifyAudit {
    /// The server has answered a SUBSCRIBE.
    mutating func answered(_ response: SIPResponse, at now: RLSInstant) {
        guard !self.isForked else { return }
        guard let cSeq = try? response.cSeq, cSeq.method == .subscribe, let asked = self.asked[cSeq.number] else {
            self.note("R3261-10", "the CSeq of an answer is that of no SUBSCRIBE")
            return
        }
        let number = cSeq.number
        self.checkEcho(response, number)
        if response.headers.first(.event) != nil { self.note("R6665-11", "Event in an answer", number) }
        if response.headers.first(.subscriptionState) != nil {
            self.note("R6665-12", "Subscription-State in an answer", number)
        }
        guard (200..<300).contains(response.statusCode) else {
            return self.refused(response, asked, number)
        }
        self.isAccepted = true
        self.isAway = false
        self.acceptedCSeq = max(self.acceptedCSeq, number)
        self.accepted(response, asked, number, at: now)
    }

    private mutating func checkEcho(_ response: SIPResponse, _ cSeq: UInt32) {
        if response.callID.map(text) != self.options.callID { self.note("R3261-10", "another Call-ID", cSeq) }
        if response.fromTag.map(text) != self.options.tag { self.note("R3261-10", "another From tag", cSeq) }
        if (try? response.from)?.uri.text != self.options.watcherURI { self.note("R3261-10", "another From", cSeq) }
        if (try? response.to)?.uri.text != self.options.listURI { self.note("R3261-10", "another To", cSeq) }
        if let length = response.headers.first(.contentLength),
            SIPText.decimal(length) != UInt64(response.body.count)
        {
            self.note("R3261-18", "Content-Length \(text(length)), body \(response.body.count)", cSeq)
        }
    }

    private mutating func refused(_ response: SIPResponse, _ asked: Asked, _ cSeq: UInt32) {
        let status = response.statusCode
        if status == 423 {
            let minimum = (try? response.minExpires) ?? nil
            if minimum == nil { self.note("R6665-22", "423 without Min-Expires", cSeq) }
            if asked.expires == 0 || asked.expires >= 3600 || (minimum ?? .max) <= asked.expires {
                self.note("R6665-22", "423 for \(asked.expires) s", cSeq)
            }
        }
        if status == 489, response.headers.first(.allowEvents) == nil {
            self.note("R6665-21", "489 without Allow-Events", cSeq)
        }
        if status == 420, response.headers.first(.unsupported) == nil {
            self.note("R3261-08", "420 without Unsupported", cSeq)
        }
        if status == 421, !response.headers.contains(.require, token: "eventlist") {
            self.note("R4662-05", "421 without Require: eventlist", cSeq)
        }
        if !self.isAccepted {
            self.refusedStatus = status
            self.ended = ("R6665-54", "the SUBSCRIBE was refused with \(status)")
        } else if self.mayFork, cSeq <= self.acceptedCSeq, status != 481 {
            // Sent again to a server that was started again: it asks its plugs anew, whatever comes of the dialog in its store.
            self.fork()
        } else if [404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604].contains(status) {
            // R6665-67: for the subscriber the subscription is over.
            self.ended = self.ended ?? ("R6665-67", "a refresh was answered \(status)")
        }
    }

    private mutating func accepted(_ response: SIPResponse, _ asked: Asked, _ cSeq: UInt32, at now: RLSInstant) {
        if response.statusCode == 202 { self.note("R6665-24", "202", cSeq) }
        if !response.headers.contains(.require, token: "eventlist") {
            self.note("R4662-11", "2xx without Require: eventlist", cSeq)
        }
        self.checkContact(response, cSeq)
        if response.headers.values(.recordRoute).map(text) != self.options.recordRoutes {
            self.note("R3261-01", "Record-Route of the 2xx is not that of the request", cSeq)
        }
        if let tag = response.toTag.map(text) {
            if let known = self.serverTag, known != tag {
                guard !self.mayFork else { return self.fork() }
                self.note("R3261-03", "the To tag changed", cSeq)
            }
            self.serverTag = tag
        } else {
            self.note("R3261-01", "2xx without To tag", cSeq)
        }
        guard let granted = (try? response.expires) ?? nil else {
            self.note("R6665-04", "2xx without Expires", cSeq)
            return
        }
        if granted > asked.expires { self.note("R6665-04", "\(granted) s granted, \(asked.expires) asked", cSeq) }
        self.isUnsubscribed = granted == 0
        self.grantedUntil = now.advanced(by: .seconds(Int64(granted)))
        self.fullStateDue = "R4662-51"
        self.notifyDueSince = now
        self.timeouts = 0
        // It came in time after all: while it was being handled, or in the last second of a subscription from the store.
        if self.ended?.rule == "R6665-34" || self.ended?.rule == "R6665-31" {
            self.ended = nil
            self.mayReturn = false
        }
        self.mayRunUntil = nil
        if self.acceptedContact != asked.contact { self.mayOverlap = true }
        self.acceptedContact = asked.contact
    }

    private mutating func fork() {
        self.isForked = true
        self.ended = ("R3261-03", "one SUBSCRIBE was answered by two servers")
    }

    private mutating func checkContact(_ response: SIPResponse, _ cSeq: UInt32) {
        guard let contacts = try? response.contacts, contacts.count == 1 else {
            self.note("R3261-01", "2xx without one readable Contact", cSeq)
            return
        }
    }
}
