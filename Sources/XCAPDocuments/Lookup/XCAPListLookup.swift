// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

public import RLSCore
public import ResourceListServer
public import SIPMessage

/// The two questions of ``RLSListResolver``, answered for any source of XCAP documents.
///
/// A resolver gives a way to get a document and the roots to look in; finding the service, owners, the walk and versions
/// are here.
public struct XCAPListLookup: Sendable {
    /// Gets a document, parsed; nil when the source says that there is none.
    ///
    /// It throws `unavailable` when the source does not answer: that is never "there is none".
    public typealias Fetch = @Sendable (XCAPDocumentReference) async throws(RLSResolverError) -> XCAPDocument?

    private let rules: XCAPReferenceRules
    private let options: XCAPOptions
    private let fetch: Fetch

    /// Creates a lookup.
    public init(rules: XCAPReferenceRules, options: XCAPOptions = XCAPOptions(), fetch: @escaping Fetch) {
        self.rules = rules
        self.options = options
        self.fetch = fetch
    }

    /// Finds a service: in the watcher's own documents first, then in the global index (R4826-40 to R4826-46).
    ///
    /// - Parameters:
    ///   - uri: the Request-URI.
    ///   - watcher: the watcher; its address of record is its XCAP user identifier (R4825-02).
    ///   - roots: the roots to look in, in this order; nil in it: the source's one tree.
    /// - Returns: nil when every root says that it has no such service.
    /// - Throws: when no root has it and one could not be asked (R4826-46), or a document is malformed.
    public func findService(
        _ uri: SIPURI,
        watcher: SIPURI,
        roots: [XCAPRoot?] = [nil]
    ) async throws(RLSResolverError) -> RLSListService? {
        var failure: RLSResolverError?
        for selector in self.selectors(of: watcher) {
            for root in roots {
                let reference = XCAPDocumentReference(root: root, selector)
                do throws(RLSResolverError) {
                    guard let document = try await self.fetch(reference) else { continue }
                    if let service = document.services?.service(for: uri) {
                        return RLSListService(
                            uri: service.uri,
                            packages: service.packages,
                            owner: self.owner(of: service, in: reference),
                            location: reference.key
                        )
                    }
                } catch {
                    // Nobody waits for the answer any more.
                    if Task.isCancelled { throw error }
                    failure = failure ?? error
                }
            }
        }
        if let failure {
            throw failure
        }
        return nil
    }

    /// Fetches and flattens the list of a service that ``findService(_:watcher:roots:)`` gave.
    public func resolve(
        _ service: RLSListService,
        known: RLSListVersion? = nil
    ) async throws(RLSResolverError) -> RLSResolution {
        let reference: XCAPDocumentReference
        do throws(XCAPReferenceError) {
            reference = try self.rules.document(key: service.location)
        } catch {
            // A location that is not ours, or whose root is no longer configured.
            return .gone
        }
        guard
            let document = try await self.fetch(reference),
            let found = document.services?.service(named: service.uri)
        else {
            return .gone
        }
        var walk = XCAPListWalk(found, in: document, rules: self.rules, options: self.options)
        while true {
            switch try walk.next() {
            case .need(let needed):
                let answer: XCAPListWalk.Answer
                do throws(RLSResolverError) {
                    answer = try await self.fetch(needed).map { .document($0) } ?? .missing
                } catch {
                    answer = .failed(error)
                }
                try walk.supply(answer, for: needed)
            case .done(let list):
                return list.version == known ? .unchanged : .list(list)
            }
        }
    }

    private func selectors(of watcher: SIPURI) -> [XCAPDocumentSelector] {
        let own = XCAPDocumentSelector(.rlsServices, user: watcher.addressOfRecord)
        return [own, self.options.globalIndex == .unused ? nil : .globalServices].compactMap(\.self)
    }

    private func owner(of service: XCAPService, in reference: XCAPDocumentReference) -> RLSListOwner {
        switch reference.selector.tree {
        case .user(let user):
            return XCAPUser.uri(user).map { .user($0) } ?? .unknown
        case .global:
            switch self.options.globalIndex {
            case .operatorLists, .unused: return .shared
            case .unionOfUsers:
                guard
                    case .reference(let text) = service.list,
                    let target = try? self.rules.resourceList(text, in: reference),
                    case .user(let user) = target.document.selector.tree
                else {
                    return .unknown
                }
                return XCAPUser.uri(user).map { .user($0) } ?? .unknown
            }
        }
    }
}
