// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

internal import CLibXML2

/// libxml2's SAX2 push parser, hardened: no DOCTYPE, no network, no entities, caps on everything, no recursion.
///
/// A value, which libxml2's callbacks reach by its address: they come several times for each entry, and objects would
/// cost a count of references and a check of exclusivity each time.
struct XMLReader {
    private let limits: XCAPDocumentLimits
    private var builder: ListDocumentBuilder
    /// Namespace declarations of each open element.
    private var openElements: [Int] = []
    private var namespacesInScope = 0
    private var elementCount = 0
    /// The namespace of the element before: neighbours mostly share the place where libxml2 keeps it.
    private var namespace: (text: XMLCString, meaning: XMLNamespace)?
    /// The first thing that is wrong. xmlStopParser leaves no error behind, so this is kept here.
    private(set) var failure: XCAPDocumentError?
    private var context: xmlParserCtxtPtr?

    private init(_ limits: XCAPDocumentLimits, _ builder: ListDocumentBuilder) {
        self.limits = limits
        self.builder = builder
    }

    /// Parses a document from begin to end.
    ///
    /// - Returns: the builder, which was told what is in the document.
    static func read(
        _ bytes: [UInt8],
        limits: XCAPDocumentLimits,
        builder: ListDocumentBuilder
    ) throws(XCAPDocumentError) -> ListDocumentBuilder {
        var reader = XMLReader(limits, builder)
        let failure = withUnsafeMutablePointer(to: &reader) { reader in
            bytes.withUnsafeBufferPointer { bytes -> XCAPDocumentError? in
                do throws(XCAPDocumentError) {
                    let start = try XMLScan.check(bytes, limits)
                    return Self.parse(UnsafeBufferPointer(rebasing: bytes[start...]), reader)
                } catch {
                    return error
                }
            }
        }
        if let failure {
            throw failure
        }
        return reader.builder
    }

    private static let isReady: Bool = {
        // Once, before two threads parse at the same time.
        xmlInitParser()
        return true
    }()

    private static func parse(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ reader: UnsafeMutablePointer<XMLReader>
    ) -> XCAPDocumentError? {
        precondition(Self.isReady)
        var callbacks = XMLCallbacks.all
        guard let context = xmlCreatePushParserCtxt(&callbacks, reader, nil, 0, nil) else {
            return XCAPDocumentError(.notWellFormed)
        }
        reader.pointee.context = context
        defer {
            reader.pointee.context = nil
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
        while index < bytes.count, reader.pointee.failure == nil {
            let count = min(chunk, bytes.count - index)
            bytes.baseAddress?.advanced(by: index).withMemoryRebound(to: CChar.self, capacity: count) {
                _ = xmlParseChunk(context, $0, Int32(count), 0)
            }
            index += count
        }
        if reader.pointee.failure == nil {
            _ = xmlParseChunk(context, nil, 0, 1)
        }
        if reader.pointee.failure == nil, context.pointee.wellFormed == 0 {
            return XCAPDocumentError(.notWellFormed, parserCode: Int(context.pointee.errNo))
        }
        return reader.pointee.failure
    }
}

/// What libxml2 tells.
extension XMLReader {
    mutating func startElement(
        _ local: XMLCString,
        _ namespace: XMLCString?,
        _ attributes: XMLAttributes,
        namespaces: Int
    ) throws(XCAPDocumentError) {
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
        let name = XMLName(namespace: self.meaning(of: namespace), local: XMLName.Local(local))
        try self.builder.startElement(name, attributes)
    }

    mutating func endElement() {
        self.namespacesInScope -= self.openElements.popLast() ?? 0
        self.builder.endElement()
    }

    /// Text and CDATA, in pieces.
    mutating func characters(_ bytes: UnsafeBufferPointer<UInt8>) throws(XCAPDocumentError) {
        try self.builder.characters(bytes)
    }

    /// Ends the parse; only the first time counts.
    mutating func stop(_ failure: XCAPDocumentError) {
        guard self.failure == nil else { return }
        self.failure = failure
        guard let context = self.context else { return }
        if failure.line == nil {
            self.failure?.line = Int(xmlSAX2GetLineNumber(context))
        }
        xmlStopParser(context)
    }

    private mutating func meaning(of namespace: XMLCString?) -> XMLNamespace {
        guard let namespace else { return .none }
        if let known = self.namespace, namespace === known.text { return known.meaning }
        let meaning = XMLNamespace(namespace)
        self.namespace = (namespace, meaning)
        return meaning
    }
}
