// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Questions about a range of bytes. Slices would say the same, but each counts its owner once more.
extension UnsafeBufferPointer<UInt8> {
    /// The range without blanks at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, SIPText.isBlank(self[low]) {
            low += 1
        }
        while high > low, SIPText.isBlank(self[high - 1]) {
            high -= 1
        }
        return low..<high
    }

    /// Whether the range is a `token`, and not empty.
    func isToken(_ range: Range<Int>) -> Bool {
        for index in range where !SIPText.isTokenByte(self[index]) {
            return false
        }
        return !range.isEmpty
    }

    /// Whether the range is this text but for the case of letters.
    ///
    /// - Parameter text: in lower case.
    func equals(_ range: Range<Int>, ignoringCase text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for index in range where SIPText.lowercased(self[index]) != text.utf8Start[index - range.lowerBound] {
            return false
        }
        return true
    }

    /// A number of digits only; nil when it is none or does not fit.
    func decimal(_ range: Range<Int>) -> UInt64? {
        guard !range.isEmpty else { return nil }
        var value: UInt64 = 0
        for index in range {
            let digit = self[index] &- 0x30
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard digit <= 9, !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// A number of seconds; more than 2^32-1 is taken as that, nil when it is no number.
    func deltaSeconds(_ range: Range<Int>) -> UInt32? {
        if let value = self.decimal(range) {
            return UInt32(clamping: value)
        }
        for index in range where self[index] &- 0x30 > 9 {
            return nil
        }
        return range.isEmpty ? nil : .max
    }
}
