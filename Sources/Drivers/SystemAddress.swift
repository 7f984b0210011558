import Bytes
import CSystem
import Wire

// Between the addresses of the core and those of CSystem.
extension cs_address {
  @inline(__always)
  init(_ address: LinkAddress) {
    self.init()
    family = address.family.rawValue
    port = address.port
    scope = address.scope
    withUnsafeMutableBytes(of: &bytes) {
      for i in 0..<16 { $0[i] = address.bytes[i] }
    }
  }

  @inline(__always)
  var linkAddress: LinkAddress {
    var copy = FixedBytes<16>()
    withUnsafeBytes(of: bytes) {
      for i in 0..<16 { copy[i] = $0[i] }
    }
    return LinkAddress(
      family: LinkAddress.Family(rawValue: family) ?? .none, bytes: copy, port: port, scope: scope)
  }
}
