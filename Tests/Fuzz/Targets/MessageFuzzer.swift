// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Any datagram is read or refused, can be answered, and what is written is read again as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessage(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let request = SIPParser.recoverRequest(from: bytes) {
        _ = SIPResponse(to: request, 400, toTag: [0x78]).bytes
    }
    guard let message = try? SIPParser.parse(datagram: bytes) else { return 0 }
    switch message {
    case .request(let request):
        _ = try? request.uri.canonical
        _ = try? request.validate()
        readTyped(request)
        changeLikeAProxy(request)
        guard case .request(let again) = try? SIPParser.parse(datagram: request.bytes) else {
            preconditionFailure("a written request is not read again")
        }
        precondition(again.method == request.method && again.body == request.body && again.bytes == request.bytes)
    case .response(let response):
        readTyped(response)
        guard case .response(let again) = try? SIPParser.parse(datagram: response.bytes) else {
            preconditionFailure("a written response is not read again")
        }
        precondition(again.statusCode == response.statusCode && again.body == response.body)
    }
    return 0
}

private func changeLikeAProxy(_ request: SIPRequest) {
    var request = request
    for _ in 0..<3 {
        request.headers.removeFirstValue(.via)
        request.headers.removeFirstValue(.route)
    }
    request.headers.prepend(.via, "SIP/2.0/UDP h;branch=z9hG4bKx")
    request.headers.replace(.maxForwards, with: "69")
    request.headers.remove(.userAgent)
    _ = request.bytes
}

private func readTyped(_ message: some SIPTypedHeaders) {
    _ = (message.callID, message.fromTag, message.toTag, message.eventType, message.retryAfter)
    _ = (try? message.cSeq, try? message.event, try? message.subscriptionState, try? message.expires)
    _ = (try? message.from.text, try? message.to.uri.addressOfRecord, try? message.contacts, try? message.routes)
    _ = (try? message.recordRoutes, try? message.pAssertedIdentities, try? message.vias.map(\.text))
    _ = (try? message.contentType, message.contentDisposition, try? message.accept?.map(\.q), message.supported)
    for field in message.headers {
        _ = message.headers.values(field.name)
    }
}
