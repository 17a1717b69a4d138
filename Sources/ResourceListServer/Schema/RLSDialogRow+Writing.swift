// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import RLSCore

extension RLSDialogRow {
    /// The row of a list dialog.
    package init(_ dialog: RLSStoredDialog, layout: Layout) {
        self.init()
        self.presentityURI = dialog.presentityURI
        let to = RLSAddressColumns.reading(dialog.to)
        let watcher = RLSAddressColumns.reading(dialog.watcher)
        let from = dialog.from == dialog.watcher ? watcher : RLSAddressColumns.reading(dialog.from)
        self.to = to.columns
        self.watcher = watcher.columns
        self.from = from.columns
        self.event = dialog.event
        self.eventID = dialog.eventID
        self.toTag = dialog.key.localTag
        self.fromTag = dialog.key.watcherTag
        self.callID = dialog.key.callID
        self.localCSeq = Int64(dialog.localCSeq)
        self.remoteCSeq = Int64(dialog.remoteCSeq)
        self.contact = dialog.contact
        self.recordRoute = dialog.routeSet.isEmpty ? "" : dialog.routeSet.joined(separator: ",")
        self.expires = dialog.expires
        self.status = Int64(dialog.status.rawValue)
        self.reason = dialog.reason
        self.version = Int64(dialog.version) + layout.versionOffset
        self.socketInfo = RLSSocketInfo(dialog.path.transport, dialog.path.local).text
        self.localContact = dialog.localContact
        var ext = RLSDialogExtension()
        ext.to = to.areAll ? nil : dialog.to
        ext.watcher = watcher.areAll ? nil : dialog.watcher
        let isFromSaid = layout.hasFromColumns ? from.areAll : dialog.from == dialog.watcher
        ext.from = isFromSaid ? nil : dialog.from
        self.complete(&ext, of: dialog, layout: layout)
    }

    private mutating func complete(_ ext: inout RLSDialogExtension, of dialog: RLSStoredDialog, layout: Layout) {
        ext.eventParameters = dialog.eventParameters
        ext.isLegacyClient = dialog.isLegacyClient
        // Part of the identity: presence servers may refuse a watcher whom nobody vouches for.
        ext.assertsIdentity = dialog.assertsIdentity
        // The rest only makes a restored dialog better: without it every body type is offered and NOTIFYs go to the Contact.
        let isNeeded = ext.identifies
        ext.accept = dialog.accept
        ext.remote = dialog.path.remote
        ext.isClean = dialog.isClean
        if layout.hasExtension {
            self.dialogExtension = ext.text
        } else if isNeeded {
            self.reason = Self.notRestorable
            self.isMissingExtension = true
        }
    }
}
