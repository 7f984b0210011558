import Bytes
import Cryptography

/// What this executable is.
enum Machine {
  static var programVersion: StaticString { "cjdns-swift-0.1.0" }

  /// The kind of machine and system that it was compiled for.
  static var name: StaticString {
    #if arch(x86_64)
      "x86_64 linux"
    #elseif arch(i386)
      "x86 linux"
    #elseif arch(arm64)
      "aarch64 linux"
    #elseif arch(riscv64)
      "riscv64 linux"
    #elseif arch(powerpc64)
      "powerpc64 linux"
    #elseif arch(powerpc64le)
      "powerpc64le linux"
    #else
      "linux"
    #endif
  }

  /// The name of the cryptographic library that was linked.
  static var backend: [UInt8] {
    var text = ByteWriter()
    Backend.appendName(to: &text)
    return text.bytes
  }
}
