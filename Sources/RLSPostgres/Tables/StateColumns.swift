// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore

/// The columns of `rls_presentity`.
enum StateColumns {
    static let key = ["rlsubs_did", "resource_uri"]

    static let documented: [RowColumn<RLSStoredState>] = [
        RowColumn(name: "rlsubs_did", value: .text { $0.dialog.did }),
        RowColumn(name: "resource_uri", value: .text { $0.resourceURI }),
        RowColumn(name: "content_type", value: .text { $0.contentType }),
        RowColumn(name: "presence_state", value: .bytes { $0.body }),
        RowColumn(name: "expires", value: .integer { $0.expires }),
        RowColumn(name: "auth_state", value: .integer { Int64($0.state.rawValue) }),
        RowColumn(name: "reason", value: .text { $0.reason }),
    ]

    /// Reads what ``StoreTables/selectStates`` selects.
    ///
    /// - Returns: nil for a state that is none of ours.
    static func state(_ result: PostgresResult, _ row: Int) -> RLSStoredState? {
        guard let state = RLSStoredState.AuthState(rawValue: Int(result.integer(row, 6))) else { return nil }
        return RLSStoredState(
            dialog: RLSDialogKey(
                callID: result.text(row, 0),
                watcherTag: result.text(row, 1),
                localTag: result.text(row, 2)
            ),
            resourceURI: result.text(row, 3),
            contentType: result.text(row, 4),
            body: result.bytes(row, 5),
            state: state,
            reason: result.text(row, 7),
            expires: result.integer(row, 8)
        )
    }
}
#endif
