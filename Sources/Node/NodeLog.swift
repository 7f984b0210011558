import Bytes
import Cryptography
import Peering
import Routing
import Sessions
import Switching
import Wire

// What the node tells.
extension Node {
  /// The oldest event not yet taken; nil if there is none.
  public mutating func takeEvent() -> NodeEvent? {
    guard eventHead < events.count else { return nil }
    let event = events[eventHead]
    eventHead += 1
    if eventHead == events.count {
      events.removeAll(keepingCapacity: true)
      eventHead = 0
    }
    return event
  }

  /// Keeps `event` for the caller. One that takes none loses log lines first, then the rest.
  mutating func tell(_ event: NodeEvent) {
    var countMax = limits.eventCountMax
    if case .log = event { countMax /= 2 }
    guard events.count < countMax else {
      counters.eventDroppedCount &+= 1
      return
    }
    events.append(event)
  }

  /// Makes a log line, if it is wanted. `compose` writes its text.
  mutating func log(
    _ level: LogLevel, _ source: StaticString, line: Int = #line,
    _ compose: (inout ByteWriter) -> Void
  ) {
    guard level >= logLevel else { return }
    var text = ByteWriter(limit: 400)
    compose(&text)
    tell(.log(level, LogLine(source: source, line: line, text: text.bytes)))
  }

  mutating func log(_ event: PeeringEvent) {
    let level: LogLevel
    let key: PublicKey
    switch event {
    case .measured: return
    case .up(let report), .gone(let report): (level, key) = (.info, report.key)
    case .moved(let moved, _, _): (level, key) = (.info, moved)
    case .incompatible(let old, _, _): (level, key) = (.warn, old)
    case .noSlot(let other, _): (level, key) = (.warn, other)
    case .forgotten(let forgotten, _): (level, key) = (.debug, forgotten)
    }
    log(level, "Peering") { text in
      text.append("peer ")
      key.appendText(to: &text)
      switch event {
      case .up(let report):
        text.append(" is up: slot ")
        text.append(decimal: UInt64(report.slot))
        text.append(", protocol version ")
        text.append(decimal: UInt64(report.version))
      case .incompatible(_, let version, let address):
        text.append(" at ")
        address.appendText(to: &text)
        text.append(" is INCOMPATIBLE: it speaks protocol version ")
        text.append(decimal: UInt64(version))
        text.append(", at least ")
        text.append(decimal: UInt64(Peering.versionMin))
        text.append(" is needed")
      case .moved(_, let old, let new):
        text.append(" has moved from ")
        old.appendText(to: &text)
        text.append(" to ")
        new.appendText(to: &text)
      case .forgotten(_, let address):
        text.append(" at ")
        address.appendText(to: &text)
        text.append(" is forgotten")
      case .gone: text.append(" does not answer any more")
      case .noSlot: text.append(" got no slot: none is left")
      case .measured: break
      }
    }
  }

  mutating func log(_ session: EndToEndSession, _ what: StaticString, line: Int = #line) {
    log(.debug, "Sessions", line: line) { text in
      text.append("session with ")
      session.address.appendText(to: &text)
      text.append(what)
    }
  }
}
