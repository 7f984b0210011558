import Bytes
import Drivers
import Node
import Peering

/// What is known of an earlier life, and what is to be known in the next one.
final class Remembrance {
  /// The file may lie on flash: it is written this long after the start at the earliest, and not
  /// again before the other time has passed.
  static var firstMilliseconds: UInt64 { 60_000 }
  static var againMilliseconds: UInt64 { 600_000 }

  let file: StateFile
  /// What stands in the file.
  var written: PeeringMemory
  /// Those of an earlier life that are still to be dialled.
  var waiting: [RememberedPeer]
  var nextWrite: Instant

  init(_ file: StateFile, _ memory: PeeringMemory, at now: Instant) {
    self.file = file
    written = memory
    waiting = memory.peers
    nextWrite = now + Self.firstMilliseconds
  }
}

extension Daemon {
  /// Opens the state file and reads what an earlier life left in it.
  func openState(_ path: [UInt8]) {
    do throws(SystemError) {
      let file = try StateFile(path: path)
      let text = try file.read(limit: StateText.byteCountMax)
      let memory = text.isEmpty ? PeeringMemory() : StateText.read(text)
      if memory == nil {
        say(
          .warn,
          Text.make("stateFile: ", path, " is broken or something else; it will be replaced"))
      }
      let remembrance = Remembrance(file, memory ?? PeeringMemory(), at: SystemClock.now)
      self.remembrance = remembrance
      loop.node.keepSlots(for: remembrance.written.owners, at: SystemClock.now)
      dialRemembered()
    } catch {
      say(
        .warn,
        Text.make("stateFile: cannot use ", path, ": nothing is remembered: ", error.text))
    }
  }

  /// Dials those that had come in before; a few at a time, as many as the node takes.
  func dialRemembered() {
    guard let remembrance else { return }
    while let peer = remembrance.waiting.last {
      do throws(PeeringError) {
        try loop.node.dialRemembered(peer, at: SystemClock.now, into: &loop.outbox)
      } catch {
        if error == .full { return }
      }
      remembrance.waiting.removeLast()
    }
  }

  /// Writes down who is there, if that is worth it.
  func remember(isLast: Bool = false) {
    guard let remembrance, isLast || SystemClock.now >= remembrance.nextWrite else { return }
    let memory = loop.node.peeringMemory()
    guard remembrance.written.lacksAny(of: memory) else { return }
    remembrance.nextWrite = SystemClock.now + Remembrance.againMilliseconds
    do throws(SystemError) {
      try remembrance.file.write(StateText.make(memory))
      remembrance.written = memory
    } catch {
      say(.warn, Text.make("stateFile: cannot write it: ", [], error.text))
    }
  }
}
