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

    package var isEmpty: Bool { self == RLSDialogExtension() }

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
        var text = "\(Key.version.rawValue)=\(Self.version)"
        func append(_ key: Key, _ value: String?) {
            guard let value else { return }
            text += "\n\(key.rawValue)=\(Self.escape(value))"
        }
        append(.to, self.to)
        append(.from, self.from)
        append(.watcher, self.watcher)
        append(.eventParameters, self.eventParameters.isEmpty ? nil : self.eventParameters)
        append(.accept, self.accept)
        append(.remote, self.remote?.description)
        append(.client, self.isLegacyClient ? Self.legacy : nil)
        append(.asserted, self.assertsIdentity ? Self.yes : nil)
        append(.clean, self.isClean ? Self.yes : nil)
        return text
    }

    // Scalars, not characters: "\r\n" is one character, and an escaped backslash may stand before a combining mark.
    private static func escape(_ value: String) -> String {
        let isPlain = value.utf8.allSatisfy { $0 != UInt8(ascii: "\\") && $0 != 0x0A && $0 != 0x0D }
        guard !isPlain else { return value }
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

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
