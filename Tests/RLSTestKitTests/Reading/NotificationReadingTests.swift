// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage
import Testing

@testable import RLSTestKit

@Suite("Reading a list NOTIFY")
struct NotificationReadingTests {
    @Test func aCorrectNotifyIsRead() throws {
        let notification = try RLSListNotification(SampleNotify().request())
        #expect(notification.rlmi.uri == SampleNotify.list)
        #expect(notification.rlmi.resources.map(\.uri) == ["sip:bob@example.com", "sip:carol@example.com"])
        #expect(notification.rlmi.resources.first?.names.map(\.text) == ["Bob"])
        #expect(
            notification.part("1.1@rls.example.com").map { String(decoding: $0.body, as: UTF8.self) } == "<presence/>"
        )
    }

    /// Each change of a correct NOTIFY, and the rule that it breaks.
    static let faults: [(rule: String, edits: [(String, String)])] = [
        ("R4662-04", [("multipart/related;", "multipart/mixed;")]),
        ("R4662-83", [("multipart/related;", "application/rlmi+xml;")]),
        ("R2387-01", [(#"type="application/rlmi+xml";"#, "")]),
        ("R2387-01", [(#"type="application/rlmi+xml";"#, #"type="text/plain";"#)]),
        ("R2387-02", [(#"start="<1.0@rls.example.com>";"#, "")]),
        ("R2387-02", [(#"start="<1.0@"#, #"start="<1.1@"#)]),
        ("R2387-04", [("boundary=boundary", "boundary=another")]),
        ("CLIENTS", [("boundary=boundary0123456789abcdef1x", "boundary=\"boundary0123456789abcdef1x\"")]),
        ("CLIENTS", [("boundary=boundary0123456789abcdef1x", "boundary=boundary0123456789abcdef1x;charset=x")]),
        ("R2387-04", [("\r\n--boundary0123456789abcdef1x--", "")]),
        ("R2387-04", [("--boundary0123456789abcdef1x--", "--boundary0123456789abcdef1x--\r\nepilogue")]),
        (
            "R2387-04",
            [
                (
                    "--boundary0123456789abcdef1x\r\nContent-Transfer",
                    "\r\n--boundary0123456789abcdef1x\r\nContent-Transfer"
                )
            ]
        ),
        ("R2387-04", [("</list>\r\n--", "</list>\n--")]),
        (
            "R2387-04",
            [("<presence/>\r\n--boundary0123456789abcdef1x--", "<presence/>\r\n--boundary0123456789abcdef1x-- ")]
        ),
        ("R2387-05", [("<presence/>", "<presence/>\r\n--boundary0123456789abcdef1xyz")]),
        ("R2387-06", [("Content-Transfer-Encoding: binary\r\n", "")]),
        ("R2387-06", [("Encoding: binary", "Encoding: base64")]),
        ("R2387-06", [("Content-Type: application/pidf+xml\r\n\r\n<presence/>", "Content-Type")]),
        ("R2387-07", [("Content-Type: application/pidf+xml", "X-Type: application/pidf+xml")]),
        (
            "R2387-07",
            [
                (
                    "Content-Transfer-Encoding: binary\r\n",
                    "Content-Transfer-Encoding: binary\r\nContent-Transfer-Encoding: binary\r\n"
                )
            ]
        ),
        ("R2387-03", [("Content-ID: <1.1@rls.example.com>", "Content-ID: 1.1@rls.example.com")]),
        ("R2387-03", [("Content-ID: <1.1@rls.example.com>\r\n", "")]),
        ("R2387-03", [("1.1@rls.example.com", "1.sip:bob@example.com")]),
        ("R4662-60", [("Content-Type: application/rlmi+xml", "Content-Type: text/xml")]),
        ("R4662-03", [("urn:ietf:params:xml:ns:rlmi", "urn:ietf:params:xml:ns:rmli")]),
        ("R4662-62", [(#" fullState="true""#, "")]),
        ("R4662-62", [(#"fullState="true""#, #"fullState="yes""#)]),
        ("R4662-62", [(#" uri="sip:team@example.com""#, "")]),
        ("R4662-06", [(#"version="0" "#, #"version="4294967296" "#)]),
        ("R4662-06", [(#"version="0" "#, #"version="18446744073709551615" "#)]),
        (
            "R4662-61",
            [
                (
                    "<name>Bob</name><instance id=\"b\" state=\"active\" cid=\"1.1@rls.example.com\"/>",
                    "<instance id=\"b\" state=\"active\" cid=\"1.1@rls.example.com\"/><name>Bob</name>"
                )
            ]
        ),
        ("R4662-61", [("</list>", "<note/></list>")]),
        ("R4662-61", [("</list>", "text</list>")]),
        ("R4662-61", [("</list>", "")]),
        ("R4662-61", [("<name>Bob", "<name><b/>Bob")]),
        ("R4662-70", [(#"<resource uri="sip:carol@example.com"/>"#, "<resource/>")]),
        ("R4662-70", [("sip:carol@", "sip:bob@")]),
        ("R4662-72", [("<name>", #"<name xml:lang="not a language">"#)]),
        ("R4662-75", [(#"id="b" "#, "")]),
        ("R4662-75", [(#"id="b" "#, #"id="" "#)]),
        ("R4662-75", [("<instance", #"<instance id="b" state="pending"/><instance"#)]),
        ("R4662-45", [(#"state="active""#, #"state="open""#)]),
        ("R4662-78", [(#" cid="1.1@rls.example.com""#, "")]),
        ("R4662-76", [(#"state="active""#, #"state="terminated""#)]),
        ("R4662-76", [(#"state="active""#, #"state="terminated" reason="""#)]),
        ("R4662-69", [(#"cid="1.1@"#, #"cid="1.2@"#)]),
        ("R4662-80", [(#"cid="1.1@rls.example.com""#, #"cid="&lt;1.1@rls.example.com&gt;""#)]),
        ("R4662-80", [(#"cid="1.1@"#, #"cid="cid:1.1@"#)]),
        ("R4662-44", [(#"state="active" cid="1.1@rls.example.com""#, #"state="pending""#)]),
        ("R4662-68", [(#"fullState="true""#, #"fullState="true" cid="1.1@rls.example.com""#)]),
        ("R4662-82", [("<1.1@rls.example.com>", "<1.0@rls.example.com>")]),
        ("R4662-02", [(#"encoding="UTF-8"?>"#, #"encoding="ISO-8859-1"?>"#)]),
        ("S-XXE", [("?><list", "?><!DOCTYPE list><list")]),
        ("S-BOMB", [("Bob", "&bob;")]),
        ("S-INJECT", [("Bob", "Bo\u{1}b")]),
    ]

    @Test(arguments: Self.faults.indices)
    func aFaultIsFoundAndNamed(_ index: Int) throws {
        let (rule, edits) = Self.faults[index]
        let request = SampleNotify().request(replacing: edits)
        #expect(request.bytes != SampleNotify().request().bytes, "the edit changes nothing")
        #expect(Self.rules(request).contains(rule), "\(rule) in \(Self.rules(request)) for \(edits)")
    }

    static func rules(_ request: SIPRequest, style: RLSListNotification.Style = .standard) -> [String] {
        var faults: [RLSReadingFault] = []
        do throws(RLSReadingFault) {
            let type = request.headers.first(.contentType) ?? []
            _ = try RLSListNotification(contentType: type, body: request.body, style: style, faults: &faults)
        } catch {
            faults.append(error)
        }
        return faults.map(\.rule)
    }

    @Test func theLegacyFormIsAnotherOne() throws {
        let edits = [
            ("Content-ID: <1.0@rls.example.com>", "Content-Id: 1.0@rls.example.com"),
            ("Content-ID: <1.1@rls.example.com>", "Content-Id: 1.1@rls.example.com"),
        ]
        #expect(Self.rules(SampleNotify().request(replacing: edits), style: .legacyLinphone) == [])
        #expect(Self.rules(SampleNotify().request(), style: .legacyLinphone).contains("CLIENTS"))
    }

    @Test(
        .enabled(if: SharedFiles.isPresent),
        arguments: [
            "03-notify-initial-full", "04-notify-partial", "06-notify-refresh-full", "08-notify-final-full",
            "09-notify-nested-full", "10-notify-nested-partial", "11-notify-dialog-two-instances",
            "12-notify-message-summary", "13-notify-empty-list", "14-notify-list-pending", "16-notify-recipient-list",
            "60-notify-signed-part",
        ]
    )
    func theExamplesAreCorrectButForQuotes(_ name: String) throws {
        let request = try SharedFiles.request("spec/examples/sip/\(name).sip")
        #expect(Self.rules(request).allSatisfy { $0 == "CLIENTS" || $0 == "R2387-04" }, "\(Self.rules(request))")
        #expect(Self.rules(request).contains("CLIENTS"), "R2387-04: the examples quote their boundaries")
    }

    @Test("R4662-110, R4662-111: a nested list has its own parts", .enabled(if: SharedFiles.isPresent))
    func aNestedListIsRead() throws {
        let request = try SharedFiles.request("spec/examples/sip/09-notify-nested-full.sip")
        var faults: [RLSReadingFault] = []
        let type = try #require(request.headers.first(.contentType))
        let outer = try RLSListNotification(contentType: type, body: request.body, faults: &faults)
        let inner = try outer.nestedList(try #require(outer.part("n09-sales@rls1.example.com")))
        #expect(inner.rlmi.version == 4)
        #expect(inner.part("in-judy@rls.example.org") != nil)
        #expect(outer.part("in-judy@rls.example.org") == nil)
    }

    @Test("S-BODYTYPE: caps hold")
    func capsHold() throws {
        var limits = RLSReadingLimits()
        limits.parts = 1
        var faults: [RLSReadingFault] = []
        let request = SampleNotify().request()
        let type = try #require(request.headers.first(.contentType))
        #expect(throws: RLSReadingFault("S-BODYTYPE", "too many parts")) {
            try RLSListNotification(contentType: type, body: request.body, limits: limits, faults: &faults)
        }
        limits = RLSReadingLimits()
        limits.partHeaderBytes = 40
        #expect(throws: RLSReadingFault("S-BODYTYPE", "part headers too large")) {
            try RLSListNotification(contentType: type, body: request.body, limits: limits, faults: &faults)
        }
    }

    @Test("S-BODYTYPE: no cut-off and no mutated body is taken for a whole one, and none traps")
    func mutatedBodiesNeverTrap() throws {
        let request = SampleNotify().request()
        let type = try #require(request.headers.first(.contentType))
        for end in 0..<request.body.count {
            var faults: [RLSReadingFault] = []
            #expect(throws: RLSReadingFault.self) {
                try RLSListNotification(contentType: type, body: request.body.prefix(end), faults: &faults)
            }
        }
        var state: UInt64 = 42
        var refused = 0
        for _ in 0..<3_000 {
            var body = Array(request.body)
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                body[Int(state >> 33) % body.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            var faults: [RLSReadingFault] = []
            if (try? RLSListNotification(contentType: type, body: body[...], faults: &faults)) == nil || !faults.isEmpty
            {
                refused += 1
            }
        }
        #expect(refused > 2_000, "nearly every mutation of this body breaks a rule")
    }
}
