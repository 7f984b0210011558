import Bytes
import Cryptography
import Settings
import Wire

/// Configurations: how they are read, which ones a node starts with, and new ones.
enum SettingsVectors {
  /// conf-parse.json: texts and what a reader should make of them (`expect`).
  static func syntax(_ json: JSON, _ report: inout Report) {
    let cases = json["cases"].items
    for entry in cases {
      let expected = entry["expect"]
      let input = entry["input"].text ?? []
      let ok: Bool
      do throws(ConfigurationError) {
        let document = try ConfigurationDocument(input.span)
        ok =
          expected["ok"].bool == true
          && expected["mode"].isText(document.isStrict ? "strict" : "relaxed")
          && isSame(document.root, expected["tree"])
      } catch {
        ok = expected["ok"].bool == false && error.line >= 1 && !error.message.isEmpty
      }
      report.expect(ok, entry["name"].text ?? [])
    }
    report.finish(casesInFile: cases.count)
  }

  /// conf-startup-v20.7.json: whether a node starts with a configuration, and whether the message
  /// names the key that made the difference to the first configuration of the file.
  ///
  /// What only the system can refuse (an address, a user) is read as it stands; the check is then
  /// that it arrives where the driver will use it.
  static func startup(_ json: JSON, _ report: inout Report) {
    let cases = json["cases"].items
    for entry in cases {
      var text = ByteWriter()
      append(entry["config"], to: &text)
      let changed = change(from: cases[0]["config"], to: entry["config"])
      let starts = entry["exit_status"].int == 0
      var notes: [ConfigurationNote] = []
      let oursStarts: Bool
      var namesKey = true
      var ok: Bool
      do throws(ConfigurationError) {
        let configuration = try Configuration.read(text.bytes.span, notes: &notes)
        oursStarts = true
        let isLeftToSystem = carries(configuration, changed.value)
        ok = starts || isLeftToSystem
        if starts, !entry["notable_lines"].items.isEmpty, !isLeftToSystem {
          ok = notes.contains { isAbout($0, changed.path) }
        }
      } catch {
        oursStarts = false
        namesKey = isAbout(error, changed.path) || isNamed(error, entry["notable_lines"])
        ok = !starts && namesKey
      }
      report.expect(ok, entry["name"].text ?? []) {
        $0["starts"].bool == oursStarts && namesKey
      }
    }
    report.finish(casesInFile: cases.count)
  }

  /// conf-genconf-seed.json: the keys belong together. The recorded ones, and those that we make
  /// of the same seed, which are others.
  static func seeds(_ json: JSON, _ report: inout Report) {
    let cases = json["cases"].items
    for entry in cases {
      let key = PublicText(entry["privateKey"].text ?? [])
      var ok =
        key.publicKey == entry["publicKey"].text && key.address == entry["ipv6"].text
        && (entry["port"].int ?? 0) > 1024
      let passwords = entry["spare_passwords"].items + [entry["default_password"]]
      for password in passwords { ok = ok && isPassword(password.text ?? []) }
      let seed = entry["seed_hex"].hex ?? []
      ok = ok && seed.count == SeedEntropy.seedByteCount && isSound(seed)
      report.expect(ok, entry["name"].text ?? [])
    }
    report.finish(casesInFile: cases.count)
  }

  /// The public key and the address of a private key, as text.
  private struct PublicText {
    var publicKey: [UInt8] = []
    var address: [UInt8] = []

    init(_ privateKey: [UInt8]) {
      guard let bytes = Hex.decode(privateKey.span), bytes.count == 32 else { return }
      do throws(KeyError) {
        let identity = try Identity(privateKey: SecretBytes(copying: bytes.span))
        var text = ByteWriter()
        identity.publicKey.appendText(to: &text)
        publicKey = text.bytes
        text = ByteWriter()
        identity.publicKey.address.appendText(to: &text)
        address = text.bytes
      } catch { return }
    }
  }

  /// True if what we generate from `seed` is the same each time, and right in itself.
  private static func isSound(_ seed: [UInt8]) -> Bool {
    let text = ConfigurationGenerator.generate(ethernet: false, seed: seed.span)
    guard text == ConfigurationGenerator.generate(ethernet: false, seed: seed.span) else {
      return false
    }
    var notes: [ConfigurationNote] = []
    do throws(ConfigurationError) {
      let document = try ConfigurationDocument(text.span)
      let configuration = try Configuration.read(text.span, notes: &notes)
      guard document.isStrict, notes.isEmpty, case .dict(let entries) = document.root.content,
        entries.count > 3, case .text(let privateKey) = entries[0].value.content,
        case .text(let publicKey) = entries[1].value.content,
        case .text(let address) = entries[2].value.content
      else { return false }
      let key = PublicText(privateKey)
      return key.publicKey == publicKey && key.address == address
        && configuration.users.allSatisfy { isPassword($0.password) }
        && configuration.udp.allSatisfy { $0.bind.port > 1024 }
    } catch {
      return false
    }
  }

