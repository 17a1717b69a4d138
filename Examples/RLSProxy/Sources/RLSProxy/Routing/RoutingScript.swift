// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// What happens to each request: the configuration file of this proxy, in Swift.
///
/// Compare with the presence part of an OpenSIPS configuration:
///
///     if (is_method("SUBSCRIBE")) {
///         $var(ret_code) = rls_handle_subscribe();
///         if ($var(ret_code) == 10) handle_subscribe();
///     }
///     if (is_method("NOTIFY")) {
///         if (rls_handle_notify() == 2) t_relay();
///     }
///
/// There is no authentication here. A proxy that has users passes the name that it has verified as `watcher`.
struct RoutingScript: Sendable {
    let proxy: SIPProxy

    func route(_ incoming: IncomingRequest) {
        switch incoming.request.method {
        case .notify:
            // No server transaction: the list server answers a repeat again, and 30,000 NOTIFYs a second would
            // leave a million transactions waiting for Timer J.
            self.notify(incoming)
        case .ack:
            // Only ever for our 405 to an INVITE.
            return
        case .cancel:
            self.proxy.answerCancel(incoming)
        default:
            guard var call = self.proxy.beginTransaction(incoming) else { return }
            guard self.proxy.isSane(call) else { return }
            LooseRouting.removeOwnRoute(&call.request, domains: self.proxy.domains)
            self.request(call)
        }
    }

    private func request(_ call: IncomingRequest) {
        switch call.request.method {
        case .subscribe:
            self.proxy.handleListSubscribe(call) { call in
                self.presence(call)
            }
        case .publish:
            self.presence(call)
        case .invite:
            // Calls are not this example's business: it has no INVITE transactions.
            self.proxy.reply(405, to: call)
        default:
            guard self.proxy.isForUs(call) else { return self.proxy.forward(call) }
            self.proxy.answerLocally(call)
        }
    }

    /// Not for the list server: the presence server of our domains, or somebody else's.
    private func presence(_ call: IncomingRequest) {
        guard self.proxy.isForUs(call) else { return self.proxy.forward(call) }
        if let presenceServer = self.proxy.configuration.presenceServer {
            self.proxy.forward(call, to: presenceServer)
        } else {
            self.proxy.handlePresence(call)
        }
    }

    private func notify(_ incoming: IncomingRequest) {
        guard !self.proxy.handleListNotify(incoming) else { return }
        guard var call = self.proxy.beginTransaction(incoming) else { return }
        guard self.proxy.isSane(call) else { return }
        LooseRouting.removeOwnRoute(&call.request, domains: self.proxy.domains)
        guard !self.proxy.isForUs(call) else {
            // RFC 6665 §4.1.3: nobody here has subscribed to this.
            return self.proxy.reply(481, to: call)
        }
        self.proxy.forward(call)
    }
}
