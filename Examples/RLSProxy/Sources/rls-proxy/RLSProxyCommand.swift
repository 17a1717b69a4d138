// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser

/// A SIP proxy with a resource list server inside.
@main
struct RLSProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rls-proxy",
        abstract: "A SIP proxy with a resource list server (RFC 4662, RFC 4826) inside.",
        subcommands: [RunCommand.self, MigrateCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
