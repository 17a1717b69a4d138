// SPDX-License-Identifier: Apache-2.0
// Part of swift-resource-list-server.

#if HTTP
import AsyncHTTPClient
import NIOSSL

/// A certificate for `localhost`, made for these tests and trusted by nobody else.
enum TestCertificate {
    static func serverContext() throws -> NIOSSLContext {
        let key = try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try Self.certificate())],
            privateKey: .privateKey(key)
        )
        return try NIOSSLContext(configuration: configuration)
    }

    static func trust(_ client: inout HTTPClient.Configuration) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates((try? [Self.certificate()]) ?? [])
        client.tlsConfiguration = configuration
    }

    private static func certificate() throws -> NIOSSLCertificate {
        try NIOSSLCertificate(bytes: Array(Self.pem.utf8), format: .pem)
    }

    private static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIBZzCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
        c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
        CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKfrhY5ycIvRu67e
        WpnH4z5+JZFoW/G2FxPsACei/0GGqA7Sl3e/pt/KPwhEnSZOkVQNZiqv+C5Vd/3M
        2bUbQB2jTjBMMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E
        BTADAQH/MB0GA1UdDgQWBBQRr0e7sw+qZxWuk0V5C8DTAqKSAjAKBggqhkjOPQQD
        AgNIADBFAiAI7f1Pebg5eeax/HelITkoylstnCHpSSp+VmmESbuVGwIhAJk6ARe9
        hvbq36FxipQ/6UmXFOfbCebE5EJBTeEuDsO3
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtJLVINXDpLB23rLR
        kxIGIcnEZDEZzgccl+lPaN3/nj2hRANCAASn64WOcnCL0buu3lqZx+M+fiWRaFvx
        thcT7AAnov9BhqgO0pd3v6bfyj8IRJ0mTpFUDWYqr/guVXf9zNm1G0Ad
        -----END PRIVATE KEY-----
        """
}
#endif
