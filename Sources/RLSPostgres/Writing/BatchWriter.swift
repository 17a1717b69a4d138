// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import RLSCore

/// Writes a planned batch in one transaction.
struct BatchWriter {
    /// COPY takes two exchanges and is not prepared: it pays from so many rows on.
    static let leastCopied = 50

    let connection: PostgresConnection
    let tables: StoreTables
    /// Those that the steps name.
    let rows: EncodedRows

    /// Writes all steps.
    ///
    /// - Returns: rows that the server refused; all others are written.
    /// - Throws: when nothing was written.
    func write(_ steps: [BatchStep]) throws(PostgresError) -> [RLSRejection] {
        guard let first = steps.first else { return [] }
        do throws(PostgresError) {
            if steps.count == 1, try self.writeAlone(first) { return [] }
            try self.connection.executeScript("BEGIN")
            for step in steps {
                try self.write(step, copies: true)
            }
            try self.commit()
            return []
        } catch {
            guard error.isAboutRow || error.isAboutCopy else { throw error }
            // New rows that exist all the same, which COPY does not overwrite; known ones that do not, which `updateAll`
            // does not insert; or a constraint or trigger that we know nothing of: find the rows it refuses, write all
            // others.
            try self.connection.executeScript("ROLLBACK")
            return try self.writeCarefully(steps)
        }
    }

    /// Writes what one statement does, which is a transaction of its own: a refresh takes one exchange instead of three.
    ///
    /// - Returns: whether one does; nothing is written when not.
    private func writeAlone(_ step: BatchStep) throws(PostgresError) -> Bool {
        switch step {
        case .insertDialogs, .insertStates, .deleteStates:
            try self.write(step, copies: true)
            return true
        case .updateDialogs(let rows): return try self.updateAll(self.tables.dialogs, rows)
        case .updateStates(let rows): return try self.updateAll(self.tables.states, rows)
        case .deleteDialogs: return false
        }
    }

    private func writeCarefully(_ steps: [BatchStep]) throws(PostgresError) -> [RLSRejection] {
        // Deferred constraints would speak up at the commit only, for all rows at once.
        try self.connection.executeScript("BEGIN; SET CONSTRAINTS ALL IMMEDIATE")
        var rejections: [RLSRejection] = []
        var waiting: [BatchStep] = steps.reversed()
        while let step = waiting.popLast() {
            try self.connection.executeScript("SAVEPOINT rls_rows")
            do throws(PostgresError) {
                try self.write(step, copies: false)
                try self.connection.executeScript("RELEASE SAVEPOINT rls_rows")
            } catch {
                guard error.isAboutRow else { throw error }
                try self.connection.executeScript("ROLLBACK TO SAVEPOINT rls_rows; RELEASE SAVEPOINT rls_rows")
                if let (first, second) = step.halves {
                    waiting.append(second)
                    waiting.append(first)
                } else {
                    rejections += step.indexes.map { RLSRejection(index: $0, reason: error.description) }
                }
            }
        }
        try self.commit()
        return rejections
    }

    private func commit() throws(PostgresError) {
        let result = try self.connection.execute("COMMIT")
        guard result.command == "COMMIT" else {
            throw PostgresError(.refused, "the server rolled the transaction back")
        }
    }

    /// - Parameter copies: new rows may be written with COPY, which fails where one of them exists.
    private func write(_ step: BatchStep, copies: Bool) throws(PostgresError) {
        switch step {
        case .deleteDialogs(let rows):
            let keys = rows.map(\.key)
            try self.connection.executePrepared(
                self.tables.deleteStatesOfDialogs,
                [.texts(keys.map(\.did))]
            )
            try self.connection.executePrepared(
                self.tables.deleteDialogs,
                [.texts(keys.map(\.callID)), .texts(keys.map(\.localTag)), .texts(keys.map(\.watcherTag))]
            )
        case .deleteStates(let rows):
            try self.connection.executePrepared(
                self.tables.deleteStates,
                [.texts(rows.map(\.key.did)), .texts(rows.map(\.resourceURI))]
            )
        case .updateDialogs(let rows):
            try self.update(self.tables.dialogs, rows)
        case .insertDialogs(let rows):
            try self.insert(self.tables.dialogs, rows, copies: copies)
        case .updateStates(let rows):
            try self.update(self.tables.states, rows)
        case .insertStates(let rows):
            try self.insert(self.tables.states, rows, copies: copies)
        }
    }

    private func insert<Name>(
        _ table: TableWriter<Name>,
        _ rows: ArraySlice<PlannedRow>,
        copies: Bool
    ) throws(PostgresError) {
        let places = rows.map(\.place)
        if copies, rows.count >= Self.leastCopied, let copy = table.copy {
            try self.connection.copy(places, of: self.rows, copy)
        } else {
            try self.connection.executePrepared(table.upsert, table.parameters(of: places, in: self.rows))
        }
    }

    private func updateAll<Name>(
        _ table: TableWriter<Name>,
        _ rows: ArraySlice<PlannedRow>
    ) throws(PostgresError) -> Bool {
        guard let statement = table.updateAll else { return false }
        try self.connection.executePrepared(statement, table.updateParameters(of: rows.map(\.place), in: self.rows))
        return true
    }

    /// Overwrites rows, and inserts those that are not there: somebody may have deleted a row behind our back.
    private func update<Name>(_ table: TableWriter<Name>, _ rows: ArraySlice<PlannedRow>) throws(PostgresError) {
        let places = rows.map(\.place)
        let parameters = table.updateParameters(of: places, in: self.rows)
        let found = try self.connection.executePrepared(table.update, parameters).affectedRows
        // Without a unique key a row may be there twice, so the number says nothing.
        guard found != rows.count || !table.canUpsert else { return }
        try self.connection.executePrepared(table.insertMissing, table.parameters(of: places, in: self.rows))
    }
}
#endif
