import CFuzz

/// `Fuzz TARGET [libFuzzer's options and folders]`, or `Fuzz` alone for the names of the targets.
///
/// libFuzzer brings a `main` of its own, so SwiftPM's name for the entry point is defined here.
@c(Fuzz_main) func main(
  _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
  guard count > 1, let name = arguments[1] else {
    for target in Target.allCases { print(target.rawValue) }
    return 0
  }
  guard let target = Target(rawValue: String(cString: name)) else {
    print("Fuzz: there is no target of that name; called without arguments it lists them")
    return 2
  }
  chosen = target
  arguments[1] = arguments[0]
  return fuzz_drive(count - 1, arguments + 1) { bytes, byteCount in
    chosen.run(Span(_unsafeStart: bytes.unsafelyUnwrapped, count: byteCount))
    return 0
  }
}

/// libFuzzer's callback has no argument for it.
nonisolated(unsafe) private var chosen = Target.bencode
