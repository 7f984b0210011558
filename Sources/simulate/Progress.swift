import Bytes
import Simulation

/// A line that tells how far a run is.
final class Progress {
  private let start = Machine.seconds
  private var lastTime = Machine.seconds
  private var lastFrameCount = 0
  private let isTerminal = Machine.errorIsTerminal
  var step = ""

  /// Seconds since the start.
  var elapsed: Double { Machine.seconds - start }

  /// Twice a second where somebody looks, every ten seconds where it is recorded.
  func tell(_ network: Network) {
    let now = Machine.seconds
    let pause = now - lastTime
    guard pause >= (isTerminal ? 0.5 : 10) else { return }
    let rate = Double(network.frameCount - lastFrameCount) / pause
    let seconds = network.now.milliseconds / 1000
    let line =
      "\(Int(now - start)) s: \(step) at \(seconds / 60) min \(seconds % 60) s of virtual time, "
      + "\(Int(rate)) frames/s"
    Machine.tell(isTerminal ? "\r\u{1b}[K\(line)" : line + "\n")
    lastTime = now
    lastFrameCount = network.frameCount
  }

  func finish() { if isTerminal { Machine.tell("\r\u{1b}[K") } }
}
