import Bytes
import Cryptography
import Wire

// HELLO and KEY (crypto.md 3.2 to 3.4, 3.7, 3.8).
extension CryptoAuth {
  private typealias Field = HandshakeHeader.Field

  // MARK: Sending

  @inline(never)
  func sealHandshake(_ frame: inout FrameBuffer, entropy: Entropy) {
    let kind = nextCounter
    var random = FixedBytes<36>()
    var bytes = random.mutableSpan
    entropy.fillPublic(&bytes)
    if kind == 0 || kind == 2 { makeTemporaryKey(entropy: entropy) }
    if kind < 2 {
      isInitiator = true
      nextCounter = 1
    } else {
      nextCounter = 3
    }
    frame.push(PublicKey.byteCount)
    bytes = frame.mutableSpan
    bytes.store(temporaryPublic.bytes.span, at: 0)
    frame.push(Field.authenticator.count)
    bytes = frame.mutableSpan
    Backend.secretboxSeal(
      &bytes, nonce: random.span.extracting(12..<36), key: handshakeSecret.span)
    frame.push(Field.boxStart)
    bytes = frame.mutableSpan
    bytes.store(kind, bigEndianAt: Field.kind.lowerBound)
    storeChallenge(random.span, into: &bytes)
    bytes.store(random.span.extracting(12..<36), at: Field.nonce.lowerBound)
    bytes.store(identity.publicKey.bytes.span, at: Field.permanentKey.lowerBound)
  }

  /// Without a password: type 0, noise where nobody looks, and two zeros.
  private func storeChallenge(_ random: Span<UInt8>, into header: inout MutableSpan<UInt8>) {
    let start = Field.challenge.lowerBound
    if let credentials {
      header.store(credentials.challenge.span, at: start)
      return
    }
    header.store(random.extracting(0..<10), at: start)
    header[start] = 0
    header[start + 10] = 0
    header[start + 11] = 0
  }

  /// A new key pair, and the secrets that follow from it.
  private func makeTemporaryKey(entropy: Entropy) {
    temporaryPrivate = SecretBytes(from: entropy)
    temporaryPublic = KeyAgreement.publicKey(of: temporaryPrivate)
    if nextCounter == 0 {
      let isGood = Self.agree(
        identity.privateKey, peer, credentials?.password, into: &handshakeSecret)
      // Nobody has the private half of a key of low order: what is said to it may be unreadable.
      if !isGood { handshakeSecret = SecretBytes(from: entropy) }
    } else {
      // It was seen when the HELLO came that the peer's key is good for this.
      _ = KeyAgreement.passwordless(
        secret: temporaryPrivate, peer: peerTemporary, into: &runSecret)
      temporaryPrivate.wipe()
    }
  }

  private static func agree(
    _ secret: borrowing SecretBytes<32>, _ key: PublicKey, _ password: PasswordHash?,
    into result: inout SecretBytes<32>
  ) -> Bool {
    guard let password else {
      return KeyAgreement.passwordless(secret: secret, peer: key, into: &result)
    }
    return agree(secret, key, password.bytes, into: &result)
  }

  private static func agree(
    _ secret: borrowing SecretBytes<32>, _ key: PublicKey, _ hash: borrowing SecretBytes<32>,
    into result: inout SecretBytes<32>
  ) -> Bool {
    KeyAgreement.withPassword(
      secret: secret, peer: key, passwordHash: hash.span, into: &result)
  }

  // MARK: Receiving

  /// Opens a handshake packet. All that is cheap is checked before the first X25519.
  func openHandshake(
    _ frame: inout FrameBuffer, kind: PacketKind, users: borrowing UserTable, at now: Instant
  ) throws(SessionError) -> Session.Content {
    if isEstablished, !kind.isHello { throw .keyPacketEstablished }
    guard frame.count >= HandshakeHeader.byteCount else { throw .runt }
    guard frame.span.extracting(Field.permanentKey).isEqual(to: peer.bytes.span) else {
      throw .wrongPermanentKey
    }
    let user = users.find(frame.span)
    if let user {
      if let address = user.address, address != peer.address { throw .addressRestricted }
    } else {
      if requiresAuthentication { throw .authRequired }
      if frame.span[Field.challenge.lowerBound] != 0 { throw .unrecognizedAuth }
    }
    if !kind.isHello, !isInitiator { throw .strayKey }
    // Of the box, then of what follows from it.
    var secret = SecretBytes<32>()
    guard openBox(&frame, isHello: kind.isHello, user: user, &secret) else {
      throw .handshakeDecryptFailed
    }
    let key = PublicKey(copying: frame.span.extracting(Field.temporaryKey))
    if key.isZero { throw .wiseguy }
    let content =
      kind.isHello
      ? try acceptHello(key, isRepeat: kind == .repeatHello, at: now, &secret)
      : try acceptKey(key, isRepeat: kind == .repeatKey, at: now, &secret)
    if content != .crossedHello {
      pastStatistics = statistics
      window = ReplayWindow()
      self.user = user
    }
    frame.pull(HandshakeHeader.byteCount)
    return content
  }

  private func openBox(
    _ frame: inout FrameBuffer, isHello: Bool, user: User?, _ secret: inout SecretBytes<32>
  ) -> Bool {
    let isGood =
      isHello
      ? Self.agree(identity.privateKey, peer, user?.password, into: &secret)
      : Self.agree(temporaryPrivate, peer, user?.password, into: &secret)
    guard isGood else { return false }
    let nonce = FixedBytes<24>(copying: frame.span.extracting(Field.nonce))
    frame.pull(Field.boxStart)
    defer { frame.push(Field.boxStart) }
    var box = frame.mutableSpan
    return Self.open(&box, nonce: nonce, key: secret)
  }

  private func acceptHello(
    _ key: PublicKey, isRepeat: Bool, at now: Instant, _ secret: inout SecretBytes<32>
  ) throws(SessionError) -> Session.Content {
    if key == peerTemporary {
      guard isRepeat, nextCounter == 2 || nextCounter == 3 else { throw .invalidPacket }
      helloAt = now
      return .hello
    }
    if let spentKeys, spentKeys.contains(key) { throw .invalidPacket }
    // When HELLOs cross, the side with the lower permanent key is the one that is answered.
    if nextCounter == 1, identity.publicKey < peer { return .crossedHello }
    guard Self.agree(identity.privateKey, key, credentials?.password, into: &secret) else {
      throw .wiseguy
    }
    reset()
    handshakeSecret.copy(from: secret)
    peerTemporary = key
    nextCounter = 2
    helloAt = now
    return .hello
  }

  private func acceptKey(
    _ key: PublicKey, isRepeat: Bool, at now: Instant, _ secret: inout SecretBytes<32>
  ) throws(SessionError) -> Session.Content {
    let isKnown = key == peerTemporary
    if nextCounter >= 4 {
      if isKnown != isRepeat { throw .invalidPacket }
    } else if nextCounter != 1 {
      throw .strayKey
    }
    if !isKnown {
      guard KeyAgreement.passwordless(secret: temporaryPrivate, peer: key, into: &secret) else {
        throw .wiseguy
      }
      runSecret.copy(from: secret)
      peerTemporary = key
    }
    if nextCounter <= 4 {
      nextCounter = 4
    } else if nextCounter < Self.counterLimit {
      nextCounter += 1
    }
    // Only the peer can have made it, and only now: else a slow answer would be timed out at once.
    lastPacket = now
    return .key
  }
}

extension Span<UInt8> {
  /// In a time that depends on the lengths alone.
  func isEqual(to other: Span<UInt8>) -> Bool { Backend.areEqual(self, other) }
}
