// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What processes have used so far.
enum Processes {
    /// Processor time of this process, in seconds.
    static var ownSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Processor time of a server and all its children, living and gone, in seconds; in steps of a tick.
    static func serverSeconds(_ server: Int32) -> Double {
        var ticks = 0
        for name in self.folder("/proc") {
            guard let process = Int32(name), let fields = self.statistics(process) else { continue }
            if process == server {
                // With what its children had used that have ended.
                ticks += fields[11...14].reduce(0, +)
            } else if fields[1] == server {
                ticks += fields[11...12].reduce(0, +)
            }
        }
        return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Bytes of this process in memory, and the most that there ever were.
    static var resident: (now: Int, most: Int) {
        var now = 0
        var most = 0
        for line in self.read("/proc/self/status").split(separator: "\n") {
            let kilobytes = line.split(separator: " ").compactMap { Int($0) }.first ?? 0
            if line.hasPrefix("VmRSS:") { now = kilobytes * 1024 }
            if line.hasPrefix("VmHWM:") { most = kilobytes * 1024 }
        }
        return (now, most)
    }

    /// The numbers of `/proc/PID/stat` from the state on, which counts as 0.
    private static func statistics(_ process: Int32) -> [Int]? {
        let text = self.read("/proc/\(process)/stat")
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ").dropFirst().map { Int($0) ?? 0 }
        return fields.count > 14 ? fields : nil
    }

    private static func folder(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafePointer(to: entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names
    }

    private static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

extension Duration {
    var seconds: Double { Double(self.components.seconds) + Double(self.components.attoseconds) / 1e18 }
}

extension [Double] {
    /// The value below which this part of the values lies.
    func quantile(_ part: Double) -> Double {
        guard !self.isEmpty else { return 0 }
        return self.sorted()[Swift.min(self.count - 1, Int(Double(self.count) * part))]
    }
}
