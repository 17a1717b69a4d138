// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The protocol of one shard as a deterministic machine: events and time in, actions out.
///
/// It does no I/O, reads no clock and makes no randomness but from its seed, so the same seed and the same events give
/// the same bytes. `RLSServer` runs one engine per shard; integrators who drive their own loop may run one themselves.
/// Each method is one event. All list dialogs, back-end rows, timers and bodies of a shard live here.
public struct RLSEngine: ~Copyable {
    let configuration: RLSConfiguration
    let shard: UInt8
    let shardCount: Int
    let limits: ShardLimits
    var random: SeededRandom
    /// Makes Call-IDs from tags, and instance ids from serial numbers.
    let keyedHash: KeyedHash

    var dialogs: DialogTable
    var backends = Slab<BackendRow>(vacant: BackendRow())
    /// URIs, route sets, Content-Types, reasons.
    var strings: ByteTable
    /// Tags of presence servers.
    var tags = TagStore()
    var bodies: ByteTable
    var dialogTimers: TimerWheel
    var backendTimers: TimerWheel
    var pacer: BackendPacer
    var merged: MergedRequests
    var saving = SaveQueue()
    var events: [RLSEvent] = []
    /// Rows that there have been.
    private var rowSerial: UInt32 = 0
    /// Transactions that there have been.
    private var transactionCount: UInt32 = 0
    /// The last Contact of a presence server that was found to be usable.
    var usableContact: [UInt8] = []
    /// The last plan; kept to reuse its storage.
    var plan = NotifyPlan()
    /// Timers taken from a wheel; kept to reuse its storage.
    var expired: [UInt32] = []
    var drain: RLSShutdown?
    /// Dialogs that an orderly end has still to end.
    var sweep: DialogSweep?
    /// Restored dialogs that wait to be woken.
    var wakeQueue = FIFOQueue<RLSDialogID>()
    /// A list change waits until its dialog is not being handled any more.
    var hasPostponedRechecks = false

    /// Seconds since 1970 at the time of the next call; set by the shell before calls that make records.
    public var epochSeconds: Int64 = 0
    /// Whether changes are to be kept for a store. Default off: ``takeChanges(includingStates:now:limit:)`` has nothing.
    public var isPersistent = false

    /// Creates the engine of a shard.
    ///
    /// - Parameters:
    ///   - shard: its number, 0..<shardCount.
    ///   - shardCount: how many share the process-wide limits; at most 256.
    ///   - seed: from a secure source; tags and Call-IDs must not be guessable.
    public init(
        configuration: RLSConfiguration,
        shard: Int = 0,
        shardCount: Int = 1,
        seed: RLSSeed,
        now: RLSInstant
    ) {
        precondition(shardCount > 0 && shardCount <= 256, "a shard number has 8 bits in a tag")
        precondition(shard >= 0 && shard < shardCount, "the shard is one of them")
        self.configuration = configuration
        self.shard = UInt8(shard)
        self.shardCount = shardCount
        self.limits = ShardLimits(configuration, shardCount: shardCount)
        var random = SeededRandom(seed: seed)
        self.keyedHash = KeyedHash(key: (random.next(), random.next()))
        self.merged = MergedRequests(hash: self.keyedHash)
        self.strings = ByteTable(seed: random.next())
        let seed = random.next()
        self.bodies = ByteTable(seed: seed, keepsHashes: true)
        self.dialogs = DialogTable(seed: seed)
        self.random = random
        self.dialogTimers = TimerWheel(now: now)
        self.backendTimers = TimerWheel(now: now)
        self.pacer = BackendPacer(
            rate: self.limits.backendRate,
            burst: max(configuration.backendBurst, self.limits.backendRate / 10),
            inFlight: self.limits.backendInFlight,
            perHop: self.limits.backendInFlightPerHop,
            now: now
        )
    }

    /// An instant not later than the next one at which ``handleTimeout(now:)`` has something to do.
    ///
    /// Worth asking after every call. It may be early; an early or extra `handleTimeout` does nothing.
    public var nextDeadline: RLSInstant? {
        var earliest = self.dialogTimers.nextDeadline ?? .distantFuture
        earliest = min(earliest, self.backendTimers.nextDeadline ?? .distantFuture)
        earliest = min(earliest, self.pacer.nextDeadline ?? .distantFuture)
        earliest = min(earliest, self.merged.nextDeadline ?? .distantFuture)
        earliest = min(earliest, self.sweepDue ?? .distantFuture)
        return earliest == .distantFuture ? nil : earliest
    }

