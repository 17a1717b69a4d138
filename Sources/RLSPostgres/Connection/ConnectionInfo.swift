// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if PostgreSQL
internal import CLibPQ

/// A libpq connection string that shows no secrets.
struct ConnectionInfo: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The string as given: for libpq only.
    let text: String
    /// Values that must not be shown.
    private let secrets: [String]
    /// Host, port, database and user, for logs.
    let description: String

    /// - Parameter text: a keyword list or a `postgres://` URI.
    init(_ text: String) throws(PostgresError) {
        // libpq's own message would repeat a part of the string, perhaps the password.
        guard !text.utf8.contains(0), let options = PQconninfoParse(text, nil) else {
            throw PostgresError(.invalidConfiguration, "the connection string is not valid")
        }
        defer { PQconninfoFree(options) }
        var secrets: [String] = []
        var shown: [String] = []
        var option = options
        while let keyword = option.pointee.keyword {
            defer { option += 1 }
            guard let value = option.pointee.val.map({ String(cString: $0) }), !value.isEmpty else { continue }
            let name = String(cString: keyword)
            switch name {
            case "host", "hostaddr", "port", "dbname", "user": shown.append("\(name)=\(value)")
            case _ where name.contains("password") || name.contains("secret"): secrets.append(value)
            default: break
            }
        }
        self.text = text
        self.secrets = secrets
        self.description = shown.joined(separator: " ")
    }

    var debugDescription: String { self.description }
    var customMirror: Mirror { Mirror(self, children: []) }

    /// Takes secrets and line ends out of a message of libpq or the server.
    func redacted(_ message: String) -> String {
        var message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        for secret in self.secrets {
            message = message.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
        }
        return message
    }
}
#endif
