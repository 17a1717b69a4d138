// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import CLibXML2

/// The attributes of one element, valid only while its start is handled.
///
/// libxml2 gives five pointers for each: local name, prefix, namespace, start of the value and its end.
struct XMLAttributes {
    private let pointers: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    let count: Int

    init(_ pointers: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int) {
        self.pointers = pointers
        self.count = pointers == nil ? 0 : count
    }

    /// An attribute without namespace.
    func value(of name: String) -> String? {
        self.value(of: name, namespace: nil)
    }

    /// The element's own `xml:lang`.
    var language: String? {
        self.value(of: "lang", namespace: "http://www.w3.org/XML/1998/namespace")
    }

    /// Length of the longest value, in bytes.
    var longestValue: Int {
        (0..<self.count).reduce(0) { max($0, self.bytes(ofAttribute: $1).count) }
    }

    private func value(of name: String, namespace: String?) -> String? {
        for index in 0..<self.count where self.text(index * 5) == name && self.text(index * 5 + 2) == namespace {
            return String(decoding: self.bytes(ofAttribute: index), as: UTF8.self)
        }
        return nil
    }

    private func text(_ index: Int) -> String? {
        guard let text = self.pointers?[index] else { return nil }
        return String(cString: text)
    }

    private func bytes(ofAttribute index: Int) -> UnsafeBufferPointer<UInt8> {
        guard
            let start = self.pointers?[index * 5 + 3],
            let end = self.pointers?[index * 5 + 4],
            end > start
        else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        return UnsafeBufferPointer(start: start, count: end - start)
    }
}
