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
    withUnsafeMutableBytes(of: &bytes) { bytes in
      withUnsafeBytes(of: address.bytes) { bytes.copyMemory(from: $0) }
    }
  }

  @inline(__always)
  var linkAddress: LinkAddress {
    var copy = FixedBytes<16>()
    withUnsafeMutableBytes(of: &copy) { copy in
      withUnsafeBytes(of: bytes) { copy.copyMemory(from: $0) }
    }
    return LinkAddress(
      family: LinkAddress.Family(rawValue: family) ?? .none, bytes: copy, port: port, scope: scope)
  }
}
