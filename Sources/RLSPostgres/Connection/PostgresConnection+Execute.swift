// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

extension PostgresConnection {
    /// Runs one statement without preparing it.
    @discardableResult
    func execute(_ statement: String, _ parameters: [PostgresParameter] = []) throws(PostgresError) -> PostgresResult {
        try self.send(statement, parameters)
        return try self.result()
    }

    /// Lets the server begin with a statement; ``result()`` has to follow before anything else.
    func begin(_ statement: String) throws(PostgresError) {
        try self.send(statement, [])
        try self.flush(until: self.exchangeDeadline)
    }

    private func send(_ statement: String, _ parameters: [PostgresParameter]) throws(PostgresError) {
        let sent = PostgresParameter.withPointers(parameters) { types, values, lengths, formats in
            PQsendQueryParams(
                self.handle,
                statement,
                Int32(parameters.count),
                types,
                values,
                lengths,
                formats,
                PostgresParameter.binary
            )
        }
        guard sent == 1 else { throw self.lost() }
    }

    /// Runs one statement, prepared at its first use on this connection.
    @discardableResult
    func executePrepared(
        _ statement: String,
        _ parameters: [PostgresParameter]
    ) throws(PostgresError) -> PostgresResult {
        let name = try self.prepare(statement, parameters)
        let sent = PostgresParameter.withPointers(parameters) { _, values, lengths, formats in
            PQsendQueryPrepared(
                self.handle,
                name,
                Int32(parameters.count),
                values,
                lengths,
                formats,
                PostgresParameter.binary
            )
        }
        guard sent == 1 else { throw self.lost() }
        return try self.result()
    }

    /// Several statements separated by semicolons, without parameters.
    func executeScript(_ statements: String) throws(PostgresError) {
        guard PQsendQuery(self.handle, statements) == 1 else { throw self.lost() }
        _ = try self.result()
    }

    private func prepare(
        _ statement: String,
        _ parameters: [PostgresParameter]
    ) throws(PostgresError) -> String {
        if let name = self.prepared[statement] { return name }
        let name = "rls\(self.prepared.count)"
        let types = parameters.map(\.type)
        guard PQsendPrepare(self.handle, name, statement, Int32(types.count), types) == 1 else { throw self.lost() }
        _ = try self.result()
        self.prepared[statement] = name
        return name
    }

    /// Sends what waits and reads all results; the last one counts, or the first error.
    func result() throws(PostgresError) -> PostgresResult {
        let deadline = self.exchangeDeadline
        try self.flush(until: deadline)
        var last: PostgresResult?
        var failure: PostgresError?
        while let result = try self.nextResult(until: deadline) {
            if let error = result.error(self.info) {
                failure = failure ?? error
            }
            last = result
        }
        if PQstatus(self.handle) == CONNECTION_BAD {
            throw PostgresError(.unavailable, failure?.message ?? self.lost().message, sqlState: failure?.sqlState)
        }
        if let failure { throw failure }
        guard let last else { throw self.lost() }
        return last
    }

    /// Sends what waits.
    func flush(until deadline: Deadline) throws(PostgresError) {
        while true {
            let left = PQflush(self.handle)
            if left == 0 { return }
            guard left == 1 else { throw self.lost() }
            guard self.wait(forWriting: true, until: deadline) else { throw self.timedOut() }
            guard PQconsumeInput(self.handle) == 1 else { throw self.lost() }
        }
    }

    /// Waits for the next result; nil when the server has answered everything.
    func nextResult(until deadline: Deadline) throws(PostgresError) -> PostgresResult? {
        while PQisBusy(self.handle) == 1 {
            guard self.wait(forWriting: false, until: deadline) else { throw self.timedOut() }
            guard PQconsumeInput(self.handle) == 1 else { throw self.lost() }
        }
        return PQgetResult(self.handle).map { PostgresResult($0) }
    }

    private func timedOut() -> PostgresError {
        PostgresError(.timedOut, "the server did not answer a statement in time")
    }
}
#endif
