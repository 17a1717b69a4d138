// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage
import Testing

@testable import RLSTestKit

@Suite("What the phone shows")
struct WatcherTableTests {
    private func read(_ sample: SampleNotify) throws -> RLSListNotification {
        try RLSListNotification(sample.request())
    }

    private static let carol = SampleNotify(
        version: 1,
        fullState: false,
        resources: [#"<resource uri="sip:carol@example.com"><instance id="c" state="pending"/></resource>"#],
        parts: 0
    )

    @Test("R4662-91, R4662-97: full state builds the table, version 0 is newer than none")
    func fullStateBuilds() throws {
        var table = WatcherTable()
        #expect(table.apply(try self.read(SampleNotify())) == .rebuilt)
        #expect(table.rows.map(\.uri) == ["sip:bob@example.com", "sip:carol@example.com"])
        #expect(table["sip:bob@example.com"]?.instances.first?.body == Array("<presence/>".utf8))
        #expect(table["sip:carol@example.com"]?.instances == [])
    }

    @Test("R4662-92, R4662-96: partial state changes its rows and leaves the others")
    func partialStateUpdates() throws {
        var table = WatcherTable()
        _ = table.apply(try self.read(SampleNotify()))
        #expect(table.apply(try self.read(Self.carol)) == .updated)
        #expect(table["sip:carol@example.com"]?.instances.map(\.state) == [.pending])
        #expect(table["sip:bob@example.com"]?.instances.map(\.state) == [.active])
    }

    @Test("R4662-93: partial state after a gap is taken, and asks for a refresh")
    func gapsAreTaken() throws {
        var table = WatcherTable()
        _ = table.apply(try self.read(SampleNotify()))
        var late = Self.carol
        late.version = 5
        #expect(table.apply(try self.read(late)) == .updatedAfterGap)
        #expect(table.version == 5)
        #expect(table["sip:carol@example.com"]?.instances.map(\.state) == [.pending])
    }

    @Test("R4662-94: old documents are discarded", arguments: [true, false])
    func oldDocumentsAreDiscarded(_ isFull: Bool) throws {
        var table = WatcherTable()
        _ = table.apply(try self.read(SampleNotify(version: 3)))
        var old = Self.carol
        old.version = 3
        old.fullState = isFull
        let before = table
        #expect(table.apply(try self.read(old)) == .discarded)
        #expect(table == before)
    }

    @Test("R4662-56: full state drops what it does not name")
    func fullStateDrops() throws {
        var table = WatcherTable()
        _ = table.apply(try self.read(SampleNotify()))
        var full = Self.carol
        full.fullState = true
        _ = table.apply(try self.read(full))
        #expect(table.rows.map(\.uri) == ["sip:carol@example.com"])
    }
}
