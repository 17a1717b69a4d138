// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
import RLSCore
import RLSProxy
import Testing

@testable import rls_proxy

@Suite("The command line")
struct OptionTests {
    @Test(
        "what does not fit together is refused with one line that says what to do",
        arguments: [
            ("--lists /a --xcap-root http://x", "give one of --lists, --xcap-root and --xcap-database"),
            ("--xcap-root http://x --xcap-database dbname=x", "give one of --lists, --xcap-root and --xcap-database"),
            ("--xcap-root ftp://x", "--xcap-root is no http or https URL without user, query and fragment"),
            (
                "--xcap-root http://u:secret@x",
                "--xcap-root is no http or https URL without user, query and fragment"
            ),
            ("--xcap-root http://x --xcap-user u", "--xcap-user and --xcap-password-file belong together"),
            ("--xcap-root http://x --xcap-password-file f", "--xcap-user and --xcap-password-file belong together"),
            (
                "--lists /a --xcap-user u --xcap-password-file f",
                "--xcap-user is for --xcap-root; the user of a database is in its connection string"
            ),
            ("--lists /a --xcap-table t", "--xcap-table needs --xcap-database"),
            ("--xcap-database postgres:secret", "--xcap-database: the connection string is not valid"),
            (
                "--database sqlite:/a",
                "--database keeps list subscriptions: it needs --lists, --xcap-root or --xcap-database"
            ),
            ("--lists /a --database sqlite:", "--database: sqlite: needs a file"),
            (
                "--lists /a --database mysql://u:secret@x/y",
                "--database is neither sqlite:FILE nor a connection string that libpq understands"
            ),
            ("--lists /a --durability before-reply", "--durability needs --database"),
            ("--lists /a --state-flush-interval 1", "--state-flush-interval needs --database"),
            (
                "--lists /a --database sqlite:/b --state-flush-interval 0",
                "--state-flush-interval: more than 0"
            ),
            ("--lists /a --rlsubs-table t", "--rlsubs-table and --rlpres-table need --database"),
            (
                "--lists /a --database sqlite:/b --rlpres-table t",
                "--rlsubs-table and --rlpres-table are for PostgreSQL"
            ),
            (
                "--lists /a --database sqlite:/b --durability later",
                "The value 'later' is invalid for '--durability <when>'"
            ),
            (
                "--lists /a --database sqlite:/b --durability write-behind=0",
                "The value 'write-behind=0' is invalid for '--durability <when>'"
            ),
            (
                "migrate --database sqlite:/a",
                "migrate is for PostgreSQL; a SQLite file is made when the proxy starts"
            ),
            ("migrate --database dbname=x --xcap-table t", "--xcap-table needs --xcap-trigger"),
            ("--lists /a --backend-rate 0", "--backend-rate: more than 0"),
        ]
    )
    func refused(arguments: String, message: String) throws {
        let error = #expect(throws: (any Error).self) {
            try RLSProxyCommand.parseAsRoot(arguments.split(separator: " ").map(String.init))
        }
        #expect(RLSProxyCommand.message(for: try #require(error)) == message)
        let full = RLSProxyCommand.fullMessage(for: try #require(error))
        #expect(!full.contains("secret"), "passwords are not repeated")
    }

    @Test(
        "durability and drain reach the list server",
        arguments: [
            ("", RLSDurability.beforeReply, RLSShutdown.keepDialogs),
            ("--durability before-reply --drain", .beforeReply, .endDialogs),
            ("--durability write-behind=0.5", .writeBehind(.milliseconds(500)), .keepDialogs),
        ]
    )
    func durability(arguments: String, durability: RLSDurability, shutdown: RLSShutdown) throws {
        let words = ["--lists", "/a", "--database", "sqlite:/b"] + arguments.split(separator: " ").map(String.init)
        let command = try #require(try RLSProxyCommand.parseAsRoot(words) as? RunCommand)
        var configuration = ProxyConfiguration()
        command.storage.apply(to: &configuration)
        #expect(configuration.lists.durability == durability)
        #expect(configuration.shutdown == shutdown)
    }
}
