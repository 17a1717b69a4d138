// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ
internal import RLSCore

/// The columns of `rls_presentity`.
enum StateColumn: String, RowColumn, CaseIterable {
    case did = "rlsubs_did"
    case resourceURI = "resource_uri"
    case contentType = "content_type"
    case body = "presence_state"
    case expires
    case authState = "auth_state"
    case reason

    static let key: [StateColumn] = [.did, .resourceURI]

    var isFixed: Bool { Self.key.contains(self) }

    var kind: RowColumnKind {
        switch self {
        case .expires, .authState: .integer
        case .body: .bytes
        case .did, .resourceURI, .contentType, .reason: .text
        }
    }

    func append(_ row: RLSStoredState, to rows: inout EncodedRows, _ type: Oid) {
        switch self {
        case .did: rows.append(row.dialog.callID, row.dialog.watcherTag, row.dialog.localTag)
        case .resourceURI: rows.append(row.resourceURI)
        case .contentType: rows.append(row.contentType)
        case .body: rows.append(row.body)
        case .expires: rows.append(row.expires, type)
        case .authState: rows.append(Int64(row.state.rawValue), type)
        case .reason: rows.append(row.reason)
        }
    }

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
