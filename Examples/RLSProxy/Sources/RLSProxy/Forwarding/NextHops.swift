// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RLSCore
import SIPMessage

/// Where next-hop URIs lead.
///
/// Numeric hosts are taken as they are. Names are looked up as plain hosts, once for all requests that wait for one, and
/// kept for a while. NAPTR and SRV records (RFC 3263) are out of scope here. What a URI says is read once as well: all
/// back-end SUBSCRIBEs go to the one presence server, and phones get NOTIFY after NOTIFY.
final class NextHops: Sendable {
    struct Host: Sendable, Hashable {
        var name: String
        var port: Int
    }

    /// Where a request goes.
    struct Hop: Sendable {
        var address: SocketAddress
        var transport: Transport
    }

    /// RFC 3263 §4.1 without DNS: what the URI asks for.
    enum Transport: Sendable, Hashable {
        case udp, tcp
        /// UDP where we have it.
        case any
        /// TLS and others, which are not part of this example.
        case unsupported
    }

    typealias Completion = @Sendable (SocketAddress?) -> Void

    /// What a URI says, which does not change.
    private enum Reading: Sendable {
        case numeric(Hop)
        case name(Host, Transport)
    }

    private enum Entry {
        case lookingUp([Completion])
        case known(SocketAddress, until: RLSInstant)
    }

    /// How long an address is used before its name is looked up again: the system does not tell how long it may be.
    static var lifetime: Duration { .seconds(30) }
    /// Names kept, and URIs. They come from what peers write: beyond this number all are forgotten.
    static var limit: Int { 4096 }

    private let ask: @Sendable (Host, @escaping Completion) -> Void
    private let now: @Sendable () -> RLSInstant
    private let entries = NIOLockedValueBox([Host: Entry]())
    private let readings = NIOLockedValueBox([SIPURI: Reading]())

    /// - Parameter ask: looks a host up; calls its completion once.
    init(
        now: @escaping @Sendable () -> RLSInstant = { .now() },
        ask: @escaping @Sendable (Host, @escaping Completion) -> Void
    ) {
        self.now = now
        self.ask = ask
    }

    /// Asks the system's resolver.
    convenience init() {
        self.init { host, completion in
            // getaddrinfo blocks: it runs on a thread of its own.
            NIOThreadPool.singleton.submit { _ in
                completion(try? SocketAddress.makeAddressResolvingHost(host.name, port: host.port))
            }
        }
    }

    /// Finds out where a URI leads.
    ///
    /// - Parameter completion: called at once when the address is known, else later and on the event loop that asked; nil
    ///   when there is none.
    func find(_ uri: SIPURI, completion: @escaping @Sendable (Hop?) -> Void) {
        switch self.reading(of: uri) {
        case .numeric(let hop):
            completion(hop)
        case .name(let host, let transport):
            self.lookUp(host) { address in
                completion(address.map { Hop(address: $0, transport: transport) })
            }
        }
    }

    private func reading(of uri: SIPURI) -> Reading {
        if let known = self.readings.withLockedValue({ $0[uri] }) {
            return known
        }
        let reading = Self.read(uri)
        self.readings.withLockedValue { readings in
            if readings.count >= Self.limit {
                readings.removeAll(keepingCapacity: true)
            }
            readings[uri] = reading
        }
        return reading
    }

    private static func read(_ uri: SIPURI) -> Reading {
        var host = uri.bareHost
        if case .some(.some(let maddr)) = uri.parameter("maddr") {
            host = maddr
        }
        let port = Int(uri.port ?? uri.defaultPort)
        let transport = Transport(of: uri)
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            return .numeric(Hop(address: address, transport: transport))
        }
        return .name(Host(name: host.lowercased(), port: port), transport)
    }

    private func lookUp(_ host: Host, _ completion: @escaping Completion) {
        enum Step {
            case use(SocketAddress)
            case ask
            case wait
        }
        let loop = MultiThreadedEventLoopGroup.currentEventLoop
        let waiter: Completion = { address in
            guard let loop else { return completion(address) }
            loop.execute { completion(address) }
        }
        let step = self.entries.withLockedValue { entries -> Step in
            switch entries[host] {
            case .known(let address, let until) where until > self.now():
                return .use(address)
            case .lookingUp(let waiting):
                entries[host] = .lookingUp(waiting + [waiter])
                return .wait
            case .known, nil:
                entries[host] = .lookingUp([waiter])
                return .ask
            }
        }
        switch step {
        case .use(let address): completion(address)
        case .ask: self.ask(host) { self.found($0, for: host) }
        case .wait: break
        }
    }

    /// A failure is not kept: the next request asks again.
    private func found(_ address: SocketAddress?, for host: Host) {
        let waiting = self.entries.withLockedValue { entries -> [Completion] in
            guard case .lookingUp(let waiting) = entries[host] else { return [] }
            if entries.count > Self.limit {
                entries = entries.filter { _, entry in
                    if case .lookingUp = entry { true } else { false }
                }
            }
            entries[host] = address.map { .known($0, until: self.now().advanced(by: Self.lifetime)) }
            return waiting
        }
        for completion in waiting {
            completion(address)
        }
    }
}

extension NextHops.Transport {
    fileprivate init(of uri: SIPURI) {
        guard uri.scheme == .sip else {
            self = .unsupported
            return
        }
        switch uri.transportParameter {
        case "udp": self = .udp
        case "tcp": self = .tcp
        case nil: self = .any
        default: self = .unsupported
        }
    }
}
