// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

/// Where the parts of a URI stand in its text, in 14 bytes: millions of URIs are kept, few of them are ever cut up.
struct SIPURILayout: BitwiseCopyable, Sendable {
    enum Scheme: UInt8, CaseIterable, BitwiseCopyable {
        case sip, sips, tel, pres
        /// Another one; nothing of the URI is cut up.
        case other

        var name: String {
            switch self {
            case .sip: "sip"
            case .sips: "sips"
            case .tel: "tel"
            case .pres: "pres"
            case .other: ""
            }
        }
    }

    let scheme: Scheme
    /// 0 without a port.
    private(set) var port: UInt16 = 0
    /// 0 without a user part.
    private var userEnd: UInt16 = 0
    /// 0 without a password.
    private var passwordEnd: UInt16 = 0
    private var hostEnd: UInt16 = 0
    private var parametersStart: UInt16 = 0
    private var parametersEnd: UInt16 = 0

    init(scheme: Scheme) {
        self.scheme = scheme
    }

    // MARK: Reading

    var user: Range<Int>? { self.userEnd == 0 ? nil : self.behindScheme..<Int(self.userEnd) }

    /// The user part of a URI that means what is written, but for escapes: not of a `tel:` URI.
    var plainUser: Range<Int>? {
        switch self.scheme {
        case .sip, .sips, .pres: self.user
        case .tel, .other: nil
        }
    }

    var password: Range<Int>? { self.passwordEnd == 0 ? nil : Int(self.userEnd) + 1..<Int(self.passwordEnd) }

    var host: Range<Int> {
        guard self.hostEnd > 0 else { return 0..<0 }
        let at = max(self.userEnd, self.passwordEnd)
        return (at == 0 ? self.behindScheme : Int(at) + 1)..<Int(self.hostEnd)
    }

    /// Headers, if there are any, begin at its end with a question mark.
    var parameters: Range<Int> { Int(self.parametersStart)..<Int(self.parametersEnd) }

    private var behindScheme: Int { self.scheme.name.utf8.count + 1 }

    // MARK: Writing: places count from the beginning of the text, which is not longer than 65,535 bytes

    mutating func setUser(endingAt end: Int, passwordEndingAt passwordEnd: Int?) {
        self.userEnd = UInt16(truncatingIfNeeded: end)
        self.passwordEnd = UInt16(truncatingIfNeeded: passwordEnd ?? 0)
    }

    mutating func setHost(endingAt end: Int, port: UInt16, parameters: Range<Int>) {
        self.hostEnd = UInt16(truncatingIfNeeded: end)
        self.port = port
        self.setParameters(parameters)
    }

    mutating func setParameters(_ range: Range<Int>) {
        self.parametersStart = UInt16(truncatingIfNeeded: range.lowerBound)
        self.parametersEnd = UInt16(truncatingIfNeeded: range.upperBound)
    }
}
