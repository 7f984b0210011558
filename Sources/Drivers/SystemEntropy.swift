import Bytes
import CSystem
import Cryptography

/// The kernel's randomness. What others will see comes from a buffer, so that a nonce costs no
/// system call; what is to stay secret comes straight from the kernel and is kept nowhere.
public final class SystemEntropy: Entropy {
  private static var bufferByteCount: Int { 512 }

  private let buffer: UnsafeMutablePointer<UInt8>
  private var used: Int

  public override init() {
    buffer = .allocate(capacity: Self.bufferByteCount)
    used = Self.bufferByteCount
  }

  deinit { buffer.deallocate() }

  public override func fillSecret(_ bytes: inout MutableSpan<UInt8>) {
    guard bytes.count > 0 else { return }
    bytes.withUnsafeMutableBufferPointer { cs_random($0.baseAddress, $0.count) }
  }

  public override func fillPublic(_ bytes: inout MutableSpan<UInt8>) {
    guard bytes.count <= Self.bufferByteCount / 4 else { return fillSecret(&bytes) }
    if used + bytes.count > Self.bufferByteCount {
      cs_random(buffer, Self.bufferByteCount)
      used = 0
    }
    for i in 0..<bytes.count {
      bytes[i] = buffer[used + i]
      buffer[used + i] = 0
    }
    used += bytes.count
  }
}
