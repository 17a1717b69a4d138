// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import Logging
public import RLSCore

/// A SIP Resource List Server (RFC 4662, RFC 4826) for a proxy to embed.
///
/// The proxy hands in SUBSCRIBEs, NOTIFYs and the outcomes of its transactions, and executes the actions that come back:
///
/// 1. Run ``run()`` in a task; until it has loaded the store, SUBSCRIBEs for lists get 503: ``untilServing()`` waits for it.
/// 2. Consume ``actions`` in another task: batches that timers and list changes bring about.
/// 3. Hand each SUBSCRIBE to `rlsHandleSubscribe` and each NOTIFY to `rlsHandleNotify`; execute what they return, in
///    order, before the next message of the same dialog is handled.
/// 4. Report exactly one outcome of each `sendRequest` with `rlsHandleResponse`, and execute what that returns.
///
/// The proxy absorbs retransmissions of SUBSCRIBE with its server transactions; it need not for NOTIFY.
public final class RLSServer: Sendable {
    let configuration: RLSConfiguration
    let resolver: any RLSListResolver
    let store: (any RLSStore)?
    let authorizer: any RLSAuthorizer
    let environment: RLSEnvironment

    let shards: ShardSet
    let reporter: Reporter
    let lifecycle = Lifecycle()
    let sleeper: Sleeper
    let alarms: Alarms
    let resolverCalls: PlugCalls
    let authorizerCalls: PlugCalls
    let storeCalls: PlugCalls
    let queue: ActionQueue
    let listChanges: ListChangeQueue
    /// nil without a store.
    let writeBehind: WriteBehind?

    /// Creates a server; it serves while ``run()`` runs.
    ///
    /// - Parameters:
    ///   - resolver: where lists come from.
    ///   - store: where list dialogs survive a restart; nil: nowhere.
    ///   - authorizer: who may see which list.
    ///   - observer: is told what happens.
    ///   - logger: takes debug messages, and a warning per cause and minute for what an operator must act on.
    public init(
        configuration: RLSConfiguration = RLSConfiguration(),
        resolver: any RLSListResolver,
        store: (any RLSStore)? = nil,
        authorizer: any RLSAuthorizer = .ownerOnly,
        environment: RLSEnvironment = .system,
        observer: any RLSObserver = .none,
        logger: Logger = Logger(label: "rls")
    ) {
        self.configuration = configuration
        self.resolver = resolver
        self.store = store
        self.authorizer = authorizer
        self.environment = environment
        let sleeper = Sleeper(environment: environment)
        let alarms = Alarms(hasEarlier: { sleeper.note($0) })
        let reporter = Reporter(observer: observer, logger: logger, environment: environment)
        let listChanges = ListChangeQueue()
        let shards = ShardSet(
            configuration: configuration,
            environment: environment,
            reporter: reporter,
            sleeper: sleeper,
            listChanges: listChanges,
            isPersistent: store != nil
        )
        self.sleeper = sleeper
        self.alarms = alarms
        self.reporter = reporter
        self.listChanges = listChanges
        self.shards = shards
        self.resolverCalls = PlugCalls(alarms: alarms, environment: environment)
        self.authorizerCalls = PlugCalls(alarms: alarms, environment: environment)
        self.storeCalls = PlugCalls(alarms: alarms, environment: environment)
        self.queue = ActionQueue(isEmptied: {
            sleeper.wake()
            shards.drainSignal.set()
        })
        self.writeBehind = store.map { WriteBehind(store: $0, shards: shards, alarms: alarms) }
    }

    /// What timers, list changes and restarts want sent; one consumer, in a task of its own.
    ///
    /// Ends when ``run()`` has ended.
    public var actions: RLSActionSequence { RLSActionSequence(queue: self.queue) }

    /// What the list server can do, for the proxy's answers to OPTIONS.
    public var capabilities: SIPCapabilities { SIPCapabilities(self.configuration) }

    /// Counts of what the server holds, all shards together.
    public var statistics: RLSStatistics { self.shards.statistics }
}
