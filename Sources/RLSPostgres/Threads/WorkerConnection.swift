// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// The connection of one worker thread, opened when it is needed and again after it broke.
///
/// Not Sendable: it stays on its thread.
final class WorkerConnection {
    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    private let options: PostgresConnectionOptions
    private var connection: PostgresConnection?
    private var pause = WorkerConnection.firstPause
    private var blocked: (until: ContinuousClock.Instant, error: PostgresError)?

    init(_ options: PostgresConnectionOptions) {
        self.options = options
    }

    /// Runs `body` on the connection, again where that may help; see ``Repetitions``.
    ///
    /// - Parameters:
    ///   - isRepeatable: whether `body` may be run again, asked when the connection broke under it, the tables have changed
    ///     or another transaction was in the way.
    ///   - tablesChanged: told before it is run again because the tables have changed.
    func perform<Value>(
        isRepeatable: () -> Bool,
        tablesChanged: () -> Void,
        _ body: (PostgresConnection) throws -> Value
    ) throws -> Value {
        var repetitions = Repetitions(within: self.options.statementTimeout)
        while true {
            let connection = try self.open()
            do {
                return try body(connection)
            } catch {
                self.recover(connection, after: error)
                guard
                    let failure = error as? PostgresError,
                    let pause = repetitions.pause(after: failure),
                    isRepeatable()
                else {
                    throw error
                }
                if failure.isAboutLayout {
                    tablesChanged()
                }
                if pause > 0 {
                    OwnThread.sleep(milliseconds: pause)
                }
            }
        }
    }

    private func open() throws(PostgresError) -> PostgresConnection {
        if let connection = self.connection { return connection }
        if let blocked = self.blocked, ContinuousClock.now < blocked.until { throw blocked.error }
        do throws(PostgresError) {
            let connection = try PostgresConnection(
                self.options.info,
                connectTimeout: self.options.connectTimeout,
                statementTimeout: self.options.statementTimeout
            )
            self.connection = connection
            self.pause = Self.firstPause
            self.blocked = nil
            return connection
        } catch {
            // Back-off with jitter: many servers must not come back to a restarted database at the same instant.
            let wait = self.pause * Double.random(in: 0.75...1.25)
            self.blocked = (ContinuousClock.now.advanced(by: wait), error)
            self.pause = min(self.pause * 2, Self.longestPause)
            throw error
        }
    }

    /// Leaves a connection that the next job can use, or none.
    private func recover(_ connection: PostgresConnection, after error: any Error) {
        let error = error as? PostgresError
        // A time-out that the server reported leaves the connection usable.
        if let error, error.isConnectionLost, error.sqlState == nil || error.code == .unavailable {
            self.connection = nil
            return
        }
        do throws(PostgresError) {
            if PQtransactionStatus(connection.handle) != PQTRANS_IDLE {
                try connection.executeScript("ROLLBACK")
            }
            if error?.isAboutLayout == true {
                try connection.executeScript("DEALLOCATE ALL")
                connection.prepared = [:]
            }
        } catch {
            self.connection = nil
        }
    }
}

/// How connections are opened.
struct PostgresConnectionOptions: Sendable {
    var info: ConnectionInfo
    var connectTimeout: Duration
    var statementTimeout: Duration
}
#endif
