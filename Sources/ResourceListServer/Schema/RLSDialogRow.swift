// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A list dialog as a row of the documented table `rls_watchers`; what its columns cannot hold stands in `dialog_ext`.
///
/// Shared by the stores that keep the documented tables.
package struct RLSDialogRow: Sendable, Hashable {
    /// What differs between the layouts of the table.
    package struct Layout: Sendable, Hashable {
        /// Kamailio's `from_user` and `from_domain` exist.
        package var hasFromColumns: Bool
        /// The extra column exists.
        package var hasExtension: Bool

        /// What stands in `version` beyond the next RLMI version: OpenSIPS stores one more, Kamailio does not.
        package var versionOffset: Int64 { self.hasFromColumns ? 0 : 1 }

        package init(hasFromColumns: Bool = false, hasExtension: Bool = true) {
            self.hasFromColumns = hasFromColumns
            self.hasExtension = hasExtension
        }
    }

    /// The reason of a row that must not be restored, because the table has no room for the dialog's identity.
    package static let notRestorable = "not-restorable"

    package var presentityURI = ""
    package var to = RLSAddressColumns()
    package var watcher = RLSAddressColumns()
    package var from = RLSAddressColumns()
    package var event = ""
    package var eventID = ""
    package var toTag = ""
    package var fromTag = ""
    package var callID = ""
    package var localCSeq: Int64 = 0
    package var remoteCSeq: Int64 = 0
    package var contact = ""
    package var recordRoute = ""
    package var expires: Int64 = 0
    package var status: Int64 = 1
    package var reason = ""
    package var version: Int64 = 0
    package var socketInfo = ""
    package var localContact = ""
    /// "": none.
    package var dialogExtension = ""
    /// The dialog would be restored under a guessed identity, because the extra column is missing.
    package var isMissingExtension = false

    package init() {}
}
