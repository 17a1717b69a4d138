// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// One connection. Its calls block, up to a time limit: only for threads of our own.
///
/// libpq's asynchronous calls and `poll` are used because its blocking ones have no time limit when the network is gone.
/// Not Sendable: it belongs to the thread that opened it.
final class PostgresConnection {
    let info: ConnectionInfo
    /// How long a statement may take before the connection is given up.
    private var statementTimeout: Duration
    let handle: OpaquePointer
    /// Names of prepared statements by their text.
    var prepared: [String: String] = [:]

    /// Connects.
    init(_ info: ConnectionInfo, connectTimeout: Duration, statementTimeout: Duration) throws(PostgresError) {
        self.info = info
        self.statementTimeout = statementTimeout
        guard let handle = PQconnectStart(info.text) else {
            throw PostgresError(.unavailable, "out of memory")
        }
        self.handle = handle
        // From here on deinit closes it.
        let deadline = Deadline(in: connectTimeout)
        var direction = PGRES_POLLING_WRITING
        while direction != PGRES_POLLING_OK {
            guard direction != PGRES_POLLING_FAILED, PQstatus(handle) != CONNECTION_BAD else { throw self.lost() }
            guard self.wait(forWriting: direction == PGRES_POLLING_WRITING, until: deadline) else {
                throw PostgresError(.unavailable, "no answer from the server (\(info))")
            }
            direction = PQconnectPoll(handle)
        }
        guard PQsetnonblocking(handle, 1) == 0 else { throw self.lost() }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        PQsetErrorContextVisibility(handle, PQSHOW_CONTEXT_NEVER)
        try self.setUp()
    }

    deinit {
        PQfinish(self.handle)
    }

    private func setUp() throws(PostgresError) {
        let milliseconds = Deadline(in: self.statementTimeout).milliseconds
        _ = try self.execute(
            """
            SELECT set_config('client_encoding', 'UTF8', false), set_config('statement_timeout', $1, false),
                set_config('application_name', 'resource-list-server', false), set_config('bytea_output', 'hex', false),
                set_config('standard_conforming_strings', 'on', false)
            """,
            [.text("\(milliseconds)")]
        )
        // Durable on return, whatever the role's or the database's default is.
        _ = try self.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    }

    /// A time limit for one exchange: the server's own limit fires first, if the server is there at all.
    var exchangeDeadline: Deadline { Deadline(in: self.statementTimeout + .seconds(1)) }

    /// Calls `body` with another time limit of statements.
    func withTimeout<Value>(_ timeout: Duration, _ body: () throws -> Value) rethrows -> Value {
        let usual = self.statementTimeout
        self.statementTimeout = timeout
        defer { self.statementTimeout = usual }
        return try body()
    }

    /// Characters count, unless the database does not know what a character is.
    var countsCharacters: Bool {
        PQparameterStatus(self.handle, "server_encoding").map { String(cString: $0) } != "SQL_ASCII"
    }

    var socket: Int32 { PQsocket(self.handle) }

    /// Waits until the socket is ready.
    ///
    /// - Returns: false when the deadline has passed.
    func wait(forWriting: Bool, until deadline: Deadline) -> Bool {
        var descriptor = pollfd(
            fd: self.socket,
            events: Int16(forWriting ? POLLOUT | POLLIN : POLLIN),
            revents: 0
        )
        while true {
            let ready = poll(&descriptor, 1, deadline.milliseconds)
            if ready > 0 { return true }
            if ready == 0 {
                if deadline.hasPassed { return false }
            } else if errno != EINTR {
                // The next libpq call reports what is wrong with the socket.
                return true
            }
        }
    }

    /// The error that says that the connection is gone.
    func lost() -> PostgresError {
        let message = self.info.redacted(String(cString: PQerrorMessage(self.handle)))
        return PostgresError(.unavailable, message.isEmpty ? "connection lost (\(self.info))" : message)
    }
}
#endif
