// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Logging
import RLSCore
import RLSTestKit
import Testing

@testable import ResourceListServer

@Suite(.timeLimit(.minutes(1))) struct WaitingTests {
    private func at(_ seconds: UInt64) -> RLSInstant {
        RLSInstant(nanoseconds: seconds * 1_000_000_000)
    }

    @Test("Alarms ring in the order of their instants; cancelled ones do not")
    func alarms() {
        let rung = Locked([Int]())
        let noted = Locked([RLSInstant]())
        let alarms = Alarms(hasEarlier: { instant in noted.withLock { $0.append(instant) } })
        var ids: [Int: Alarms.ID] = [:]
        for number in [5, 3, 8, 1, 9, 2, 7, 4, 6] {
            ids[number] = alarms.set(at: self.at(UInt64(number))) { rung.withLock { $0.append(number) } }
        }
        #expect(noted.withLock { $0.count } == 9)
        #expect(alarms.earliest == self.at(1))
        for number in [1, 4] {
            alarms.cancel(ids[number]!)
        }
        #expect(alarms.earliest == self.at(2))
        alarms.ring(now: self.at(5))
        #expect(rung.withLock { $0 } == [2, 3, 5])
        alarms.ring(now: self.at(5))
        #expect(rung.withLock { $0 } == [2, 3, 5])
        alarms.close()
        #expect(rung.withLock { $0 } == [2, 3, 5, 6, 7, 8, 9])
        alarms.set(at: self.at(100)) { rung.withLock { $0.append(100) } }
        #expect(rung.withLock { $0.last } == 100)
    }

    @Test("A signal that comes early is kept; a cancelled wait ends")
    func signal() async {
        let signal = Signal()
        signal.set()
        signal.set()
        await signal.wait()
        let isOver = Locked(false)
        let waiting = Task {
            await signal.wait()
            isOver.withLock { $0 = true }
        }
        await settle()
        #expect(!isOver.withLock { $0 })
        waiting.cancel()
        await waiting.value
        #expect(isOver.withLock { $0 })
    }

    @Test("The driver sleeps until a deadline, and an earlier one wakes it")
    func sleeper() async {
        let time = VirtualTime(start: self.at(100))
        let sleeper = Sleeper(environment: time.environment)
        sleeper.looksAround()
        let wakeups = Locked(0)
        let driver = Task {
            for deadline in [200, 300, nil] as [UInt64?] {
                await sleeper.sleep(until: deadline.map { self.at($0) })
                wakeups.withLock { $0 += 1 }
            }
        }
        await time.untilSleeping()
        sleeper.note(self.at(250))
        await settle()
        #expect(wakeups.withLock { $0 } == 0)
        sleeper.note(self.at(150))
        await eventually { wakeups.withLock { $0 } == 1 }
        await time.untilSleeping()
        await time.advance(by: .seconds(200))
        await eventually { wakeups.withLock { $0 } == 2 }
        sleeper.wake()
        await driver.value
    }

    @Test("The system's clocks go on, and its sleep ends at its instant or when cancelled")
    func system() async throws {
        let system = RLSEnvironment.system
        let before = system.now()
        try await system.sleep(before.advanced(by: .milliseconds(2)))
        #expect(system.now().duration(since: before) >= .milliseconds(2))
        try await system.sleep(.zero)
        #expect(system.epochSeconds() > 1_700_000_000)
        #expect(system.random() != system.random())
        let sleep = Task { try await system.sleep(.distantFuture) }
        sleep.cancel()
        await #expect(throws: CancellationError.self) { try await sleep.value }
    }

    @Test("A warning is logged once per cause and minute, an event reported each time")
    func warnings() async throws {
        let log = CapturedLog()
        let world = ServerHarness(logger: log.logger)
        try await world.running {
            world.resolver.findBehaviour = .fails(RLSResolverError(.badDocument, document: "doc-1", message: "line 3"))
            for number in 0..<5 {
                _ = await world.subscribe(callID: "call-\(number)")
            }
            #expect(log.warnings == ["list document refused rls_detail=line 3 rls_subject=doc-1"])
            #expect(world.observer.events(.documentRefused).count == 5)
            world.resolver.findBehaviour = .fails(RLSResolverError(.badDocument, document: "doc-2", message: "line 3"))
            _ = await world.subscribe(callID: "call-5")
            await world.time.advance(by: .seconds(60))
            _ = await world.subscribe(callID: "call-6")
            _ = await world.subscribe(callID: "call-7")
            #expect(log.warnings.count == 3)
        }
    }

    @Test("Causes by the thousand do not fill the memory")
    func warningGate() {
        let gate = WarningGate()
        let admitted = (0..<5_000).filter { gate.admits("cause \($0)", now: self.at(100)) }
        #expect(admitted.count == WarningGate.causeLimit)
        #expect(gate.admits("another", now: self.at(161)))
    }
}

/// Keeps what is logged.
private struct CapturedLog: Sendable {
    private let lines = Locked([String]())

    var warnings: [String] { self.lines.withLock { $0 } }

    var logger: Logger {
        Logger(label: "test", factory: { _ in Handler(lines: self.lines) })
    }

    private struct Handler: LogHandler {
        let lines: Locked<[String]>
        var logLevel = Logger.Level.trace
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.level >= .warning else { return }
            let pairs = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
            self.lines.withLock { $0.append(([event.message.description] + pairs).joined(separator: " ")) }
        }
    }
}
