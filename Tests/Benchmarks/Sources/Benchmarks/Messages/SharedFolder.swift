// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The folder with the requirements catalogue, beside the package.
enum SharedFolder {
    /// Nil when it is not there.
    static let path: String? = {
        // This file stands five folders below the package.
        let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(6)
        let path = package.dropLast().joined(separator: "/") + "/shared"
        return access(path, R_OK) == 0 ? path : nil
    }()

    static func files(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names.sorted()
    }

    static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
            bytes += buffer[..<count]
        }
        return bytes
    }
}
