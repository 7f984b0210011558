import Bytes
import Drivers
import Settings

extension Cjdroute {
  /// Says on standard error what is wrong with the configuration.
  static func complain(_ remark: ConfigurationRemark) {
    var text = ByteWriter()
    text.append("cjdroute.conf: ")
    remark.appendText(to: &text)
    text.append("\n")
    Process.complain(text.bytes)
  }

  /// Says on standard error why there is no going on, and ends.
  static func fail(_ status: ExitStatus, _ text: [UInt8]) -> Never {
    Process.complain(Text.line("cjdroute: ", text))
    Process.exit(status.rawValue)
  }

  static func fail(_ status: ExitStatus, _ text: StaticString) -> Never {
    fail(status, Text.make(text))
  }
}
