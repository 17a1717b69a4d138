// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore

/// The columns of `rls_presentity`.
enum StateColumns {
    static let key = ["rlsubs_did", "resource_uri"]

    static let documented: [RowColumn<RLSStoredState>] = [
        RowColumn(
            name: "rlsubs_did",
            isFixed: true,
            value: .text { $1.append($0.dialog.callID, $0.dialog.watcherTag, $0.dialog.localTag) }
        ),
        RowColumn(name: "resource_uri", isFixed: true, value: .text { $1.append($0.resourceURI) }),
        RowColumn(name: "content_type", value: .text { $1.append($0.contentType) }),
        RowColumn(name: "presence_state", value: .bytes { $1.append($0.body) }),
        RowColumn(name: "expires", value: .integer { $0.expires }),
        RowColumn(name: "auth_state", value: .integer { Int64($0.state.rawValue) }),
        RowColumn(name: "reason", value: .text { $1.append($0.reason) }),
    ]

    /// Reads what ``StoreTables/selectStates`` selects.
    ///
    /// - Parameter dialogs: keys by their names; a key's strings are shared by all states of its dialog.
    /// - Returns: nil for a state that is none of ours, or of none of these dialogs.
    static func state(_ result: PostgresResult, _ row: Int, of dialogs: [String: RLSDialogKey]) -> RLSStoredState? {
        guard let dialog = dialogs[result.text(row, 0)],
            let state = RLSStoredState.AuthState(rawValue: Int(result.integer(row, 4)))
        else { return nil }
        return RLSStoredState(
            dialog: dialog,
            resourceURI: result.text(row, 1),
            contentType: result.text(row, 2),
            body: result.bytes(row, 3),
            state: state,
            reason: result.text(row, 5),
            expires: result.integer(row, 6)
        )
    }
}
#endif
