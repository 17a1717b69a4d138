// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

guard let options = SoakOptions(Array(CommandLine.arguments.dropFirst())) else {
    print(SoakOptions.usage)
    exit(2)
}
Interrupt.listen()
exit(await Soak(options).run() == 0 ? 0 : 1)
