import Admin
import Settings

/// An interface that the running node has.
final class RunningLink {
  let number: Int
  let settings: [UInt8]
  /// 0 off, 1 accept, 2 send and accept.
  let beacon: UInt8
  /// True once something in the file was found to be it.
  var isWanted = false

  @inline(never)
  init(_ record: AdminAnswer) {
    number = record.number("ifNum")
    settings = record.text("settings")
    switch record.text("beaconState").first {
    case UInt8(ascii: "A"): beacon = 1
    case UInt8(ascii: "S"): beacon = 2
    default: beacon = 0
    }
  }

  var name: [UInt8] { Configuration.name(ofSetting: settings) }
}
