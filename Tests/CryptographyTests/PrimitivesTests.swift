import Bytes
import Cryptography
import Testing

@testable import CryptographyCompact

/// Known answers for each backend, and each against the other.
@Suite struct PrimitivesTests {
  static func hex(_ text: String) -> [UInt8] {
    Hex.decode(Array(text.utf8.filter { $0 != 32 && $0 != 10 }).span)!
  }

  static func random(_ count: Int, _ entropy: SeededEntropy) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: entropy.next() >> 32) }
  }

  // MARK: X25519

  @Test(arguments: Primitives.both)
  func `X25519 gives the answers of RFC 7748`(_ backend: Primitives) {
    let scalar = Self.hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
    let point = Self.hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    #expect(
      backend.x25519(scalar, point)
        == Self.hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"))
    let scalar2 = Self.hex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d")
    let point2 = Self.hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")
    #expect(
      backend.x25519(scalar2, point2)
        == Self.hex("95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"))
  }

  @Test(arguments: Primitives.both)
  func `two parties agree as in RFC 7748 section 6`(_ backend: Primitives) {
    let alice = Self.hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    let bob = Self.hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    let alicePublic = backend.x25519Base(alice)
    let bobPublic = backend.x25519Base(bob)
    #expect(
      alicePublic == Self.hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"))
    #expect(
      bobPublic == Self.hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"))
    let shared = Self.hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
    #expect(backend.x25519(alice, bobPublic) == shared)
    #expect(backend.x25519(bob, alicePublic) == shared)
  }

  @Test(arguments: Primitives.both)
  func `X25519 repeated 100 times ends where RFC 7748's loop does`(_ backend: Primitives) {
    var scalar = [UInt8](repeating: 0, count: 32)
    scalar[0] = 9
    var point = scalar
    for round in 1...100 {
      guard let next = backend.x25519(scalar, point) else {
        Issue.record("round \(round)")
        return
      }
      point = scalar
      scalar = next
      if round == 1 {
        #expect(
          scalar
            == Self.hex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"))
      }
    }
    #expect(scalar == Self.hex(Self.after100))
  }

  static let after100 = "b1a5a73158904c020866c13939dd7e1aa26852ee1d2609c92e5a8f1debe2150a"

  /// All u-coordinates of order 1, 2, 4, 8 on the curve and its twist, in each spelling.
  static let lowOrder = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]

  @Test(arguments: Primitives.both, lowOrder)
  func `a point of low order is refused`(_ backend: Primitives, _ point: String) {
    let entropy = SeededEntropy(seed: 4)
    var point = Self.hex(point)
    #expect(backend.x25519(Self.random(32, entropy), point) == nil)
    point[31] |= 0x80
    #expect(backend.x25519(Self.random(32, entropy), point) == nil)
  }

  @Test func `both backends multiply alike`() {
    let entropy = SeededEntropy(seed: 5)
    var point = Self.random(32, entropy)
    for round in 0..<1000 {
      let scalar = Self.random(32, entropy)
      // Now and then one near the modulus or the top of the range.
      if round % 8 == 0 { for i in 1..<31 { point[i] = 0xff } }
      let expected = Primitives.sodium.x25519(scalar, point)
      #expect(Primitives.compact.x25519(scalar, point) == expected)
      #expect(Primitives.compact.x25519Base(scalar) == Primitives.sodium.x25519Base(scalar))
      point = Self.random(32, entropy)
    }
  }

  @Test func `points that are no reduced numbers are taken alike`() {
    let entropy = SeededEntropy(seed: 6)
    for low in 0xe0...0xff {
      for high: UInt8 in [0x7f, 0xff] {
        var point = [UInt8](repeating: 0xff, count: 32)
        point[0] = UInt8(low)
        point[31] = high
        let scalar = Self.random(32, entropy)
        #expect(Primitives.compact.x25519(scalar, point) == Primitives.sodium.x25519(scalar, point))
      }
    }
  }

  @Test func `limbs of 32 bits multiply like limbs of 64`() {
    let entropy = SeededEntropy(seed: 7)
    for low in 0..<1000 {
      var point = Self.random(32, entropy)
      if low >= 968 {
        for i in 0..<32 { point[i] = 0xff }
        point[0] = UInt8(0xe0 + low - 968)
      }
      let scalar = Self.random(32, entropy)
      var result = [UInt8](repeating: 0, count: 32)
      var span = result.mutableSpan
      let ok = CompactBackend.multiply(
        scalar.span, point.span, into: &span, { X25519<UInt32>.multiply($0, $1, into: $2) })
      #expect((ok ? result : nil) == Primitives.sodium.x25519(scalar, point))
    }
  }

  @Test func `a walk from key to key finds pairs that libsodium makes, too`() {
    let entropy = SeededEntropy(seed: 12)
    for round in 0..<40 {
      let start = Self.random(32, entropy)
      for isWide in [true, false] {
        var secret = start
        var key = [UInt8](repeating: 0, count: 32)
        var tries = 0
        let ok = secret.withUnsafeMutableBufferPointer { secret in
          key.withUnsafeMutableBufferPointer { key in
            let isWanted: (UnsafePointer<UInt8>) -> Bool = { _ in
              tries += 1
              return tries > round
            }
            return isWide
              ? X25519<UInt64>.search(secret.baseAddress!, key.baseAddress!, 100, isWanted)
              : X25519<UInt32>.search(secret.baseAddress!, key.baseAddress!, 100, isWanted)
          }
        }
        #expect(ok && tries == round + 1)
        #expect(key == Primitives.sodium.x25519Base(secret))
      }
    }
    // No such scalar is above the highest.
    var secret = [UInt8](repeating: 0xff, count: 32)
    var key = secret
    var secretSpan = secret.mutableSpan
    var keySpan = key.mutableSpan
    #expect(!CompactBackend.searchKey(&secretSpan, &keySpan, count: 1) { _ in true })
  }

  // MARK: Secretbox

  static let boxKey = hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
  static let boxNonce = hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37")
  static let boxMessage = hex(
    """
    be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc
    e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31
    0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde
    048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705
    """)
  static let sealedBox = hex(
    """
    f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce
    48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972
    71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae
    90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3
    7973f622a43d14a6599b1f654cb45a74e355a5
    """)

  @Test(arguments: Primitives.both)
  func `a box is sealed and opened in place as NaCl does`(_ backend: Primitives) {
    #expect(backend.seal(Self.boxMessage, Self.boxNonce, Self.boxKey) == Self.sealedBox)
    let (opened, ok) = backend.open(Self.sealedBox, Self.boxNonce, Self.boxKey)
    #expect(ok)
    #expect(Array(opened.dropFirst(16)) == Self.boxMessage)
  }

  @Test(arguments: Primitives.both)
  func `HSalsa20 gives the answer of the NaCl paper`(_ backend: Primitives) {
    let shared = Self.hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
    #expect(backend.hsalsa20(shared, [UInt8](repeating: 0, count: 16)) == Self.boxKey)
  }

  @Test(arguments: Primitives.both)
  func `a box with a bit changed is left as it is`(_ backend: Primitives) {
    for bit in stride(from: 0, to: Self.sealedBox.count * 8, by: 3) {
      var sealed = Self.sealedBox
      sealed[bit / 8] ^= 1 << UInt8(bit % 8)
      let (after, ok) = backend.open(sealed, Self.boxNonce, Self.boxKey)
      #expect(!ok && after == sealed)
    }
  }

  @Test(arguments: Primitives.both)
  func `what is shorter than a tag is no box`(_ backend: Primitives) {
    for count in 0..<16 {
      let short = [UInt8](repeating: 7, count: count)
      let (after, ok) = backend.open(short, Self.boxNonce, Self.boxKey)
      #expect(!ok && after == short)
    }
  }

  @Test func `both backends seal and open boxes of every length alike`() {
    let entropy = SeededEntropy(seed: 8)
    for round in 0..<2400 {
      let count = round < 1500 ? round : Int(entropy.next() % 3500)
      let key = Self.random(32, entropy)
      let nonce = Self.random(24, entropy)
      let message = Self.random(count, entropy)
      let sealed = Primitives.compact.seal(message, nonce, key)
      #expect(sealed == Primitives.sodium.seal(message, nonce, key))
      let (opened, ok) = Primitives.compact.open(sealed, nonce, key)
      #expect(ok && opened.elementsEqual(sealed.prefix(16) + message))
    }
  }

  /// Messages that drive the sum of Poly1305 to the edges of its range.
  @Test func `the tag is right where its number wraps`() {
    let entropy = SeededEntropy(seed: 9)
    for round in 0..<2000 {
      var key = (0..<8).map { _ in UInt32(truncatingIfNeeded: entropy.next()) }
      if round % 2 == 0 { for i in 0..<4 { key[i] = i == 0 ? UInt32(round % 5) : 0 } }
      if round % 3 == 0 { for i in 4..<8 { key[i] = .max } }
      let count = Int(entropy.next() % 70)
      let message = (0..<count).map { _ in entropy.next() % 4 == 0 ? 0xfa : UInt8(0xff) }
      var tag = [UInt32](repeating: 0, count: 4)
      key.withUnsafeBufferPointer { key in
        message.withUnsafeBufferPointer { message in
          tag.withUnsafeMutableBufferPointer { tag in
            withUnsafePointer(to: 0 as UInt8) { nothing in
              Poly1305.authenticate(
                message.baseAddress ?? nothing, count, key: key.baseAddress!,
                into: tag.baseAddress!)
            }
          }
        }
      }
      #expect(tag == SlowPoly1305.tag(of: message, key: key))
    }
  }

  // MARK: Hashes, comparing, wiping

  @Test(arguments: Primitives.both)
  func `the hashes give the answers of FIPS 180`(_ backend: Primitives) {
    let abc = Array("abc".utf8)
    #expect(
      backend.sha256(abc, [])
        == Self.hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    #expect(
      backend.sha512(abc)
        == Self.hex(
          """
          ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
          2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
          """))
  }

  @Test func `both backends hash contents of every length alike`() {
    let entropy = SeededEntropy(seed: 10)
    for count in 0..<300 {
      let content = Self.random(count, entropy)
      let split = count == 0 ? 0 : Int(entropy.next() % UInt64(count))
      let first = Array(content[..<split])
      let second = Array(content[split...])
      let expected = Primitives.sodium.sha256(first, second)
      #expect(Primitives.compact.sha256(first, second) == expected)
      #expect(Primitives.compact.sha256(content, []) == expected)
      #expect(Primitives.compact.sha512(content) == Primitives.sodium.sha512(content))
    }
  }

  @Test(arguments: Primitives.both)
  func `bytes are equal if all of them are`(_ backend: Primitives) {
    let bytes = Self.random(32, SeededEntropy(seed: 11))
    #expect(backend.areEqual(bytes, bytes))
    #expect(backend.areEqual([], []))
    #expect(!backend.areEqual(bytes, Array(bytes.dropLast())))
    for bit in 0..<256 {
      var other = bytes
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(!backend.areEqual(bytes, other))
    }
  }

  @Test(arguments: Primitives.both)
  func `wiped bytes are zero`(_ backend: Primitives) {
    #expect(backend.wipe([1, 2, 3]) == [0, 0, 0])
    #expect(backend.wipe([]) == [])
  }
}
