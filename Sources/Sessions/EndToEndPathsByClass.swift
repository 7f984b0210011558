#if !APPLIANCE
  import Bytes

  // The original's choice of a path (routing.md section 11), for comparison: by the class of what
  // speaks for it, and a millisecond of age for each step within.
  extension EndToEndPaths {
    /// A session ends when no path of it was confirmed for so long.
    private static var validMilliseconds: UInt64 { 120_000 }

    private func metric(_ path: EndToEndPath, at now: Instant) -> UInt64 {
      min(0xffff_fffe, UInt64(path.quality.metric) + now.since(path.validated))
    }

    mutating func addByClass(
      _ label: UInt64, _ quality: EndToEndPath.Quality, at now: Instant
    ) {
      let path = EndToEndPath(label: label, quality: quality, price: 0, validated: now)
      var place = index(of: label) ?? count
      if place == Self.capacity {
        place = 0
        for i in 1..<count where metric(paths[i], at: now) > metric(paths[place], at: now) {
          place = i
        }
      }
      if place < count {
        guard metric(path, at: now) < metric(paths[place], at: now) else { return }
      } else {
        count += 1
      }
      paths[place] = path
      chooseByClass(at: now)
    }

    mutating func chooseByClass(at now: Instant) {
      current = 0
      for i in 0..<count where metric(paths[i], at: now) < metric(paths[current], at: now) {
        current = i
      }
    }

    /// True if the session is to end.
    public func areOver(at now: Instant) -> Bool {
      guard areByClass, count > 0 else { return false }
      for i in 0..<count where now.since(paths[i].validated) < Self.validMilliseconds {
        return false
      }
      return true
    }
  }
#endif
