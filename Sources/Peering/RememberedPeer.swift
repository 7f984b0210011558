import Cryptography
import Wire

/// A peer that came in and is established: worth a try after a restart, before it notices.
public final class RememberedPeer: Equatable, Sendable {
  public let link: Int
  public let address: LinkAddress
  public let key: PublicKey

  public init(link: Int, address: LinkAddress, key: PublicKey) {
    self.link = link
    self.address = address
    self.key = key
  }

  public static func == (a: RememberedPeer, b: RememberedPeer) -> Bool {
    a.link == b.link && a.address == b.address && a.key == b.key
  }
}