  private static func isPassword(_ text: [UInt8]) -> Bool {
    text.count == 31 && Base32.decode(text.span.extracting(0..<24)) != nil
  }

  private static func isSame(_ value: ConfigurationValue, _ expected: JSON) -> Bool {
    switch value.content {
    case .text(let bytes): return bytes == expected["str"].text
    case .integer(let number): return number == expected["int"].int
    case .list(let values):
      let items = expected["list"].items
      guard !expected["list"].isNull, values.count == items.count else { return false }
      return values.indices.allSatisfy { isSame(values[$0], items[$0]) }
    case .dict(let entries):
      let items = expected["dict"].items
      guard !expected["dict"].isNull, entries.count == items.count else { return false }
      return entries.indices.allSatisfy {
        entries[$0].key == items[$0][0].text && isSame(entries[$0].value, items[$0][1])
      }
    }
  }

  /// Writes `json` as a configuration, one member on a line.
  private static func append(_ json: JSON, to text: inout ByteWriter) {
    switch json {
    case .text(let bytes):
      text.append("\"")
      text.append(bytes)
      text.append("\"")
    case .list(let items):
      text.append("[")
      for (index, item) in items.enumerated() {
        text.append(index > 0 ? ",\n" : "\n")
        append(item, to: &text)
      }
      text.append("]")
    case .object(let members):
      text.append("{")
      for (index, member) in members.enumerated() {
        text.append(index > 0 ? ",\n\"" : "\n\"")
        text.append(member.key)
        text.append("\": ")
        append(member.value, to: &text)
      }
      text.append("}")
    default: text.append(decimal: json.int ?? 0)
    }
  }

  /// The name of the innermost key under which two configurations differ, and the value there.
  private static func change(from base: JSON, to other: JSON) -> (path: [UInt8], value: JSON) {
    var path = ByteWriter()
    var base = base
    var other = other
    while true {
      if case .object(let members) = other {
        var keys: [[UInt8]] = []
        for member in members where !isEqual(member.value, value(of: member.key, in: base)) {
          keys.append(member.key)
        }
        for member in base.members where value(of: member.key, in: other).isNull {
          keys.append(member.key)
        }
        guard keys.count == 1, !base.members.isEmpty else { break }
        path.append(path.count > 0 ? "." : "")
        path.append(keys[0])
        base = value(of: keys[0], in: base)
        other = value(of: keys[0], in: other)
      } else if case .list(let items) = other, items.count == base.items.count {
        let differing = items.indices.filter { !isEqual(items[$0], base[$0]) }
        guard differing.count == 1 else { break }
        path.append("[")
        path.append(decimal: UInt64(differing[0]))
        path.append("]")
        base = base[differing[0]]
        other = other[differing[0]]
      } else {
        break
      }
    }
    return (path.bytes, other)
  }

  /// True if the remark's key is the changed one, lies in it, or holds it.
  private static func isAbout(_ remark: ConfigurationRemark, _ path: [UInt8]) -> Bool {
    !remark.key.isEmpty && (remark.key.starts(with: path) || path.starts(with: remark.key))
  }

  /// True if the recorded messages name the same key: one that the change made necessary.
  private static func isNamed(_ remark: ConfigurationRemark, _ lines: JSON) -> Bool {
    guard let dot = remark.key.lastIndex(of: UInt8(ascii: ".")) else { return false }
    let key = remark.key[(dot + 1)...]
    return lines.items.contains { line in
      let text = line.text ?? []
      return text.indices.contains { text[$0...].starts(with: key) }
    }
  }

  /// True if a text of `changed` is an address to bind, a device, the user or the directory.
  private static func carries(_ configuration: Configuration, _ changed: JSON) -> Bool {
    var carried: [[UInt8]] = configuration.ethernet.map { $0.device }
    for interface in configuration.udp {
      var text = ByteWriter()
      interface.bind.appendText(to: &text)
      carried.append(text.bytes)
    }
    if let user = configuration.security.user { carried.append(user) }
    if let directory = configuration.security.chroot { carried.append(directory) }
    return texts(in: changed).contains { carried.contains($0) }
  }

  private static func texts(in json: JSON) -> [[UInt8]] {
    switch json {
    case .text(let bytes): [bytes]
    case .list(let items): items.flatMap { texts(in: $0) }
    case .object(let members): members.flatMap { texts(in: $0.value) }
    default: []
    }
  }

  private static func value(of key: [UInt8], in json: JSON) -> JSON {
    json.members.first { $0.key == key }?.value ?? .null
  }

  private static func isEqual(_ a: JSON, _ b: JSON) -> Bool {
    switch (a, b) {
    case (.text(let a), .text(let b)): a == b
    case (.list(let a), .list(let b)):
      a.count == b.count && a.indices.allSatisfy { isEqual(a[$0], b[$0]) }
    case (.object(let a), .object(let b)):
      a.count == b.count
        && a.allSatisfy { member in
          b.contains { $0.key == member.key && isEqual($0.value, member.value) }
        }
    default: a.int != nil && a.int == b.int
    }
  }
}
