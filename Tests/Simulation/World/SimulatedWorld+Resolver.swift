// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import RLSTestKit
import SIPMessage

/// Where lists come from, and what it says that is not so.
///
/// The server cannot know better, so this is what it has to do: serve what it was told, for this watcher only, in one piece —
/// never entries of two answers together, never one that no answer had — and follow the truth when it is told again.
struct Resolver {
    /// What is said instead of the truth.
    enum Lie: CaseIterable {
        /// The list as it was before its last change.
        case outdated
        /// Somebody else's list.
        case foreign
        /// No entries.
        case empty
        /// Twice the same, the list itself, a number, and characters that XML has to escape.
        case nonsense
        /// The list does not exist.
        case gone
        /// Nothing has changed.
        case unchanged
        /// One list under the version of another.
        case wrongVersion
        /// With each answer another one of these, or the truth.
        case flips
    }

    var isDown = false
    var lie: Lie?
    /// What the lists were before their last change.
    var former: [String: [String]] = [:]
    /// Answers to this process of the server, by list, oldest first: the URIs in the order of the answer, each once.
    private var answers: [String: [[String]]] = [:]
    /// What all answers named, also long ago: the target of each entry by its URI.
    private var targets: [String: [String: String]] = [:]

    /// A NOTIFY shows an older one only when the phone has not answered for long.
    private static let answersKept = 64

    /// The server has been started again.
    mutating func forgetAnswers() {
        self.answers = [:]
        self.targets = [:]
    }

    mutating func answered(_ entries: [RLSListEntry], of list: String) {
        var seen: Set<String> = []
        let uris = entries.map(\.uri).filter { seen.insert($0).inserted }
        if self.answers[list]?.last != uris {
            self.answers[list, default: []].append(uris)
            if self.answers[list, default: []].count > Self.answersKept { self.answers[list]?.removeFirst() }
        }
        for entry in entries { self.targets[list, default: [:]][entry.uri] = entry.target.text }
    }

    /// The last answer.
    func lastAnswer(of list: String) -> [String]? { self.answers[list]?.last }

    /// Whether one answer had exactly these entries.
    func hasAnswered(_ uris: [String], of list: String) -> Bool { self.answers[list]?.contains(uris) ?? false }

    /// Whether the resource is in any answer.
    func hasDelivered(_ target: String, of list: String) -> Bool {
        self.targets[list]?.values.contains(target) ?? false
    }

    /// What is subscribed to for an entry.
    func target(of uri: String, in list: String) -> String { self.targets[list]?[uri] ?? uri }
}

extension SimulatedWorld {
    func service(_ uri: String) -> RLSListService? {
        guard let list = self.lists[uri], let owner = try? SIPURI(list.owner) else { return nil }
        if self.tellsLie() == .gone { return nil }
        return RLSListService(uri: uri, owner: .user(owner), location: uri)
    }

    /// What the resolver says of a list.
    func resolve(_ uri: String, known: RLSListVersion?) -> RLSResolution {
        self.awakened.insert(uri)
        let lie = self.tellsLie()
        switch lie {
        case .gone:
            self.mayEnd(uri)
            return .gone
        case .unchanged:
            if known != nil { return .unchanged }
        case nil, .outdated, .foreign, .empty, .nonsense, .wrongVersion, .flips: break
        }
        let entries = self.entries(uri, lie)
        let revision = self.lists[uri]?.revision ?? 0
        let version = lie == nil || lie == .wrongVersion ? "\(revision)" : "\(revision) \(self.random.pick(0...9))"
        let list = RLSResolvedList(entries: entries, sources: [RLSDocumentVersion(key: uri, etag: version)])
        if list.version == known { return .unchanged }
        self.delivered(entries, of: uri)
        return .list(list)
    }

    /// The lie of this answer.
    private func tellsLie() -> Resolver.Lie? {
        guard self.resolver.lie == .flips else { return self.resolver.lie }
        let pick = self.random.pick(0...Resolver.Lie.allCases.count)
        guard pick < Resolver.Lie.allCases.count, Resolver.Lie.allCases[pick] != .flips else { return nil }
        return Resolver.Lie.allCases[pick]
    }

    private func entries(_ uri: String, _ lie: Resolver.Lie?) -> [RLSListEntry] {
        let truth = self.lists[uri]?.entries ?? []
        let uris: [String] =
            switch lie {
            case .outdated: self.resolver.former[uri] ?? truth
            case .foreign, .wrongVersion:
                self.lists[self.phones[self.random.pick(0...(self.phones.count - 1))].list]?.entries ?? []
            case .empty: []
            case .nonsense: truth + truth + [uri, "tel:+15550100", "sip:%22a&b%3c'@pa1.example.org"]
            case nil, .gone, .unchanged, .flips: truth
            }
        return uris.compactMap { uri in (try? SIPURI(uri)).map { RLSListEntry(uri: uri, target: $0) } }
    }

    /// What leaves a list comes back as something new, also when the last NOTIFY still had it because its list was resolved before.
    private func delivered(_ entries: [RLSListEntry], of list: String) {
        let last = self.resolver.lastAnswer(of: list)
        self.resolver.answered(entries, of: list)
        let uris = entries.map(\.uri)
        guard last != self.resolver.lastAnswer(of: list) else { return }
        let staying = last.map { $0.filter { uris.contains($0) } } ?? uris
        self.note("the resolver says of \(list): \(uris)")
        for index in self.phones.indices where self.phones[index].list == list {
            self.phones[index].withWatchers { $0.listChanged(to: staying) }
        }
    }

    /// Subscriptions to this list may be ended by the server.
    func mayEnd(_ list: String) {
        for index in self.phones.indices where self.phones[index].list == list {
            self.phones[index].withWatchers { self.mayHaveEnded[$0.options.callID] = self.now }
        }
    }

    func beginLie() {
        self.resolver.lie = Resolver.Lie.allCases[self.random.pick(0...(Resolver.Lie.allCases.count - 1))]
        self.note("the resolver lies: \(self.resolver.lie.map { "\($0)" } ?? "")")
        self.hintAtLists()
        self.schedule(.repair(.lie), in: .seconds(self.random.pick(5...300)))
    }

    /// The truth has a version that no lie has borne.
    func endLie() {
        guard self.resolver.lie != nil else { return }
        self.resolver.lie = nil
        self.note("the resolver says the truth")
        for list in self.lists.keys { self.lists[list]?.revision += 1 }
        self.hintAtLists()
    }

    /// Without a hint it is found out at the next refresh.
    private func hintAtLists() {
        if self.random.chance(0.7) { self.host.listsChanged(self.phones.map(\.list)) }
    }

    /// The members of a full NOTIFY are those of one answer of the resolver, and those of a partial one were in one.
    func checkMembers(_ body: RLSListNotification, _ callID: String, _ list: String) {
        let uris = body.rlmi.resources.map(\.uri)
        guard !uris.isEmpty else { return }
        let isKnown =
            body.rlmi.fullState
            ? self.resolver.hasAnswered(uris, of: list)
            : uris.allSatisfy { self.resolver.hasDelivered(self.resolver.target(of: $0, in: list), of: list) }
        if !isKnown {
            self.fail("R4662-56", "\(callID) shows \(uris), which the resolver never said of \(list)")
        }
    }
}
