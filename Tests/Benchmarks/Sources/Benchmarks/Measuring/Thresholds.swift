// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// The most that an operation may allocate, one benchmark a line: `NAME = NUMBER`. `#` begins a comment.
struct Thresholds {
    private var limits: [(name: String, allocations: Double)] = []

    /// - Returns: nil when the file cannot be read or a line says something else.
    init?(file: String) {
        guard let bytes = SharedFolder.read(file) else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=")
            guard parts.count == 2, let limit = Double(parts[1].filter { $0 != " " }) else { return nil }
            self.limits.append((parts[0].reversed().drop { $0 == " " }.reversed().map(String.init).joined(), limit))
        }
    }

    /// Prints what exceeds its limit or was not measured.
    func holds(for recorder: Recorder) -> Bool {
        var holds = true
        for (name, limit) in self.limits {
            guard let measured = recorder.measurement(name) else {
                print("not measured: \(name)")
                holds = false
                continue
            }
            guard measured.allocations <= limit else {
                print("\(name): \(measured.allocations) allocations, at most \(limit) are allowed")
                holds = false
                continue
            }
        }
        return holds
    }
}
