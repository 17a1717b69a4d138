// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import CLibXML2

/// libxml2's SAX2 push parser, hardened: no DOCTYPE, no network, no entities, caps on everything, no recursion.
final class XMLReader {
    fileprivate let limits: XCAPDocumentLimits
    fileprivate let handler: any XMLContentHandler
    /// Namespace declarations of each open element.
    fileprivate var openElements: [Int] = []
    fileprivate var namespacesInScope = 0
    fileprivate var elementCount = 0
    /// The first thing that is wrong. xmlStopParser leaves no error behind, so this is kept here.
    fileprivate var failure: XCAPDocumentError?
    fileprivate var context: xmlParserCtxtPtr?

    private init(_ limits: XCAPDocumentLimits, _ handler: any XMLContentHandler) {
        self.limits = limits
        self.handler = handler
    }

    /// Parses a document from begin to end.
    ///
    /// What the handler was told before an error is to be thrown away.
    static func read(
        _ bytes: [UInt8],
        limits: XCAPDocumentLimits,
        handler: any XMLContentHandler
    ) throws(XCAPDocumentError) {
        let reader = XMLReader(limits, handler)
        let failure = bytes.withUnsafeBufferPointer { buffer -> XCAPDocumentError? in
            do throws(XCAPDocumentError) {
                let start = try XMLScan.check(buffer, limits)
                return reader.parse(UnsafeBufferPointer(rebasing: buffer[start...]))
            } catch {
                return error
            }
        }
        if let failure {
            throw failure
        }
    }

    private static let isReady: Bool = {
        // Once, before two threads parse at the same time.
        xmlInitParser()
        return true
    }()

    private func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> XCAPDocumentError? {
        precondition(Self.isReady)
        var callbacks = xmlSAXHandler()
        callbacks.initialized = UInt32(XML_SAX2_MAGIC)
        callbacks.startElementNs = startElement
        callbacks.endElementNs = endElement
        callbacks.characters = characters
        callbacks.ignorableWhitespace = characters
        callbacks.cdataBlock = characters
        callbacks.internalSubset = internalSubset
        callbacks.serror = structuredError

        let context = xmlCreatePushParserCtxt(&callbacks, Unmanaged.passUnretained(self).toOpaque(), nil, 0, nil)
        guard let context else { return XCAPDocumentError(.notWellFormed) }
        self.context = context
        defer {
            self.context = nil
            xmlFreeDoc(context.pointee.myDoc)
            xmlFreeParserCtxt(context)
        }
        // NOENT: otherwise `&amp;` in an attribute arrives as `&#38;`. It is safe because a DOCTYPE ends the parse.
        // IGNORE_ENC: a declaration must not turn checked bytes into others.
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOENT.rawValue | XML_PARSE_IGNORE_ENC.rawValue
        xmlCtxtUseOptions(context, Int32(bitPattern: options))
        xmlSwitchEncoding(context, XML_CHAR_ENCODING_UTF8)

        let chunk = 4096
        var index = 0
        return withExtendedLifetime(self) {
            while index < bytes.count, self.failure == nil {
                let count = min(chunk, bytes.count - index)
                bytes.baseAddress?.advanced(by: index).withMemoryRebound(to: CChar.self, capacity: count) {
                    _ = xmlParseChunk(context, $0, Int32(count), 0)
                }
                index += count
            }
            if self.failure == nil {
                _ = xmlParseChunk(context, nil, 0, 1)
            }
            if self.failure == nil, context.pointee.wellFormed == 0 {
                self.failure = XCAPDocumentError(.notWellFormed, parserCode: Int(context.pointee.errNo))
            }
            return self.failure
        }
    }

    fileprivate func stop(_ failure: XCAPDocumentError) {
        guard self.failure == nil else { return }
        self.failure = failure
        if let context = self.context {
            if self.failure?.line == nil {
                self.failure?.line = Int(xmlSAX2GetLineNumber(context))
            }
            xmlStopParser(context)
        }
    }

    fileprivate func open(_ attributes: XMLAttributes, namespaces: Int) throws(XCAPDocumentError) {
        self.elementCount += 1
        self.namespacesInScope += namespaces
        self.openElements.append(namespaces)
        guard self.openElements.count <= self.limits.maxDepth else { throw XCAPDocumentError(.tooDeep) }
        guard self.elementCount <= self.limits.maxElements else { throw XCAPDocumentError(.tooManyElements) }
        guard attributes.count + namespaces <= self.limits.maxAttributes else {
            throw XCAPDocumentError(.tooManyAttributes)
        }
        guard self.namespacesInScope <= self.limits.maxNamespaces else { throw XCAPDocumentError(.tooManyNamespaces) }
        guard attributes.longestValue <= self.limits.maxValueBytes else { throw XCAPDocumentError(.valueTooLong) }
    }

    fileprivate func close() {
        self.namespacesInScope -= self.openElements.popLast() ?? 0
    }
}

// Callbacks are global functions: closures written elsewhere may inherit an actor and trap on another thread.

private func reader(_ userData: UnsafeMutableRawPointer?) -> XMLReader? {
    guard let userData else { return nil }
    let reader = Unmanaged<XMLReader>.fromOpaque(userData).takeUnretainedValue()
    return reader.failure == nil ? reader : nil
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
    guard let reader = reader(userData), let localName else { return }
    let attributes = XMLAttributes(attributePointers, count: Int(attributeCount))
    let name = XMLName(namespace: XMLNamespace(namespace.map(String.init(cString:))), local: String(cString: localName))
    do throws(XCAPDocumentError) {
        try reader.open(attributes, namespaces: Int(namespaceCount))
        try reader.handler.startElement(name, attributes)
    } catch {
        reader.stop(error)
    }
}

private func endElement(
    _ userData: UnsafeMutableRawPointer?,
    _ localName: UnsafePointer<xmlChar>?,
    _ prefix: UnsafePointer<xmlChar>?,
    _ namespace: UnsafePointer<xmlChar>?
) {
    guard let reader = reader(userData) else { return }
    reader.close()
    do throws(XCAPDocumentError) {
        try reader.handler.endElement()
    } catch {
        reader.stop(error)
    }
}

private func characters(_ userData: UnsafeMutableRawPointer?, _ text: UnsafePointer<xmlChar>?, _ count: Int32) {
    guard let reader = reader(userData), count > 0 else { return }
    do throws(XCAPDocumentError) {
        try reader.handler.characters(UnsafeBufferPointer(start: text, count: Int(count)))
    } catch {
        reader.stop(error)
    }
}

private func internalSubset(
    _ userData: UnsafeMutableRawPointer?,
    _ name: UnsafePointer<xmlChar>?,
    _ externalID: UnsafePointer<xmlChar>?,
    _ systemID: UnsafePointer<xmlChar>?
) {
    reader(userData)?.stop(XCAPDocumentError(.doctype))
}

private func structuredError(_ userData: UnsafeMutableRawPointer?, _ error: rls_xml_error?) {
    // A prefix without declaration is an error but not a fatal one: the builder decides about namespaces.
    guard let reader = reader(userData), let error = error?.pointee, error.level == XML_ERR_FATAL else { return }
    reader.stop(XCAPDocumentError(.notWellFormed, line: Int(error.line), parserCode: Int(error.code)))
}
