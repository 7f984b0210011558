import Bytes
import Wire

/// A link that the interface knows.
final class AdminLink {
  let number: Int
  /// The address that its socket is bound to; of Ethernet no more than the family.
  let bound: LinkAddress
  /// Of its device (Ethernet).
  let device: [UInt8]
  /// What it was opened as; empty if nobody said.
  var settings: [UInt8]

  init(number: Int, bound: LinkAddress, device: [UInt8], settings: [UInt8]) {
    self.number = number
    self.bound = bound
    self.device = device
    self.settings = settings
  }
}
