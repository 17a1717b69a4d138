// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import ArgumentParser
import ResourceListServer
import XCAPResolvers

/// Where lists come from. Without any option the proxy serves no lists.
struct ListSourceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Directory laid out as an XCAP tree.", valueName: "dir"))
    var lists: String?

    func makeResolver() throws -> (any RLSListResolver)? {
        self.lists.map { XCAPDirectoryResolver(directory: $0) }
    }
}
