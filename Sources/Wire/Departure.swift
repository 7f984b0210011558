import Bytes

/// A frame and where it is to go.
public struct Departure: ~Copyable {
  /// Where a frame leaves the node.
  public enum Destination: Equatable, Sendable {
    /// To an address on the link with that number.
    case link(Int, LinkAddress)
    /// To the operating system; the frame is an IP packet.
    case tun
  }

  public let destination: Destination
  public var frame: FrameBuffer

  public init(_ frame: consuming FrameBuffer, to destination: Destination) {
    self.destination = destination
    self.frame = frame
  }
  /// The frame alone.
  public consuming func takeFrame() -> FrameBuffer { frame }
}
