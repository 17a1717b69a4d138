// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// The list of a dialog as it is kept while it is served: eight bytes for an entry, whose row holds the rest.
///
/// Texts are handles into the engine's strings, so a resource in many lists is stored once. Names are kept as the XML
/// that the RLMI document repeats.
struct MemberList {
    /// Of the list itself; `.none` without one.
    let names: ByteHandle
    /// The URI of each entry as the list shows it, in list order.
    let uris: [ByteHandle]
    /// Names of each entry; empty when no entry has one.
    private let entryNames: [ByteHandle]

    /// Takes references; give them back with ``release(in:)``.
    init(_ list: RLSResolvedList, in strings: inout ByteTable) {
        self.names = Self.intern(list.names, in: &strings)
        var uris: [ByteHandle] = []
        uris.reserveCapacity(list.entries.count)
        for entry in list.entries {
            uris.append(strings.intern(entry.uri))
        }
        self.uris = uris
        guard list.entries.contains(where: { !$0.names.isEmpty }) else {
            self.entryNames = []
            return
        }
        var entryNames: [ByteHandle] = []
        entryNames.reserveCapacity(list.entries.count)
        for entry in list.entries {
            entryNames.append(Self.intern(entry.names, in: &strings))
        }
        self.entryNames = entryNames
    }

    var count: Int { self.uris.count }

    /// The names of an entry as XML; `.none` without one.
    func names(of entry: Int) -> ByteHandle {
        self.entryNames.isEmpty ? .none : self.entryNames[entry]
    }

    /// Whether both show the same resources with the same names in the same order.
    func showsSame(as other: MemberList) -> Bool {
        self.names == other.names && self.uris == other.uris && self.entryNames == other.entryNames
    }

    func release(in strings: inout ByteTable) {
        strings.release(self.names)
        for handle in self.uris {
            strings.release(handle)
        }
        for handle in self.entryNames {
            strings.release(handle)
        }
    }

    private static func intern(_ names: [RLSDisplayName], in strings: inout ByteTable) -> ByteHandle {
        guard !names.isEmpty else { return .none }
        let size = names.reduce(0) { $0 + 40 + $1.text.utf8.count }
        return strings.intern(
            [UInt8](expecting: size) { output in
                for name in names {
                    RLMIWriter.name(name, into: &output)
                }
            }
        )
    }
}
