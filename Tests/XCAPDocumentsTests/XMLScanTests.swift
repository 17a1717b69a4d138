// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

import Testing

@testable import XCAPDocuments

/// S-XXE, S-BOMB: the look at the bytes before libxml2 sees them, at its edges.
@Suite struct XMLScanTests {
    private func failure(
        _ text: String,
        _ change: (inout XCAPDocumentLimits) -> Void = { _ in }
    ) -> XCAPDocumentError? {
        var limits = XCAPDocumentLimits.standard
        change(&limits)
        let bytes = Array(text.utf8)
        do throws(XCAPDocumentError) {
            try bytes.withUnsafeBufferPointer { (bytes) throws(XCAPDocumentError) in
                _ = try XMLScan.check(bytes, limits)
            }
            return nil
        } catch {
            return error
        }
    }

    /// Whatever is not well-formed here is left to libxml2, which says what is wrong with it.
    @Test(
        arguments: [
            "<", "<a", "<a b='", "<a b='>", "<a><!-- > ", "<a><![CDATA[ ]]", "<?", "</", "<>", "<!-->", "<a>\n</a>",
            "<a><!-- <!DOCTYPE a> --></a>", "<a><![CDATA[<!DOCTYPE a>]]></a>", "<a b='<!DOCTYPE a>'/>",
            "<?a <!DOCTYPE a>?><a/>", "<a b=\"'>\" c='\">'><!DOCTYPE", "\u{FEFF} \n<a/>",
        ]
    )
    func markupWithoutDeclarationsIsLetThrough(_ text: String) {
        let failure = self.failure(text)
        #expect(failure == (text.hasSuffix("<!DOCTYPE") ? XCAPDocumentError(.doctype, line: 1) : nil))
    }

    /// The first fault counts, and its line.
    @Test(
        arguments: [
            ("<a>\n<!DOCTYPE a>\0", XCAPDocumentError(.doctype, line: 2)),
            ("<a>\n\0<!DOCTYPE a>", XCAPDocumentError(.notUTF8, line: 2)),
            ("<a b='\n\0'>", XCAPDocumentError(.notUTF8, line: 2)),
            ("<a\0", XCAPDocumentError(.notUTF8, line: 1)),
            ("<!-- \n\n\0 -->", XCAPDocumentError(.notUTF8, line: 3)),
            ("<!-- \n --><!DOC\0TYPE", XCAPDocumentError(.notWellFormed, line: 2)),
            ("<a>\n\n<!", XCAPDocumentError(.notWellFormed, line: 3)),
            ("<!--->\n<!DOCTYPE a>", XCAPDocumentError(.doctype, line: 2)),
        ]
    )
    func theFirstFaultIsReportedWithItsLine(_ text: String, _ expected: XCAPDocumentError) {
        #expect(self.failure(text) == expected)
    }

    /// A tag may have exactly as many bytes as the limit says. A quoted `>` does not end it.
    @Test(arguments: ["<a b='>>>>>'>", "<a         >", "<a b='>>>>>'>\n<a>", "<a b='>>>>> \0"])
    func tagsAreMeasuredToTheByte(_ text: String) {
        let otherwise = text.hasSuffix("\0") ? XCAPDocumentError(.notUTF8, line: 1) : nil
        #expect(self.failure(text) { $0.maxTagBytes = .max } == otherwise)
        #expect(self.failure(text) { $0.maxTagBytes = 13 } == otherwise)
        #expect(self.failure(text) { $0.maxTagBytes = 11 } == XCAPDocumentError(.valueTooLong, line: 1))
        #expect(self.failure(text) { $0.maxTagBytes = 0 } == XCAPDocumentError(.valueTooLong, line: 1))
    }
}
