// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

@testable import RLSTestKit

/// The known faults of other list servers are found in what they really sent.
@Suite("NOTIFYs of other servers", .enabled(if: SharedFiles.isPresent))
struct OtherServersTests {
    /// Violations in the first dialog of a capture, in the order of the messages.
    private func violations(_ path: String) throws -> [WatcherViolation] {
        var watcher: StrictWatcher?
        for (_, message) in try SharedFiles.capture(path) {
            switch message {
            case .request(let request) where request.method == .subscribe:
                guard request.headers.contains(.supported, token: "eventlist"),
                    request.headers.contains(.accept, token: "multipart/related"),
                    let from = try? request.from, let to = try? request.to, !from.uri.text.contains("rls"),
                    to.uri.text.contains("list"),
                    watcher == nil || watcher?.options.callID == text(request.callID ?? [])
                else { continue }
                if watcher == nil {
                    var options = WatcherOptions(
                        listURI: to.uri.text,
                        watcherURI: from.uri.text,
                        contact: try #require(try request.contacts.first?.uri.text),
                        callID: text(request.callID ?? []),
                        tag: from.tag ?? ""
                    )
                    options.expires = 600
                    watcher = StrictWatcher(options)
                }
                while let asked = watcher?.localCSeq, asked < (try request.cSeq.number) {
                    _ = watcher?.subscribe(expires: try request.expires)
                }
            case .request(let request) where request.method == .notify:
                guard text(request.callID ?? []) == watcher?.options.callID else { continue }
                watcher?.serverSent(request, at: .zero)
                watcher?.serverLearned(status: 200, ofNotify: try request.cSeq.number, at: .zero)
            case .response(let response):
                guard text(response.callID ?? []) == watcher?.options.callID, try response.cSeq.method == .subscribe
                else { continue }
                watcher?.serverAnswered(response, at: .zero)
            default: break
            }
        }
        return try #require(watcher).violations
    }

    @Test func kamailio() throws {
        let rules = Set(try self.violations("peers/captures/rls-only-all.txt").map(\.rule))
        // The first version is 1, Content-IDs hold a colon, boundaries are quoted, the last NOTIFY has no RLMI.
        #expect(rules.isSuperset(of: ["R4662-64", "R2387-03", "CLIENTS", "R4662-42"]), "\(rules)")
    }

    @Test func openSIPS() throws {
        let rules = Set(try self.violations("peers/captures-opensips/rls-only.txt").map(\.rule))
        // Boundaries come again, Content-IDs hold a colon, boundaries are quoted.
        #expect(rules.isSuperset(of: ["R4662-82", "R2387-03", "CLIENTS"]), "\(rules)")
    }
}
