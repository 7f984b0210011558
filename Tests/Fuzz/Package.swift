// swift-tools-version: 6.2
// A package of its own, for its flags (Tests/Fuzz/run gives them) must reach every source.
import PackageDescription

let settings: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "Fuzz",
  traits: [.trait(name: "Planted", description: "one bug in each target, which must be found")],
  dependencies: [.package(name: "cjdns-swift", path: "../..", traits: ["Sodium"])],
  targets: [
    .target(name: "CFuzz"),
    .executableTarget(
      name: "Fuzz", dependencies: ["CFuzz", .product(name: "Core", package: "cjdns-swift")],
      swiftSettings: settings + [.define("PLANTED", .when(traits: ["Planted"]))]),
  ],
  swiftLanguageModes: [.v6]
)
