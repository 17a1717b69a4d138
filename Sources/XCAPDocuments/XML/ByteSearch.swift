// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import SIPMessage

extension UnsafeBufferPointer<UInt8> {
    /// Where a byte stands first in a range.
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        UnsafeRawBufferPointer(self).firstIndex(of: byte, in: range)
    }
}
