// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

package import RLSCore

/// The column `dialog_ext`: what the documented columns cannot hold, one `key=value` in a line.
///
/// The first line is the version, `v=1`. Backslash, line feed and carriage return in values are escaped with a backslash
/// (`\\`, `\n`, `\r`). Keys that are not known are skipped; a version that is not known is not read at all.
package struct RLSDialogExtension: Sendable, Hashable {
    private enum Key: String {
        case version = "v"
        case to, from, watcher, accept, remote, client, asserted, clean
        case eventParameters = "event-parameters"
    }

    private static let version = "1"
    private static let legacy = "legacy"
    private static let yes = "1"

    /// The full To URI, when its two columns are not all of it.
    package var to: String?
    /// The full From URI, when it is not what the columns say.
    package var from: String?
    /// The full URI of the identity towards back-ends, when its two columns are not all of it.
    package var watcher: String?
    package var eventParameters = ""
    package var accept: String?
    /// The source of the last SUBSCRIBE.
    package var remote: SIPPath.Address?
    package var isLegacyClient = false
    /// The watcher's identity is asserted towards back-ends.
    package var assertsIdentity = false
    package var isClean = false

    package init() {}

    /// Says something without which the dialog would be restored under a guessed identity.
    package var identifies: Bool {
        self.to != nil || self.from != nil || self.watcher != nil || !self.eventParameters.isEmpty
            || self.isLegacyClient || self.assertsIdentity
    }

    /// Reads the column; "" says nothing.
    ///
    /// - Returns: nil when the text is not of this version.
    package init?(_ text: String) {
        self.init()
        guard !text.isEmpty else { return }
        var isVersionKnown = false
        for line in text.split(separator: "\n") {
            guard let equals = line.unicodeScalars.firstIndex(of: "=") else { return nil }
            let value = Self.unescape(line[line.unicodeScalars.index(after: equals)...])
            switch Key(rawValue: String(line[..<equals])) {
            case .version: isVersionKnown = value == Self.version
            case .to: self.to = value
            case .from: self.from = value
            case .watcher: self.watcher = value
            case .accept: self.accept = value
            case .remote: self.remote = RLSSocketInfo.address(value[...])
            case .client: self.isLegacyClient = value == Self.legacy
            case .asserted: self.assertsIdentity = value == Self.yes
            case .clean: self.isClean = value == Self.yes
            case .eventParameters: self.eventParameters = value
            case nil: break
            }
        }
        guard isVersionKnown else { return nil }
    }

    /// The text of the column.
    package var text: String {
        // Bytes, which are cheaper to put together than strings: each write of a dialog makes this text.
        var text: [UInt8] = []
        text.reserveCapacity(192)
        Self.append(.version, Self.version, to: &text)
        Self.append(.to, self.to, to: &text)
        Self.append(.from, self.from, to: &text)
        Self.append(.watcher, self.watcher, to: &text)
        Self.append(.eventParameters, self.eventParameters.isEmpty ? nil : self.eventParameters, to: &text)
        Self.append(.accept, self.accept, to: &text)
        if let remote = self.remote {
            Self.begin(.remote, in: &text)
            remote.write(into: &text)
        }
        Self.append(.client, self.isLegacyClient ? Self.legacy : nil, to: &text)
        Self.append(.asserted, self.assertsIdentity ? Self.yes : nil, to: &text)
        Self.append(.clean, self.isClean ? Self.yes : nil, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ key: Key, _ value: String?, to text: inout [UInt8]) {
        guard let value else { return }
        Self.begin(key, in: &text)
        let start = text.count
        text.append(contentsOf: value.utf8)
        guard text[start...].contains(where: { Self.escape($0) != nil }) else { return }
        text.removeSubrange(start...)
        for byte in value.utf8 {
            if let escape = Self.escape(byte) {
                text.append(UInt8(ascii: "\\"))
                text.append(escape)
            } else {
                text.append(byte)
            }
        }
    }

    private static func begin(_ key: Key, in text: inout [UInt8]) {
        if !text.isEmpty {
            text.append(UInt8(ascii: "\n"))
        }
        text.append(contentsOf: key.rawValue.utf8)
        text.append(UInt8(ascii: "="))
    }

    /// What follows the backslash when this byte is escaped.
    private static func escape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\\"): UInt8(ascii: "\\")
        case UInt8(ascii: "\n"): UInt8(ascii: "n")
        case UInt8(ascii: "\r"): UInt8(ascii: "r")
        default: nil
        }
    }

    // Scalars, not characters: "\r\n" is one character, and an escaped backslash may stand before a combining mark.
    private static func unescape(_ value: Substring) -> String {
        guard value.utf8.contains(UInt8(ascii: "\\")) else { return String(value) }
        var plain = ""
        var isEscape = false
        for scalar in value.unicodeScalars {
            if isEscape {
                isEscape = false
                switch scalar {
                case "n": plain.unicodeScalars.append("\n")
                case "r": plain.unicodeScalars.append("\r")
                default: plain.unicodeScalars.append(scalar)
                }
            } else if scalar == "\\" {
                isEscape = true
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        return plain
    }
}
