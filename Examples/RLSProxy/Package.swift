// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let warningsAreErrors = Context.environment["RLS_WARNINGS_AS_ERRORS"] == "1"

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InferIsolatedConformances"),
    ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])

// A path dependency takes its identity from the folder's name, which differs in every clone: hence `name:`.
let library = "swift-resource-list-server"

let package = Package(
    name: "rls-proxy",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "rls-proxy", targets: ["rls-proxy"]),
        .executable(name: "rls-demo", targets: ["rls-demo"]),
    ],
    dependencies: [
        // With every way to lists and to storage. A proxy that needs fewer names its traits here.
        .package(name: library, path: "../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        .target(
            name: "RLSProxy",
            dependencies: [
                .product(name: "SIPMessage", package: library),
                .product(name: "RLSCore", package: library),
                .product(name: "ResourceListServer", package: library),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "rls-proxy",
            dependencies: [
                "RLSProxy",
                .product(name: "SIPMessage", package: library),
                .product(name: "RLSCore", package: library),
                .product(name: "ResourceListServer", package: library),
                .product(name: "XCAPDocuments", package: library),
                .product(name: "XCAPResolvers", package: library),
                .product(name: "RLSPostgres", package: library),
                .product(name: "RLSSQLite", package: library),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        // A small SIP user agent, for the demo and the tests.
        .target(
            name: "SIPPhone",
            dependencies: [
                .product(name: "SIPMessage", package: library),
                .product(name: "RLSCore", package: library),
                .product(name: "RLSTestKit", package: library),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "rls-demo",
            dependencies: [
                "SIPPhone",
                .product(name: "SIPMessage", package: library),
                .product(name: "RLSTestKit", package: library),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RLSProxyTests",
            dependencies: [
                "RLSProxy", "SIPPhone",
                .product(name: "SIPMessage", package: library),
                .product(name: "RLSCore", package: library),
                .product(name: "ResourceListServer", package: library),
                .product(name: "RLSTestKit", package: library),
                .product(name: "XCAPDocuments", package: library),
                .product(name: "XCAPResolvers", package: library),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "rls-proxy", "RLSProxy",
                .product(name: "RLSCore", package: library),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "InteropTests",
            dependencies: [
                "RLSProxy", "SIPPhone", "rls-proxy",
                .product(name: "SIPMessage", package: library),
                .product(name: "RLSCore", package: library),
                .product(name: "ResourceListServer", package: library),
                .product(name: "RLSTestKit", package: library),
                .product(name: "XCAPResolvers", package: library),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Lists"],
            swiftSettings: settings
        ),
    ]
)
