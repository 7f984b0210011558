#if !APPLIANCE
  import Switching

  extension Search {
    /// Follows an answer as the original does, which loses all entries but the last one (routing.md
    /// section 15).
    func addLast(of listed: [Route], by sender: Route) {
      guard let last = listed.last else { return }
      let distance = Distance(target, last.address)
      guard distance < Distance(target, sender.address),
        !candidates.contains(where: { $0.isAsked && $0.route.address == last.address })
      else { return }
      // The newer path is the one that is tried.
      candidates.removeAll { $0.route.address == last.address }
      add(
        SearchCandidate(
          route: last, distance: distance, parent: sender.address, label: .unknown))
    }
  }
#endif
