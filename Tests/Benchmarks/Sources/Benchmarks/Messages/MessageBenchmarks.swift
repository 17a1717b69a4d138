// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import SIPMessage

/// Parsing and writing of messages: the NOTIFY that the engine's figures are made of, and the catalogue's examples.
struct MessageBenchmarks {
    let recorder: Recorder

    func run() {
        let presence = PresenceServer(resources: 1)
        self.measure("back-end NOTIFY", presence.makeNotify(0, bodySize: 400).bytes)
        guard let shared = SharedFolder.path else {
            print("examples of the catalogue: skipped, ../shared is not there")
            return
        }
        for name in SharedFolder.files(in: "\(shared)/spec/examples/sip") where name.hasSuffix(".sip") {
            guard let bytes = SharedFolder.read("\(shared)/spec/examples/sip/\(name)") else { continue }
            self.measure(String(name.dropLast(4)), bytes)
        }
    }

    private func measure(_ name: String, _ bytes: [UInt8]) {
        guard let message = try? SIPParser.parse(datagram: bytes) else {
            preconditionFailure("\(name) does not parse")
        }
        self.recorder.measure(
            "message: parse \(name)",
            operations: 500,
            prepare: { _ in
                // Each parse owns its bytes, as it does when a datagram has come.
                (copies: (0..<500).map { _ in bytes.map { $0 } }, parsed: 0)
            },
            run: { input in
                for index in input.copies.indices {
                    var copy: [UInt8] = []
                    swap(&copy, &input.copies[index])
                    if (try? SIPParser.parse(datagram: copy)) != nil {
                        input.parsed += 1
                    }
                }
            },
            finish: { precondition($0.parsed == 500) }
        )
        self.recorder.measure(
            "message: write \(name)",
            operations: 500,
            prepare: { _ -> [UInt8] in
                var output: [UInt8] = []
                output.reserveCapacity(bytes.count * 2)
                return output
            },
            run: { output in
                for _ in 0..<500 {
                    output.removeAll(keepingCapacity: true)
                    switch message {
                    case .request(let request): request.write(into: &output)
                    case .response(let response): response.write(into: &output)
                    }
                }
            },
            finish: { precondition(!$0.isEmpty) }
        )
    }
}
