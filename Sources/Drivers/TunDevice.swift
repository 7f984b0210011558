import Bytes
import CSystem
import Wire

/// The network device through which the operating system's packets come and go, bare (IFF_NO_PI).
public final class TunDevice {
  /// Bytes of a device name and its end.
  private static var nameByteCount: Int { 16 }

  public let descriptor: Int32
  /// Its name, as chosen by the system if none was wanted.
  public let name: [UInt8]
  /// Packets that the device did not take.
  public private(set) var lostCount: UInt64 = 0

  /// Where opening failed: the message to give is another one for each.
  public enum Failure: Error, Equatable, Sendable {
    /// The name has more than 15 bytes or none that may be in it.
    case name
    /// /dev/net/tun cannot be opened.
    case driver(SystemError)
    /// The device of that name cannot be made or taken over.
    case device(SystemError)
  }

  /// Opens the device `name`, which may exist and belong to this user; empty: the system chooses.
  public init(name wanted: [UInt8]) throws(Failure) {
    guard wanted.count < Self.nameByteCount, !wanted.contains(0), !wanted.contains(47),
      !wanted.contains(37)
    else { throw .name }
    let opened = cs_tun_open()
    guard opened >= 0 else { throw .driver(SystemError(opened)) }
    var name = wanted
    while name.count < Self.nameByteCount { name.append(0) }
    let attached = name.withUnsafeMutableBufferPointer { cs_tun_attach(opened, $0.baseAddress) }
    guard attached >= 0 else {
      cs_close(opened)
      throw .device(SystemError(attached))
    }
    descriptor = opened
    while name.last == 0 { name.removeLast() }
    self.name = name
  }

  deinit { cs_close(descriptor) }

  /// What a read came to.
  enum Reading: ~Copyable {
    case packet(FrameBuffer)
    /// No packet now, or no frame for it.
    case none
    /// The device has been deleted.
    case gone
  }

  /// The next packet, in a frame of `pool`.
  func receive(pool: FramePool) -> Reading {
    guard var frame = pool.take() else { return .none }
    let count = cs_tun_read(descriptor, frame.rawStart, frame.tailroom)
    guard count > 0 else { return Int(count) == CS_AGAIN ? .none : .gone }
    frame.resize(to: Int(count))
    return .packet(frame)
  }

  func send(_ packet: consuming FrameBuffer) {
    if cs_tun_write(descriptor, packet.rawStart, packet.count) < 0 { lostCount += 1 }
  }
}
