// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let library = "swift-resource-list-server"

/// A package of its own, so that users of the library never build it, and so that the other benchmarks need no database.
let package = Package(
    name: "store-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: library, path: "../..", traits: ["PostgreSQL", "SQLite"]),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        // For COPY, which the store does not use.
        .systemLibrary(name: "CCopyPQ", pkgConfig: "libpq"),
        .executableTarget(
            name: "StoreBenchmarks",
            dependencies: [
                "CCopyPQ",
                .product(name: "SIPMessage", package: library),
                .product(name: "RLSCore", package: library),
                .product(name: "ResourceListServer", package: library),
                .product(name: "RLSPostgres", package: library),
                .product(name: "RLSSQLite", package: library),
                .product(name: "RLSTestKit", package: library),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]
        ),
    ]
)
