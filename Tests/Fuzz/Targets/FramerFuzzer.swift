// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// A stream gives the same messages and ends in the same way, in whatever pieces it comes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFramer(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard let size = UnsafeBufferPointer(start: start, count: count).first else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start, count: count).dropFirst())
    let whole = run(bytes, pieces: max(1, bytes.count))
    let cut = run(bytes, pieces: Int(size % 61) + 1)
    precondition(whole.messages == cut.messages && whole.isBroken == cut.isBroken)
    return 0
}

private func run(_ bytes: [UInt8], pieces size: Int) -> (messages: [SIPParsedMessage], isBroken: Bool) {
    var limits = SIPParserLimits()
    limits.bodyBytes = 512
    var framer = SIPStreamFramer(limits: limits)
    var messages: [SIPParsedMessage] = []
    var index = 0
    while index < bytes.count {
        framer.append(bytes[index..<min(bytes.count, index + size)])
        index += size
        while true {
            do throws(SIPParseError) {
                guard let message = try framer.next() else { break }
                messages.append(message)
            } catch {
                if framer.isBroken { break }
            }
        }
    }
    return (messages, framer.isBroken)
}
