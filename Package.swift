// swift-tools-version: 6.2
// The house, from the cellar up: a target may import what it names and what that stands on,
// nothing else (Tests/tidy checks it). docs/architecture.md tells what each one is for.
import PackageDescription

let settings: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // As flags: as a "feature" SwiftPM would hand it to the host's linker too, traits or not.
  .unsafeFlags(["-enable-experimental-feature", "Embedded"], .when(traits: ["Appliance"])),
  // One thread; the tests run with the checks.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(traits: ["Appliance"])),
  .define("APPLIANCE", .when(traits: ["Appliance"])),
  .define("SODIUM", .when(traits: ["Sodium"])),
  .define("NULL", .when(traits: ["Null"])),
  // Simulations are large, and of one thread.
  .unsafeFlags(
    [
      "-enforce-exclusivity=unchecked", "-cross-module-optimization", "-Xfrontend",
      "-assume-single-threaded",
    ], .when(traits: ["Null"])),
]

/// What the appliance build optimises a target for. Most of what is done for each packet is in the
/// fast ones; what is done for each packet elsewhere says `@_optimize(speed)` itself, and texts in
/// fast ones `@_optimize(size)`.
enum Goal {
  case speed, size

  var settings: [SwiftSetting] {
    switch self {
    case .speed: []
    case .size:
      [
        .unsafeFlags(
          ["-Osize", "-Xllvm", "-sil-inline-overall-caller-block-limit=10"],
          .when(traits: ["Appliance"]))
      ]
    }
  }
}

/// A target that ships: compiled for the host and, as Embedded Swift, for every router.
func shipped(_ name: String, _ dependencies: [Target.Dependency], for goal: Goal = .speed) -> Target
{
  .target(name: name, dependencies: dependencies, swiftSettings: settings + goal.settings)
}

func checked(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name + "Tests", dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
  name: "cjdns-swift",
  products: [
    .executable(name: "cjdroute", targets: ["cjdroute"]),
    .executable(name: "selftest", targets: ["selftest"]),
    .executable(name: "cryptobench", targets: ["cryptobench"]),
    .executable(name: "packetbench", targets: ["packetbench"]),
    .executable(name: "simulate", targets: ["simulate"]),
    // What Tests/Fuzz, a package of its own, feeds with hostile bytes.
    .library(name: "Core", targets: ["Admin", "Node", "Settings"]),
  ],
  traits: [
    .trait(name: "Appliance", description: "Embedded Swift: what is shipped"),
    .trait(name: "Sodium", description: "cryptography by libsodium"),
    .trait(name: "Compact", description: "cryptography in Swift, without a library"),
    .trait(name: "Null", description: "no cryptography: for large simulations, never for a node"),
    .default(enabledTraits: ["Sodium", "Compact"]),
  ],
  targets: [
    // The core: pure, no system calls, time and randomness come in as arguments.
    shipped("Bytes", []),
    .target(
      name: "CryptographyCompact", dependencies: ["Bytes"],
      // Arithmetic without the optimiser takes all the time that the tests have; it is generic over
      // the machine's word, which the optimiser has to see through.
      swiftSettings: settings + [
        .unsafeFlags(
          ["-O", "-whole-module-optimization", "-num-threads", "1", "-disable-batch-mode"],
          .when(configuration: .debug))
      ]),
    shipped(
      "CryptographySodium",
      ["Bytes", .target(name: "CSodium", condition: .when(traits: ["Sodium"]))]),
    .target(name: "CryptographyNull", dependencies: ["Bytes"], swiftSettings: settings),
    shipped(
      "Cryptography",
      [
        "Bytes",
        .target(name: "CryptographySodium", condition: .when(traits: ["Sodium"])),
        .target(name: "CryptographyCompact", condition: .when(traits: ["Compact"])),
        .target(name: "CryptographyNull", condition: .when(traits: ["Null"])),
      ]),
    shipped("Wire", ["Bytes"], for: .size),
    shipped("Switching", ["Wire"], for: .size),
    shipped("Sessions", ["Wire", "Cryptography"], for: .size),
    shipped("Peering", ["Sessions", "Switching"], for: .size),
    shipped("Routing", ["Wire", "Switching", "Cryptography"], for: .size),
    shipped("Node", ["Peering", "Routing"], for: .size),
    shipped("Settings", ["Bytes", "Cryptography", "Wire"], for: .size),
    shipped("Admin", ["Node", "Wire", "Cryptography"], for: .size),

    // The world: sockets, devices, privileges.
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CNetlink", pkgConfig: "libnl-3.0", providers: [.apt(["libnl-3-dev"])]),
    .target(
      name: "CSystem", dependencies: ["CNetlink"],
      cSettings: [.unsafeFlags(["-Wall", "-Wextra"])]),
    shipped("Drivers", ["Node", "CSystem"], for: .size),
    .executableTarget(
      name: "cjdroute", dependencies: ["Drivers", "Admin", "Settings", "Node"],
      swiftSettings: settings + Goal.size.settings),

    // What proves it. Checks and selftest are compiled for routers too.
    shipped("Checks", ["Node", "Settings", "Admin", "CSystem"], for: .size),
    .executableTarget(
      name: "selftest", dependencies: ["Checks", "CSystem"], swiftSettings: settings),
    // What Tests/Bench runs on routers.
    .executableTarget(
      name: "cryptobench", dependencies: ["Cryptography", "CSystem"],
      path: "Tests/Bench/CryptoBench", swiftSettings: settings),
    .executableTarget(
      name: "packetbench", dependencies: ["Drivers"], path: "Tests/Bench/PacketBench",
      swiftSettings: settings + Goal.size.settings),
    .target(name: "Simulation", dependencies: ["Node"], swiftSettings: settings),
    .executableTarget(name: "simulate", dependencies: ["Simulation"], swiftSettings: settings),

    checked("Bytes", ["Bytes"]),
    checked("Cryptography", ["Cryptography", "CryptographySodium", "CryptographyCompact"]),
    checked("Wire", ["Wire"]),
    checked("Switching", ["Switching"]),
    checked("Sessions", ["Sessions"]),
    checked("Peering", ["Peering"]),
    checked("Routing", ["Routing"]),
    checked("Node", ["Node", "Simulation"]),
    checked("Simulation", ["Simulation", "Checks"]),
    checked("Settings", ["Settings"]),
    checked("Admin", ["Admin"]),
    checked("Drivers", ["Drivers", "CSystem"]),
    checked("Checks", ["Checks"]),
  ],
  swiftLanguageModes: [.v6]
)
