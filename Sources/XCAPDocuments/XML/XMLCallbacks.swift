// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import CLibXML2

/// What libxml2 calls; each call goes to the ``XMLReader`` whose address is the user data, unless that has failed.
enum XMLCallbacks {
    static var all: xmlSAXHandler {
        var callbacks = xmlSAXHandler()
        callbacks.initialized = UInt32(XML_SAX2_MAGIC)
        callbacks.startElementNs = startElement
        callbacks.endElementNs = endElement
        callbacks.characters = characters
        callbacks.ignorableWhitespace = characters
        callbacks.cdataBlock = characters
        callbacks.internalSubset = internalSubset
        callbacks.serror = structuredError
        return callbacks
    }
}

// Callbacks are global functions: closures written elsewhere may inherit an actor and trap on another thread.

private func reader(_ userData: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<XMLReader>? {
    guard let reader = userData?.assumingMemoryBound(to: XMLReader.self) else { return nil }
    return reader.pointee.failure == nil ? reader : nil
}

private func startElement(
    _ userData: UnsafeMutableRawPointer?,
    _ localName: UnsafePointer<xmlChar>?,
    _ prefix: UnsafePointer<xmlChar>?,
    _ namespace: UnsafePointer<xmlChar>?,
    _ namespaceCount: Int32,
    _ namespaces: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?,
    _ attributeCount: Int32,
    _ defaultedCount: Int32,
    _ attributePointers: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
) {
    guard let reader = reader(userData), let local = XMLCString(localName) else { return }
    let attributes = XMLAttributes(attributePointers, count: Int(attributeCount))
    do throws(XCAPDocumentError) {
        try reader.pointee.startElement(local, XMLCString(namespace), attributes, namespaces: Int(namespaceCount))
    } catch {
        reader.pointee.stop(error)
    }
}

private func endElement(
    _ userData: UnsafeMutableRawPointer?,
    _ localName: UnsafePointer<xmlChar>?,
    _ prefix: UnsafePointer<xmlChar>?,
    _ namespace: UnsafePointer<xmlChar>?
) {
    reader(userData)?.pointee.endElement()
}

private func characters(_ userData: UnsafeMutableRawPointer?, _ text: UnsafePointer<xmlChar>?, _ count: Int32) {
    guard let reader = reader(userData), count > 0 else { return }
    do throws(XCAPDocumentError) {
        try reader.pointee.characters(UnsafeBufferPointer(start: text, count: Int(count)))
    } catch {
        reader.pointee.stop(error)
    }
}

private func internalSubset(
    _ userData: UnsafeMutableRawPointer?,
    _ name: UnsafePointer<xmlChar>?,
    _ externalID: UnsafePointer<xmlChar>?,
    _ systemID: UnsafePointer<xmlChar>?
) {
    reader(userData)?.pointee.stop(XCAPDocumentError(.doctype))
}

private func structuredError(_ userData: UnsafeMutableRawPointer?, _ error: rls_xml_error?) {
    // A prefix without declaration is an error but not a fatal one: the builder decides about namespaces.
    guard let reader = reader(userData), let error = error?.pointee, error.level == XML_ERR_FATAL else { return }
    reader.pointee.stop(XCAPDocumentError(.notWellFormed, line: Int(error.line), parserCode: Int(error.code)))
}
