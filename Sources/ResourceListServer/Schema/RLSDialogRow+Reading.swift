// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import RLSCore
import SIPMessage

extension RLSDialogRow {
    /// The list dialog of a row, written by us, OpenSIPS or Kamailio.
    ///
    /// - Returns: nil when the row must not be restored or cannot be understood.
    package func dialog(layout: Layout) -> RLSStoredDialog? {
        guard
            self.reason != Self.notRestorable,
            let status = self.storedStatus,
            let ext = RLSDialogExtension(self.dialogExtension),
            let socket = RLSSocketInfo(self.socketInfo)
        else {
            return nil
        }
        let watcher = ext.watcher ?? self.watcher.uri
        let contact = Self.bareURI(self.contact)
        return RLSStoredDialog(
            key: RLSDialogKey(callID: self.callID, watcherTag: self.fromTag, localTag: self.toTag),
            presentityURI: self.presentityURI,
            to: ext.to ?? self.to.uri,
            from: ext.from ?? (layout.hasFromColumns ? self.from.uri : watcher),
            watcher: watcher,
            event: self.event,
            eventID: self.eventID,
            eventParameters: ext.eventParameters,
            accept: ext.accept,
            localCSeq: UInt32(clamping: self.localCSeq),
            remoteCSeq: UInt32(clamping: self.remoteCSeq),
            contact: contact,
            routeSet: RLSRouteSetText.split(self.recordRoute),
            expires: self.expires,
            status: status,
            reason: self.reason,
            version: UInt32(clamping: self.version - layout.versionOffset),
            path: SIPPath(
                transport: socket.transport,
                local: socket.address,
                remote: ext.remote ?? Self.address(ofContact: contact, socket.transport)
            ),
            localContact: Self.bareURI(self.localContact),
            isLegacyClient: ext.isLegacyClient,
            assertsIdentity: ext.assertsIdentity,
            isClean: ext.isClean
        )
    }

    private var storedStatus: RLSStoredDialog.Status? {
        switch self.status {
        // OpenSIPS' rls never sets it.
        case 0, 1: .active
        case 2: .pending
        // terminated, waiting
        default: nil
        }
    }

    /// OpenSIPS and Kamailio write some URIs as name-addr.
    private static func bareURI(_ text: String) -> String {
        guard let open = text.firstIndex(of: "<"), let close = text[open...].firstIndex(of: ">") else { return text }
        return String(text[text.index(after: open)..<close])
    }

    /// The source is not known: as if it were the Contact, so that NOTIFYs go there.
    private static func address(ofContact contact: String, _ transport: SIPPath.Transport) -> SIPPath.Address {
        guard let uri = try? SIPURI(contact) else { return SIPPath.Address(host: "", port: 0) }
        let host = uri.host.hasPrefix("[") ? String(uri.host.dropFirst().dropLast()) : uri.host
        return SIPPath.Address(host: host, port: uri.port ?? (transport == .tls ? 5061 : 5060))
    }
}
