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

    /// The value of an attribute without namespace.
    func value(of name: StaticString) -> UnsafeBufferPointer<UInt8>? {
        for index in 0..<self.count where self.text(index, 2) == nil {
            if let text = self.text(index, 0), text == name { return self.value(index) }
        }
        return nil
    }

    /// The value of the element's own `xml:lang`.
    var language: UnsafeBufferPointer<UInt8>? {
        for index in 0..<self.count {
            if let text = self.text(index, 0), text == "lang",
                let namespace = self.text(index, 2), namespace == "http://www.w3.org/XML/1998/namespace"
            {
                return self.value(index)
            }
        }
        return nil
    }

    /// Length of the longest value, in bytes.
    var longestValue: Int {
        var longest = 0
        for index in 0..<self.count {
            longest = max(longest, self.value(index).count)
        }
        return longest
    }

    private func text(_ index: Int, _ part: Int) -> XMLCString? {
        XMLCString(self.pointers?[index * 5 + part])
    }

    private func value(_ index: Int) -> UnsafeBufferPointer<UInt8> {
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
