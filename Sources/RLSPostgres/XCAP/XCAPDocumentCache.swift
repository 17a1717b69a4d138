// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import XCAPDocuments

/// Documents in parsed form, by key. When it is full, half of them go, whichever.
final class XCAPDocumentCache: Sendable {
    private let limit: Int
    private let documents = Monitor<[String: XCAPDocument]>([:])

    init(limit: Int) {
        self.limit = limit
    }

    subscript(_ key: String) -> XCAPDocument? {
        get { self.documents.withLock { $0[key] } }
        set {
            guard self.limit > 0 || newValue == nil else { return }
            self.documents.withLock { documents in
                if newValue != nil, documents.count >= self.limit, documents[key] == nil {
                    for old in documents.keys.prefix((documents.count + 1) / 2) {
                        documents[old] = nil
                    }
                }
                documents[key] = newValue
            }
        }
    }
}
#endif
