// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import RLSCore

@Suite struct TagStoreTests {
    @Test func eachTagIsKeptUntilItIsRemoved() {
        var store = TagStore()
        let tags = (0..<300).map { Array(String(repeating: "t\($0)", count: $0 % 40 + 1).utf8) }
        let handles = tags.map { store.store($0[...]) }
        for index in stride(from: 0, to: tags.count, by: 2) {
            store.remove(handles[index])
        }
        let again = store.store(tags[0][...])
        #expect(store.equals(again, tags[0][...]) == true)
        for index in stride(from: 1, to: tags.count, by: 2) {
            #expect(store.equals(handles[index], tags[index][...]) == true)
            #expect(store.equals(handles[index], tags[index - 1][...]) == false)
            var output: [UInt8] = []
            store.write(handles[index], into: &output)
            #expect(output == tags[index])
        }
        #expect(store.count == tags.count / 2 + 1)
    }

    @Test func noTagIsNone() {
        var store = TagStore()
        #expect(store.store([]) == .none)
        #expect(store.equals(.none, []) == true)
        #expect(store.equals(.none, [0x61]) == false)
        store.remove(.none)
        #expect(store.count == 0)
    }
}
