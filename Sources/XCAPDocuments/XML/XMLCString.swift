// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import CLibXML2

/// A text of libxml2, which ends with a zero byte. Valid only while libxml2 keeps it.
struct XMLCString {
    private let pointer: UnsafePointer<xmlChar>

    init?(_ pointer: UnsafePointer<xmlChar>?) {
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    var first: UInt8 { self.pointer.pointee }

    static func == (left: XMLCString, right: StaticString) -> Bool {
        // Both end with a zero byte, so neither is read beyond its end.
        var index = 0
        while left.pointer[index] == right.utf8Start[index] {
            if left.pointer[index] == 0 { return true }
            index += 1
        }
        return false
    }

    /// Whether both are at the same place, and so the same text.
    static func === (left: XMLCString, right: XMLCString?) -> Bool {
        left.pointer == right?.pointer
    }
}
