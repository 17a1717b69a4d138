// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let library = "swift-resource-list-server"

/// A package of its own, so that users of the library never build it; without traits, so that neither an HTTP client
/// nor a database driver is built for it.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: library, path: "../..", traits: [])
    ],
    targets: [
        .target(name: "CMeasuring"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CMeasuring",
                .product(name: "SIPMessage", package: library),
                .product(name: "RLSCore", package: library),
                .product(name: "ResourceListServer", package: library),
                .product(name: "XCAPDocuments", package: library),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]
        ),
    ]
)
