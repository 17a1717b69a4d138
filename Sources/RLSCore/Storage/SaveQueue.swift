// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// What the store does not know yet.
///
/// Records are made when they are taken, so a state that changed ten times is written once, as it is then.
struct SaveQueue {
    /// Rows with an unsaved state.
    var states = FIFOQueue<BackendRow.Reference>()
    /// Rows with an unsaved terminated state.
    var urgentStates = FIFOQueue<BackendRow.Reference>()
    var dialogs = FIFOQueue<RLSDialogID>()
    var deletedStates: [RLSRecordChange] = []
    var deletedDialogs: [RLSRecordChange] = []
    /// Of a clean stop, as its dialogs were left: states and deletions of each before its record.
    var clean = FIFOQueue<RLSRecordChange>()

    var hasUrgent: Bool {
        !self.urgentStates.isEmpty || !self.dialogs.isEmpty || !self.deletedStates.isEmpty
            || !self.deletedDialogs.isEmpty || !self.clean.isEmpty
    }
}
