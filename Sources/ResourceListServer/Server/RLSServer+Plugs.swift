// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import RLSCore
import SIPMessage

/// The plugs, asked with their time limits. What they could not answer has been reported when they return.
extension RLSServer {
    /// What came of a question to the resolver.
    enum Found<Value: Sendable>: Sendable {
        case found(Value)
        case failed(status: Int, retryAfter: Duration?)
    }

    func findService(uri: SIPURI, event: String, watcher: SIPURI) async -> Found<RLSListService?> {
        let query = RLSListQuery(uri: uri, event: event, watcher: watcher)
        let resolver = self.resolver
        let result = await self.resolverCalls.call(within: self.configuration.resolveTimeout) {
            () async -> Result<RLSListService?, RLSResolverError> in
            do throws(RLSResolverError) {
                return .success(try await resolver.findService(query))
            } catch {
                return .failure(error)
            }
        }
        return self.found(result, subject: uri.text)
    }

    func resolve(_ service: RLSListService, known: RLSListVersion?) async -> Found<RLSResolution> {
        let resolver = self.resolver
        let result = await self.resolverCalls.call(within: self.configuration.resolveTimeout) {
            () async -> Result<RLSResolution, RLSResolverError> in
            do throws(RLSResolverError) {
                return .success(try await resolver.resolve(service, known: known))
            } catch {
                return .failure(error)
            }
        }
        if known == nil, case .success(.unchanged)? = result {
            let error = RLSResolverError(
                .badDocument,
                document: service.uri,
                message: "resolver answered unchanged, and no version was known"
            )
            return self.found(.failure(error), subject: service.uri)
        }
        return self.found(result, subject: service.uri)
    }

    /// - Returns: nil when the authoriser did not answer in time.
    func authorize(
        _ service: RLSListService,
        watcher: SIPURI,
        event: String,
        request: SIPRequest?
    ) async -> RLSAuthorization? {
        let question = RLSAuthorizationRequest(
            watcher: watcher,
            serviceURI: service.uri,
            owner: service.owner,
            event: event,
            request: request
        )
        if let verdict = self.authorizer.verdictAtOnce(on: question) {
            return verdict
        }
        let authorizer = self.authorizer
        return await self.authorizerCalls.call(within: self.configuration.authorizeTimeout) {
            await authorizer.authorize(question)
        }
    }

    private func found<Value>(_ result: Result<Value, RLSResolverError>?, subject: String) -> Found<Value> {
        switch result {
        case .success(let value)?:
            return .found(value)
        case .failure(let error)?:
            let (status, kind) = Self.failure(error.code)
            self.reporter.report(RLSEvent(kind, subject: error.document, detail: error.message))
            return .failed(status: status, retryAfter: error.retryAfter)
        case nil:
            self.reporter.report(RLSEvent(.resolverFailed, subject: subject, detail: "no answer within the time limit"))
            return .failed(status: 503, retryAfter: nil)
        }
    }

    private static func failure(_ code: RLSResolverError.Code) -> (status: Int, kind: RLSEvent.Kind) {
        switch code {
        case .badDocument: (500, .documentRefused)
        case .badReference: (502, .documentRefused)
        case .tooLarge: (403, .documentRefused)
        case .credentialsRefused: (503, .credentialsRefused)
        // R4826-46: what cannot be read now may be read later.
        default: (503, .resolverFailed)
        }
    }

    func refuse(_ request: SIPRequest, _ status: Int, retryAfter: Duration? = nil) -> [RLSAction] {
        self.reporter.report(
            RLSEvent(
                .subscribeRefused,
                subject: String(decoding: request.requestURI, as: UTF8.self),
                detail: String(status)
            )
        )
        let seconds = retryAfter.map { UInt32(clamping: max(1, $0.components.seconds)) }
        return RLSEngine.refusal(
            request,
            status: status,
            retryAfter: status == 503 ? seconds ?? self.configuration.retryAfter : nil,
            configuration: self.configuration
        )
    }
}
