// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import ResourceListServer

/// An authoriser that says what a test wants, and stalls when told.
public final class ScriptedAuthorizer: RLSAuthorizer {
    private let state: Locked<RLSAuthorization>
    private let questions = ScriptedCalls<RLSAuthorizationRequest, Never>()

    /// Creates an authoriser.
    public init(_ verdict: RLSAuthorization = .allow) {
        self.state = Locked(verdict)
    }

    /// What it says.
    public var verdict: RLSAuthorization {
        get { self.state.withLock { $0 } }
        set { self.state.withLock { $0 = newValue } }
    }

    /// Whether it answers.
    public var behaviour: ScriptedBehaviour<Never> {
        get { self.questions.behaviour }
        set { self.questions.behaviour = newValue }
    }

    /// What it was asked.
    public var asked: [RLSAuthorizationRequest] { self.questions.calls }

    /// Waits until it has been asked so many times.
    public func untilAsked(_ count: Int) async {
        await self.questions.until(count)
    }

    /// The verdict as it is when the answer is given.
    public func authorize(_ request: RLSAuthorizationRequest) async -> RLSAuthorization {
        _ = await self.questions.record(request)
        return self.verdict
    }
}