    /// Events for the observer since the last call.
    public mutating func takeEvents() -> [RLSEvent] {
        guard !self.events.isEmpty else { return [] }
        defer { self.events.removeAll(keepingCapacity: true) }
        return self.events
    }

    /// Whether ``takeEvents()`` has anything.
    public var hasEvents: Bool { !self.events.isEmpty }

    /// What the shard holds.
    public var statistics: RLSStatistics {
        RLSStatistics(
            listDialogs: self.dialogs.count,
            dormantDialogs: self.dialogs.dormantCount,
            backends: self.backends.count,
            timers: self.dialogTimers.count + self.backendTimers.count,
            bodies: self.bodies.count,
            bodyBytes: self.bodies.byteCount,
            internedStrings: self.strings.count + self.tags.count,
            backendsInFlight: self.pacer.inFlight,
            mergedRequests: self.merged.count
        )
    }

    /// A nonce for a tag; never 0, which marks vacant slots.
    mutating func nonce() -> UInt64 {
        let value = self.random.next()
        return value == 0 ? 1 : value
    }

    /// Tells a row from others that had its slot before; never 0, which marks vacant slots.
    mutating func nextRowSerial() -> UInt32 {
        self.rowSerial = self.rowSerial == .max ? 1 : self.rowSerial + 1
        return self.rowSerial
    }

    /// Names a transaction. Counted for the whole shard: a late outcome must not be taken for that of whoever has the slot now.
    mutating func nextTransaction() -> UInt32 {
        self.transactionCount &+= 1
        return self.transactionCount
    }

    func id(of dialog: ListDialog) -> RLSDialogID {
        RLSDialogID(shard: self.shard, slot: dialog.slot, nonce: dialog.nonce)
    }

    /// The dialog of an id; nil when it is gone.
    func dialog(_ id: RLSDialogID) -> ListDialog? {
        guard let dialog = self.dialogs[id.slot], dialog.nonce == id.nonce else { return nil }
        return dialog
    }
}

/// Counts of what a server holds.
public struct RLSStatistics: Sendable, Hashable {
    /// List dialogs, those included that are being taken down.
    public var listDialogs = 0
    /// Restored list dialogs that have not been woken.
    public var dormantDialogs = 0
    /// Back-end rows.
    public var backends = 0
    /// Timers that are set.
    public var timers = 0
    /// Distinct bodies held.
    public var bodies = 0
    /// Bytes in them.
    public var bodyBytes = 0
    /// Distinct strings held for back-end rows.
    public var internedStrings = 0
    /// Back-end SUBSCRIBEs without an answer.
    public var backendsInFlight = 0
    /// Initial SUBSCRIBEs remembered to recognise merged ones.
    public var mergedRequests = 0

    /// Creates counts.
    public init(
        listDialogs: Int = 0,
        dormantDialogs: Int = 0,
        backends: Int = 0,
        timers: Int = 0,
        bodies: Int = 0,
        bodyBytes: Int = 0,
        internedStrings: Int = 0,
        backendsInFlight: Int = 0,
        mergedRequests: Int = 0
    ) {
        self.listDialogs = listDialogs
        self.dormantDialogs = dormantDialogs
        self.backends = backends
        self.timers = timers
        self.bodies = bodies
        self.bodyBytes = bodyBytes
        self.internedStrings = internedStrings
        self.backendsInFlight = backendsInFlight
        self.mergedRequests = mergedRequests
    }

    /// The counts of two shards together.
    public static func + (left: Self, right: Self) -> Self {
        RLSStatistics(
            listDialogs: left.listDialogs + right.listDialogs,
            dormantDialogs: left.dormantDialogs + right.dormantDialogs,
            backends: left.backends + right.backends,
            timers: left.timers + right.timers,
            bodies: left.bodies + right.bodies,
            bodyBytes: left.bodyBytes + right.bodyBytes,
            internedStrings: left.internedStrings + right.internedStrings,
            backendsInFlight: left.backendsInFlight + right.backendsInFlight,
            mergedRequests: left.mergedRequests + right.mergedRequests
        )
    }
}
