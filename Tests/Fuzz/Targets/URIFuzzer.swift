// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Any bytes are a URI or refused; a URI equals itself, and its canonical form is a URI with the same canonical form.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzURI(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = (try? SIPNameAddr(parsing: bytes[...]))?.text
    _ = (try? SIPVia(parsing: bytes[...]))?.text
    guard let uri = try? SIPURI(bytes: bytes[...]) else { return 0 }
    precondition(uri.bytes == bytes)
    precondition(uri.isEquivalent(to: uri))
    guard let canonical = try? SIPURI(uri.canonical) else { preconditionFailure("the canonical form is no URI") }
    precondition(canonical.canonical == uri.canonical)
    precondition(!uri.headers.isEmpty || (canonical.isEquivalent(to: uri) && uri.isEquivalent(to: canonical)))
    _ = uri.sipForm(domain: "example.org")
    _ = uri.addressOfRecord
    return 0
}
