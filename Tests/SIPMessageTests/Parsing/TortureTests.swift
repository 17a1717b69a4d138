// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Foundation
import SIPMessage
import Testing

/// The 49 messages of RFC 4475, each handled as the shared folder's README says.
struct TortureTests {
    /// What happens to a message.
    enum Outcome: Sendable, Equatable {
        /// Parsed, and every typed value can be read.
        case accepted
        /// The parser refuses it with this code.
        case refused(SIPParseError.Code, status: Int)
        /// Parsed, but ``SIPRequest/validate()`` refuses it, for this header.
        case invalid(SIPHeaderName)
    }

    static let table: [(String, Outcome)] = [
        // 3.1.1 valid
        ("wsinv", .accepted), ("intmeth", .accepted), ("esc01", .accepted), ("escnull", .accepted),
        ("esc02", .accepted), ("lwsdisp", .accepted), ("longreq", .accepted), ("dblreq", .accepted),
        ("semiuri", .accepted), ("transports", .accepted), ("mpart01", .accepted), ("unreason", .accepted),
        ("noreason", .accepted),
        // 3.1.2 invalid
        ("badinv01", .invalid(.via)), ("clerr", .refused(.contentLength, status: 400)),
        ("ncl", .refused(.contentLength, status: 400)), ("scalar02", .refused(.headerValue, status: 400)),
        ("scalarlg", .refused(.headerValue, status: 400)), ("quotbal", .invalid(.to)),
        // Choice: strict. The RFC allows to take the URI out of the brackets.
        ("ltgtruri", .refused(.requestURI, status: 400)),
        ("lwsruri", .refused(.requestURI, status: 400)), ("lwsstart", .refused(.requestURI, status: 400)),
        // Choice: strict about blanks at the end of the request line.
        ("trws", .refused(.startLine, status: 400)),
        // Choice: tolerant. Headers in a Request-URI are ignored (R3261-35).
        ("escruri", .accepted),
        // Choice: tolerant. Date is not interpreted.
        ("baddate", .accepted),
        ("regbadct", .invalid(.contact)),
        // Choice: strict about blanks inside angle brackets.
        ("badaspec", .invalid(.to)),
        // The archive's file lacks the empty line. A display name with a comma but without quotes would be taken.
        ("baddn", .refused(.truncated, status: 400)),
        ("badvers", .refused(.version, status: 505)), ("mismatch01", .refused(.method, status: 400)),
        ("mismatch02", .refused(.method, status: 400)), ("bigcode", .refused(.startLine, status: 400)),
        // 3.2 transaction: the branch is only the cookie; matching is the transaction layer's.
        ("badbranch", .accepted),
        // 3.3 application: the syntax is fine but for the first two.
        ("insuf", .refused(.missingHeader, status: 400)), ("multi01", .refused(.duplicateHeader, status: 400)),
        ("mcl01", .refused(.duplicateHeader, status: 400)),
        ("unkscm", .accepted), ("novelsc", .accepted), ("unksm2", .accepted), ("bext01", .accepted),
        ("invut", .accepted), ("regaut01", .accepted), ("bcast", .accepted), ("zeromf", .accepted),
        ("cparam01", .accepted), ("cparam02", .accepted), ("regescrt", .accepted), ("sdp01", .accepted),
        // 3.4 backward compatibility
        ("inv2543", .accepted),
    ]

    static func load(_ name: String) throws -> [UInt8] {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = package.deletingLastPathComponent().appending(path: "shared/rfc4475/\(name).dat")
        return [UInt8](try Data(contentsOf: file))
    }

    static var isAvailable: Bool {
        ProcessInfo.processInfo.environment["CI"] == "true" || (try? load("wsinv")) != nil
    }

    @Test func tableHasAllMessages() {
        #expect(Set(Self.table.map(\.0)).count == 49)
    }

    @Test(.enabled(if: isAvailable), arguments: table)
    func eachMessageIsHandledAsDocumented(_ name: String, _ expected: Outcome) throws {
        let outcome: Outcome
        do throws(SIPParseError) {
            let message = try SIPParser.parse(datagram: Self.load(orFail: name))
            readEverything(message)
            outcome = Self.validated(message)
        } catch {
            outcome = .refused(error.code, status: error.suggestedStatus)
        }
        #expect(outcome == expected)
    }

    private static func load(orFail name: String) -> [UInt8] {
        do {
            return try self.load(name)
        } catch {
            Issue.record("no file for \(name): \(error)")
            return []
        }
    }

    private static func validated(_ message: SIPParsedMessage) -> Outcome {
        guard case .request(let request) = message else { return .accepted }
        do throws(SIPParseError) {
            try request.validate()
            return .accepted
        } catch {
            return error.header.map { .invalid($0) } ?? .refused(error.code, status: error.suggestedStatus)
        }
    }

    @Test(.enabled(if: isAvailable), arguments: ["clerr", "insuf", "lwsruri", "ltgtruri", "trws", "badvers", "ncl"])
    func refusedRequestsCanBeAnswered(_ name: String) throws {
        let request = try #require(SIPParser.recoverRequest(from: Self.load(name)))
        let answer = try parseAnswer(SIPResponse(to: request, 400, toTag: slice("x")))
        #expect(answer.headers.rows(.via) == request.headers.rows(.via))
        #expect(answer.callID == request.callID)
    }

    private func parseAnswer(_ response: SIPResponse) throws -> SIPResponse { response }

    // MARK: Values

