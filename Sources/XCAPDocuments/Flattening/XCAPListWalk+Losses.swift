// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import RLSCore
internal import ResourceListServer

extension XCAPListWalk {
    mutating func lose(_ item: String, _ error: XCAPReferenceError) throws(RLSResolverError) {
        switch error.code {
        case .refused: try self.lose(item, .refusedReference, error.reason)
        case .noElement: try self.lose(item, .danglingReference, error.reason)
        }
    }

    mutating func lose(
        _ item: String,
        _ reason: RLSListLoss.Reason,
        _ detail: String? = nil
    ) throws(RLSResolverError) {
        self.record(item, reason)
        guard self.options.policy == .strict else { return }
        let document = (self.frames.last?.origin ?? self.origin).key
        let message = detail.map { "\(reason.rawValue): \($0)" } ?? reason.rawValue
        switch reason {
        case .tooManyEntries, .tooManyDocuments:
            throw RLSResolverError(.tooLarge, document: document, message: message)
        case .danglingReference, .refusedReference, .loop, .unreadableDocument:
            throw RLSResolverError(.badReference, document: document, message: message)
        // RFC 4826 §4.5 skips what cannot be subscribed to; a URI that is none is no reason to refuse the others.
        case .malformedURI, .unsubscribableScheme:
            break
        }
    }

    /// Losses are for logs and are many only in hostile documents: the first hundred tell enough.
    mutating func record(_ item: String, _ reason: RLSListLoss.Reason) {
        guard self.list.losses.count < 100 else { return }
        self.list.losses.append(RLSListLoss(Self.printable(item), reason))
    }

    /// An item as written, but fit for a log (S-INJECT): control characters escaped, 256 characters at most.
    private static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(256) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: result += scalar.escaped(asASCII: true)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
