// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
import RLSCore
import Synchronization
import Testing

@testable import RLSPostgres

struct JobQueueTests {
    @Test func jobsThatWriteTheSameDialogRunInTheOrderInWhichTheyCame() throws {
        let queue = JobQueue()
        for (id, keys) in [(1, [1]), (2, [1, 2]), (3, [2]), (4, [3]), (5, [])] {
            queue.append(Self.job(UInt64(id), keys))
        }
        let first = try #require(queue.next())
        #expect(first.id == 1)
        // 2 waits for 1, and 3 for 2 although 2 does not run.
        #expect(queue.next()?.id == 4)
        #expect(queue.next()?.id == 5)
        queue.finished(first)
        let second = try #require(queue.next())
        #expect(second.id == 2)
        queue.finished(second)
        #expect(queue.next()?.id == 3)
    }

    @Test func cancelledAndClosedJobsFail() {
        let queue = JobQueue()
        let failed = Mutex<[String]>([])
        for id in 1...3 {
            queue.append(
                Self.job(UInt64(id), []) { error in failed.withLock { $0.append("\(id) \(type(of: error))") } }
            )
        }
        queue.cancel(2)
        queue.cancel(7)
        #expect(queue.next()?.id == 1)
        queue.close()
        #expect(queue.next() == nil)
        queue.append(Self.job(4, []) { error in failed.withLock { $0.append("4 \(type(of: error))") } })
        #expect(failed.withLock { $0 } == ["2 CancellationError", "3 PostgresError", "4 PostgresError"])
    }

    private static func job(
        _ id: UInt64,
        _ keys: [Int],
        fail: @escaping @Sendable (any Error) -> Void = { _ in }
    ) -> Job {
        Job(
            id: id,
            dialogs: DialogOrder(of: keys.map { .deleteDialog(TestRecords.key($0)) }),
            run: { _ in },
            fail: fail
        )
    }
}
#endif
