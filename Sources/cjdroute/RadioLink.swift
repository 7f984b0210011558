import Drivers
import Settings

/// A link through the air: what was asked for, and what has come of it.
final class RadioLink {
  let interface: WIFIInterfaceConfiguration
  /// nil while there is no such radio.
  var radio: Radio?
  /// Its frames go as those of Ethernet do.
  var link: EthernetLink?
  /// Why there is none; it has been said.
  var trouble: Radio.Trouble?

  init(_ interface: WIFIInterfaceConfiguration) { self.interface = interface }

  /// True if it is worth to ask for the radio (again): what was wrong may have changed since.
  var isWaiting: Bool {
    if radio != nil { return link?.device == 0 }
    return switch trouble {
    case nil, .missing, .noDriver: true
    default: false
    }
  }
}