    @Test(.enabled(if: isAvailable)) func foldedAndSpacedValuesAreRead() throws {
        let request = try parseRequest(Self.load("wsinv"))
        #expect(text(request.toTag) == "1918181833n")
        #expect(text(request.fromTag) == "98asjd8")
        #expect(try request.from.displayName == #"J Rosenberg \""#)
        #expect(try request.maxForwards == 68)
        #expect(try request.cSeq == SIPCSeq(number: 9, method: .invite))
        let vias = try request.vias
        #expect(vias.map(\.transport) == ["UDP", "TCP", "UDP"])
        #expect(vias.map(\.host) == ["192.0.2.2", "spindle.example.com", "192.168.255.111"])
        #expect(vias.map(\.branch) == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"])
        #expect(text(request.headers.first(.subject)) == "")
        #expect(
            text(request.headers.first("NewFangledHeader")) == "newfangled value continued newfangled value"
        )
        #expect(try request.routes.first?.uri.isLooseRouter == true)
        let contact = try #require(try request.contacts.first)
        #expect(contact.displayName == #"Quoted string """#)
        #expect(contact.parameters.value("q") == "0.33")
        #expect(contact.parameters.contains("secondparam"))
        #expect(request.body.count == 150)
    }

    @Test(.enabled(if: isAvailable)) func oddMethodAndPasswordAreRead() throws {
        let request = try parseRequest(Self.load("intmeth"))
        #expect(request.method.rawValue == "!interesting-Method0123456789_*+`.%indeed'~")
        #expect(try request.uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
        #expect(try request.uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
        #expect(try request.to.displayName == "BEL:\u{7} NUL:\u{0} DEL:\u{7F}")
        #expect(text(request.fromTag) == "_token~1'+`*%!-.")
        #expect(try request.maxForwards == 255)
    }

    @Test(.enabled(if: isAvailable)) func escapesAreKeptAndCompared() throws {
        let request = try parseRequest(Self.load("esc01"))
        #expect(try request.uri.user == "sips%3Auser%40example.com")
        #expect(try request.uri.host == "example.net")
        #expect(try request.to.uri.isEquivalent(to: SIPURI("sip:user@example.com")))
        let contact = try #require(try request.contacts.first)
        #expect(contact.uri.isLooseRouter)
        #expect(try contact.uri.isEquivalent(to: SIPURI("sip:caller@host5.example.net;lr;name=value%2541")))

        let second = try parseRequest(Self.load("esc02"))
        #expect(second.method != .register)
        #expect(second.method == "RE%47IST%45R")
        #expect(try second.contacts.count == 2)
        #expect(try second.to.displayName == "%Z%45")

        let third = try parseRequest(Self.load("escnull"))
        #expect(try third.contacts.map { $0.uri.user } == ["%00", "%00%00"])
    }

    @Test(.enabled(if: isAvailable)) func bytesBehindContentLengthAreIgnored() throws {
        let request = try parseRequest(Self.load("dblreq"))
        #expect(request.method == .register)
        #expect(request.body.isEmpty)
    }

    @Test(.enabled(if: isAvailable)) func parametersGoToTheRightOwner() throws {
        let semi = try parseRequest(Self.load("semiuri"))
        #expect(try semi.uri.user == "user;par=u%40example.net")
        #expect(try semi.accept?.map(\.subtype).last == "sipfrag")
        #expect(try semi.accept?.count == 6)

        let bare = try #require(try parseRequest(Self.load("cparam01")).contacts.first)
        #expect(bare.parameters.contains("unknownparam"))
        #expect(bare.uri.parameters.isEmpty)
        let bracketed = try #require(try parseRequest(Self.load("cparam02")).contacts.first)
        #expect(bracketed.parameters.isEmpty)
        #expect(bracketed.uri.parameters.contains("unknownparam"))
        let escaped = try #require(try parseRequest(Self.load("regescrt")).contacts.first)
        #expect(escaped.uri.headers == [SIPParameter("Route", "%3Csip:sip.example.com%3E")])
    }

    @Test(.enabled(if: isAvailable)) func statusLinesMayLackAReason() throws {
        #expect(try parseResponse(Self.load("noreason")).reasonPhrase == "")
        #expect(try parseResponse(Self.load("unreason")).reasonPhrase.hasPrefix("= 2**3 * 5**2 но сто"))
        #expect(
            try parseRequest(Self.load("transports")).vias.map(\.transport) == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]
        )
        #expect(try parseRequest(Self.load("mpart01")).body.count == 553)
        #expect(try parseRequest(Self.load("inv2543")).topVia?.branch == nil)
        #expect(try parseRequest(Self.load("bext01")).require == ["nothingSupportsThis", "nothingSupportsThisEither"])
    }

    @Test(.enabled(if: isAvailable), arguments: table.filter { $0.1 == .accepted }.map(\.0))
    func writingAndParsingAgainGivesTheSameMessage(_ name: String) throws {
        let first = try SIPParser.parse(datagram: Self.load(name))
        let bytes =
            switch first {
            case .request(let request): request.bytes
            case .response(let response): response.bytes
            }
        // Content-Length is added where it was missing, so compare from the second writing on.
        let second = try SIPParser.parse(datagram: bytes)
        let again =
            switch second {
            case .request(let request): request.bytes
            case .response(let response): response.bytes
            }
        #expect(again == bytes)
        if case (.request(let one), .request(let two)) = (first, second) {
            #expect(one.body == two.body)
            #expect(
                one.headers.filter { $0.name != .contentLength } == two.headers.filter { $0.name != .contentLength }
            )
        }
    }
}
