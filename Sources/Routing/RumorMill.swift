#if !APPLIANCE
  import Bytes
  import Switching

  /// Paths that the original's janitor is to try, best first: near in key space and short
  /// (routing.md section 14). A set; when it is full, the worst makes room.
  struct RumorMill: Sendable {
    private let own: IPv6Address
    private let capacity: Int
    private var entries: [(route: Route, badness: Int)] = []

    init(own: IPv6Address, capacity: Int) {
      self.own = own
      self.capacity = capacity
    }

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ route: Route) {
      guard route.address != own, route.label.isRoutable,
        !entries.contains(where: {
          $0.route.label == route.label && $0.route.address == route.address
        })
      else { return }
      let distance = Distance(own, route.address).high
      let badness = 63 - distance.leadingZeroBitCount + route.label.bitCount
      if entries.count >= capacity {
        guard let worst = entries.indices.max(by: { entries[$0].badness < entries[$1].badness }),
          entries[worst].badness > badness
        else { return }
        entries.remove(at: worst)
      }
      entries.append((route, badness))
    }

    mutating func take() -> Route? {
      let best = entries.indices.min { entries[$0].badness < entries[$1].badness }
      return best.map { entries.remove(at: $0).route }
    }
  }
#endif
