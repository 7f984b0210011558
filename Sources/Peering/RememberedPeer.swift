import Cryptography
import Wire

/// A peer that came in and is established: worth a try after a restart, before it notices.
public struct RememberedPeer: Equatable, Sendable {
  public var link: Int
  public var address: LinkAddress
  public var key: PublicKey

  public init(link: Int, address: LinkAddress, key: PublicKey) {
    self.link = link
    self.address = address
    self.key = key
  }
}
