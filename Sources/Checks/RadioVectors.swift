import Bytes
import CSystem

/// radio-nl80211.json: messages of a kernel about its radios, and what they say; messages to it.
/// They were recorded on a little-endian machine. Netlink has its numbers in the order of
/// the machine: on another one all of them are turned first.
enum RadioVectors {
  static func messages(_ json: JSON, _ report: inout Report) {
    let radios = json["radios"].items
    let devices = json["devices"].items
    let stations = json["stations"].items
    let requests = json["requests"].items
    let told = json["messages"].items.map { turned($0) }
    for entry in radios {
      var radio = cs_radio()
      radio.frequency = UInt32(clamping: entry["frequency"].int ?? 0)
      var taken: Int64 = 0
      for message in told where cs_radio_read_radio(message, message.count, &radio) { taken += 1 }
      let expected = entry["expect"]
      let text = name(radio.name)
      report.expect(
        taken == expected["taken"].int && Int64(radio.modes) == expected["modes"].int
          && text == expected["name"].text && radio.acknowledges == expected["acknowledges"].bool
          && radio.known == expected["known"].bool && radio.disabled == expected["disabled"].bool
          && radio.passive == expected["passive"].bool && radio.radar == expected["radar"].bool
          && radio.is_ht == expected["isHT"].bool,
        text)
    }
    for entry in devices {
      let message = turned(entry["message"])
      var device = cs_radio_device()
      let ok = cs_radio_read_device(message, message.count, &device)
      let expected = entry["expect"]
      let text = name(device.name)
      report.expect(
        ok && Int64(device.radio) == expected["radio"].int
          && Int64(device.index) == expected["index"].int
          && Int64(device.mode) == expected["mode"].int && text == expected["name"].text
          && card(device.card) == expected["card"].hex,
        text)
    }
    for entry in stations {
      let message = turned(entry["message"])
      var station = cs_radio_station()
      let ok = cs_radio_read_station(message, message.count, &station)
      let expected = entry["expect"]
      report.expect(
        ok && card(station.card) == expected["card"].hex
          && Int64(station.signal) == expected["signal"].int
          && Int64(station.bit_rate) == expected["bitRate"].int
          && Int64(station.throughput) == expected["throughput"].int
          && Int64(station.sent) == expected["sent"].int
          && Int64(station.retries) == expected["retries"].int
          && Int64(station.failed) == expected["failed"].int,
        Array(entry["name"].text ?? []))
    }
    for entry in requests {
      report.expect(write(entry) == turned(entry["message"]), entry["name"].text ?? [])
    }
    report.finish(
      casesInFile: radios.count + devices.count + stations.count + requests.count)
  }

  /// The message that an entry asks for.
  private static func write(_ entry: JSON) -> [UInt8] {
    var order = cs_radio_order()
    order.radio = UInt32(clamping: entry["radio"].int ?? 0)
    order.device = UInt32(clamping: entry["device"].int ?? 0)
    order.mode = UInt32(clamping: entry["mode"].int ?? 0)
    order.frequency = UInt32(clamping: entry["frequency"].int ?? 0)
    order.rate = UInt32(clamping: entry["rate"].int ?? 0)
    order.power = Int32(clamping: entry["power"].int ?? 0)
    order.acknowledges = entry["acknowledges"].bool ?? false
    order.is_ht = entry["isHT"].bool ?? false
    fill(&order.name, entry["device name"].text ?? [])
    fill(&order.cell, entry["cell"].hex ?? [])
    let network = entry["network"].text ?? []
    fill(&order.network, network)
    order.network_count = UInt8(clamping: network.count)
    let kind = cs_radio_request(UInt32(clamping: entry["request"].int ?? 0))
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = bytes.withUnsafeMutableBufferPointer {
      cs_radio_write(kind, UInt16(clamping: entry["family"].int ?? 0), &order, $0.baseAddress, 512)
    }
    return Array(bytes.prefix(max(0, Int(count))))
  }

  private static func fill<Room: BitwiseCopyable>(_ room: inout Room, _ bytes: [UInt8]) {
    withUnsafeMutableBytes(of: &room) {
      for i in 0..<min($0.count, bytes.count) { $0[i] = bytes[i] }
    }
  }

  /// The bytes in front of a zero.
  private static func name<Bytes: BitwiseCopyable>(_ text: Bytes) -> [UInt8] {
    withUnsafeBytes(of: text) { Array($0.prefix { $0 != 0 }) }
  }

  private static func card<Bytes: BitwiseCopyable>(_ card: Bytes) -> [UInt8] {
    withUnsafeBytes(of: card) { Array($0) }
  }

  // MARK: The order of bytes

  private static func turned(_ message: JSON) -> [UInt8] {
    var bytes = message.hex ?? []
    var one: UInt32 = 1
    if withUnsafeBytes(of: &one, { $0[0] == 1 }) { return bytes }
    for (at, count) in [(0, 4), (4, 2), (6, 2), (8, 4), (12, 4)] { turn(&bytes, at, count) }
    turnAttributes(&bytes, 20..<bytes.count, .message)
    return bytes
  }

  /// What the attributes in a nest are: their numbers mean another thing in each.
  private enum Nest {
    case message, bands, band, list, rates, station, numbers

    /// What an attribute of that type holds; nil: no attributes.
    func inside(_ type: Int) -> Nest? {
      switch (self, type) {
      case (.message, 22): .bands
      case (.message, 32), (.message, 23), (.message, 35): .numbers
      case (.message, 21): .station
      case (.bands, _): .band
      case (.band, 1): .list
      case (.list, _): .numbers
      case (.station, 8), (.station, 14): .numbers
      default: nil
      }
    }

    /// True if an attribute of that type is a text, or bytes in their own order.
    func isText(_ type: Int) -> Bool {
      self == .message && [2, 4, 6, 24, 52].contains(type)
    }
  }

  private static func turnAttributes(_ bytes: inout [UInt8], _ range: Range<Int>, _ nest: Nest) {
    var at = range.lowerBound
    while at + 4 <= range.upperBound {
      let count = Int(bytes[at]) | Int(bytes[at + 1]) << 8
      let type = (Int(bytes[at + 2]) | Int(bytes[at + 3]) << 8) & 0x3fff
      guard count >= 4, at + count <= range.upperBound else { return }
      turn(&bytes, at, 2)
      turn(&bytes, at + 2, 2)
      if let inside = nest.inside(type) {
        turnAttributes(&bytes, at + 4..<at + count, inside)
      } else if !nest.isText(type), count == 6 || count == 8 {
        turn(&bytes, at + 4, count - 4)
      }
      at += (count + 3) & ~3
    }
  }

  private static func turn(_ bytes: inout [UInt8], _ at: Int, _ count: Int) {
    for i in 0..<count / 2 { bytes.swapAt(at + i, at + count - 1 - i) }
  }
}
