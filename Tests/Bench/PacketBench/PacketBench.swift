import CSystem
import Cryptography

/// Carries packets over a line of three nodes, the code that ships, between marks that the plugin
/// in count.c sees. Each thing is counted several times; which of them are typical is for the
/// reader to say, as a ping can fall into any.
@main
struct PacketBench {
  // These and the count are known to packets.py too.
  private static var sizes: [Int] { [1300, 100] }
  private static var repetitions: Int { 9 }
  private static var manyCount: Int { 32 }

  static func main() {
    guard Backend.initialize() else { giveUp("the cryptography cannot work here\n") }
    guard let line = Line() else { giveUp("no UDP socket on loopback can be had\n") }
    guard line.settle() else { giveUp("the three nodes did not find each other\n") }
    for (index, byteCount) in sizes.enumerated() {
      count(line, byteCount) { index * Step.count + $0.rawValue }
    }
  }

  private static func count(_ line: Line, _ byteCount: Int, _ number: (Step) -> Int) {
    for _ in 0..<repetitions {
      line.rest(5)
      guard let frameByteCount = line.passThroughNodes(byteCount, number),
        line.pass(byteCount, number)
      else { giveUp("a packet was lost\n") }
      var boxes = Boxes(frameByteCount: frameByteCount)
      guard boxes.count(number) else { giveUp("a sealed box does not open\n") }
    }
    for _ in 0..<repetitions {
      guard line.passMany(manyCount, byteCount, number) else { giveUp("a packet was lost\n") }
    }
  }

  private static func giveUp(_ why: StaticString) -> Never {
    _ = cs_write_all(2, why.utf8Start, why.utf8CodeUnitCount)
    cs_exit(1)
  }
}
