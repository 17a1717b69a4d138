// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let warningsAreErrors = Context.environment["RLS_WARNINGS_AS_ERRORS"] == "1"

/// The settings of every target: STYLE.md of the Swift server ecosystem, spelled out.
let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InferIsolatedConformances"),
    ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])

let package = Package(
    name: "swift-resource-list-server",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SIPMessage", targets: ["SIPMessage"]),
        .library(name: "RLSCore", targets: ["RLSCore"]),
        .library(name: "ResourceListServer", targets: ["ResourceListServer"]),
        .library(name: "XCAPDocuments", targets: ["XCAPDocuments"]),
        .library(name: "XCAPResolvers", targets: ["XCAPResolvers"]),
        .library(name: "RLSPostgres", targets: ["RLSPostgres"]),
        .library(name: "RLSSQLite", targets: ["RLSSQLite"]),
        .library(name: "RLSTestKit", targets: ["RLSTestKit"]),
    ],
    traits: [
        .default(enabledTraits: ["HTTP", "PostgreSQL", "SQLite"]),
        .trait(name: "HTTP", description: "Lists from an XCAP server over HTTP (async-http-client)"),
        .trait(name: "PostgreSQL", description: "Store and OpenXCAP lists on PostgreSQL (libpq)"),
        .trait(name: "SQLite", description: "Store in a file (GRDB)"),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.29.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.24.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.0.0"..<"5.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
    ],
    targets: [
        .target(name: "SIPMessage", swiftSettings: settings),
        .target(name: "RLSCore", dependencies: ["SIPMessage"], swiftSettings: settings),
        .target(
            name: "ResourceListServer",
            dependencies: ["SIPMessage", "RLSCore", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .systemLibrary(
            name: "CLibXML2",
            pkgConfig: "libxml-2.0",
            providers: [.apt(["libxml2-dev"]), .brew(["libxml2"]), .yum(["libxml2-devel"])]
        ),
        .systemLibrary(
            name: "CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"]), .yum(["libpq-devel"])]
        ),
        .target(
            name: "XCAPDocuments",
            dependencies: ["SIPMessage", "RLSCore", "ResourceListServer", "CLibXML2"],
            swiftSettings: settings
        ),
        .target(
            name: "XCAPResolvers",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer", "XCAPDocuments",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["HTTP"])),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RLSPostgres",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer", "XCAPDocuments",
                .product(name: "Logging", package: "swift-log"),
                .target(name: "CLibPQ", condition: .when(traits: ["PostgreSQL"])),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RLSSQLite",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RLSTestKit",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "SIPMessageTests", dependencies: ["SIPMessage"], swiftSettings: settings),
        .testTarget(name: "RLSCoreTests", dependencies: ["SIPMessage", "RLSCore"], swiftSettings: settings),
        .testTarget(
            name: "ResourceListServerTests",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer", "RLSTestKit",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RLSTestKitTests",
            dependencies: ["SIPMessage", "RLSCore", "ResourceListServer", "RLSTestKit"],
            swiftSettings: settings
        ),
        .target(
            name: "Simulation",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer", "RLSTestKit",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Simulation",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "rls-soak",
            dependencies: ["Simulation"],
            path: "Tests/Soak",
            swiftSettings: settings
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Simulation"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "XCAPDocumentsTests",
            dependencies: ["SIPMessage", "RLSCore", "ResourceListServer", "XCAPDocuments"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "XCAPResolversTests",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer", "XCAPDocuments", "XCAPResolvers",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: .when(traits: ["HTTP"])),
                .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["HTTP"])),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "StoreScenes",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer", "RLSTestKit",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/StoreScenes",
            swiftSettings: settings
        ),
        .testTarget(
            name: "RLSPostgresTests",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer", "RLSPostgres", "RLSTestKit", "StoreScenes",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RLSSQLiteTests",
            dependencies: [
                "SIPMessage", "RLSCore", "ResourceListServer", "RLSSQLite", "RLSTestKit", "StoreScenes",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
            ],
            swiftSettings: settings
        ),
    ]
)
