// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import SIPMessage

/// A SUBSCRIBE for a list, read once and handed through all steps of its handling.
public struct RLSSubscribe: Sendable {
    /// The request.
    public let request: SIPRequest
    /// The way it came.
    public let path: SIPPath
    /// The watcher: the identity that the proxy authenticated, else From; nil when From cannot be read.
    public let watcher: SIPURI?
    /// The Request-URI; nil when it cannot be read.
    public let uri: SIPURI?
    /// The event package; "" without one.
    public let event: String

    /// The event package as configured; nil when it is not served.
    let package: RLSEventPackage?
    let eventID: String
    /// Parameters of Event other than `id`, as written.
    let eventParameters: String
    /// Seconds asked for, the package's default when the request does not say (R6665-03).
    let expires: UInt32
    let cSeq: UInt32
    let contact: SIPURI?
    /// Why the request cannot be accepted as it is (400); nil when it can.
    let fault: String?

    /// Reads a SUBSCRIBE. Never fails: what is wrong with it is answered when the request is known to be ours.
    ///
    /// - Parameters:
    ///   - watcher: the identity that the proxy authenticated; nil: From may be trusted here.
    public init(
        _ request: SIPRequest,
        via path: SIPPath,
        watcher: SIPURI?,
        configuration: RLSConfiguration
    ) {
        var fault = Fault()
        self.request = request
        self.path = path
        self.uri = fault.try("Malformed Request-URI") { () throws(SIPParseError) in try request.uri }
        let from = fault.try("Malformed From") { () throws(SIPParseError) in try request.from }
        self.watcher = watcher ?? from?.uri
        if request.headers.count(of: .event) > 1 || request.headers.values(.event).count > 1 {
            fault.note("More Than One Event")
        }
        let event = fault.try("Malformed Event") { () throws(SIPParseError) in try request.event } ?? nil
        let name = event?.type ?? ""
        self.event = name
        self.eventID = event?.id ?? ""
        self.eventParameters = event.map { Self.parametersWithoutID($0) } ?? ""
        self.package = configuration.eventPackages.first { $0.name == name }
        let expires = fault.try("Malformed Expires") { () throws(SIPParseError) in try request.expires } ?? nil
        self.expires = expires ?? self.package?.defaultExpires ?? 3600
        self.cSeq = fault.try("Malformed CSeq") { () throws(SIPParseError) in try request.cSeq }?.number ?? 0
        _ = fault.try("Malformed To") { () throws(SIPParseError) in try request.to }
        self.contact = Self.contact(of: request, &fault)
        fault.check(request.callID, "Malformed Call-ID")
        fault.check(request.fromTag, "Missing From Tag")
        if (try? request.recordRoutes) == nil {
            fault.note("Malformed Record-Route")
        }
        _ = fault.try("Malformed Accept") { () throws(SIPParseError) in try request.accept }
        self.fault = fault.reason
    }

    /// A SUBSCRIBE outside a dialog with Expires 0 asks once (RFC 6665 §4.4.3).
    public var isFetch: Bool { self.expires == 0 }

    /// Parsed already when the SUBSCRIBE was read: nil only without the header.
    var accept: [SIPAcceptRange]? { (try? self.request.accept) ?? nil }

    private static func contact(of request: SIPRequest, _ fault: inout Fault) -> SIPURI? {
        guard let contacts = try? request.contacts, contacts.count == 1, let uri = contacts.first?.uri,
            uri.scheme == .sip || uri.scheme == .sips
        else {
            fault.note("Missing or Malformed Contact")
            return nil
        }
        return uri
    }

    private static func parametersWithoutID(_ event: SIPEvent) -> String {
        event.parameters.filter { $0.name.lowercased() != "id" }
            .map { parameter in parameter.value.map { ";\(parameter.name)=\($0)" } ?? ";\(parameter.name)" }
            .joined()
    }

    /// The first thing that is wrong.
    private struct Fault {
        var reason: String?

        mutating func note(_ text: String) {
            self.reason = self.reason ?? text
        }

        mutating func `try`<Value>(_ text: String, _ read: () throws(SIPParseError) -> Value) -> Value? {
            do throws(SIPParseError) {
                return try read()
            } catch {
                self.note(text)
                return nil
            }
        }

        /// Identifiers go into a database and into our own messages, so only visible ASCII is taken (S-INJECT).
        mutating func check(_ identifier: SIPBytes?, _ text: String) {
            guard let identifier, !identifier.isEmpty, identifier.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                return self.note(text)
            }
        }
    }
}
