import Bytes
import Cryptography
import Sessions
import Testing
import Wire

@testable import Peering

@Suite struct RecoveryTests {
  enum Fault: CaseIterable {
    case coldStart, loss, diallerMoves, listenerMoves, listenerRestarts, diallerRestarts
  }

  /// Two neighbours, of which `dialler` opens.
  final class Link {
    let network: TestNetwork
    var dialler: TestNode
    var listener: TestNode
    private let seed: UInt64

    init(seed: UInt64) {
      self.seed = seed
      network = TestNetwork(seed: seed)
      let random = SeededEntropy(seed: seed)
      dialler = network.add(
        .generate(random), at: .ipv4(10, 0, 0, 1, port: 1000), seed: seed + 1)
      listener = network.add(
        .generate(random), at: .ipv4(10, 0, 0, 2, port: 2000), seed: seed + 2)
      admit()
    }

    func admit() {
      try! listener.peering.addUser(password: Array("secret".utf8), login: nil, address: nil)
    }

    func dial() { network.connect(dialler, to: listener, password: "secret") }

    func restart(_ node: TestNode) -> TestNode {
      network.nodes.removeAll { $0 === node }
      return network.add(node.identity, at: node.address, seed: seed + 50)
    }

    /// Makes the fault and returns when its cause is gone.
    func suffer(_ fault: Fault, traffic: Bool) {
      switch fault {
      case .coldStart: dial()
      case .loss:
        network.lossPercent = 100
        if traffic {
          network.runWithTraffic(dialler, listener, milliseconds: 20_000)
        } else {
          network.run(milliseconds: 20_000)
        }
        network.lossPercent = 0
      case .diallerMoves: dialler.address = .ipv4(10, 0, 0, 77, port: 7777)
      // Nobody but the dialler can tell the way: it must be the one that is heard.
      case .listenerMoves:
        listener.address = .ipv4(10, 0, 0, 78, port: 8888)
      case .listenerRestarts:
        listener = restart(listener)
        admit()
      case .diallerRestarts:
        dialler = restart(dialler)
        dial()
      }
    }
  }

  @Test(arguments: Fault.allCases, 0..<5)
  func `traffic is back within 2 s, whatever happened`(fault: Fault, seed: Int) {
    let link = Link(seed: UInt64(10 * seed + 1))
    let network = link.network
    if fault != .coldStart {
      link.dial()
      network.run(milliseconds: 3000)
      network.runWithTraffic(link.dialler, link.listener, milliseconds: UInt64(5000 + 377 * seed))
    }
    link.suffer(fault, traffic: true)
    let gone = network.now.milliseconds
    network.runWithTraffic(link.dialler, link.listener, milliseconds: 5000)
    for node in [link.dialler, link.listener] {
      let first = node.arrivals.first { $0.time >= gone + 5 }
      #expect(first != nil && first!.time - gone <= 2000, "\(fault) \(first?.time ?? 0) \(gone)")
      // And it stays.
      #expect(node.arrivals.filter { $0.time > gone + 3000 }.count >= 19)
    }
  }

  @Test(arguments: Fault.allCases, 0..<5)
  func `an idle link is back within 5 s`(fault: Fault, seed: Int) {
    let link = Link(seed: UInt64(10 * seed + 2))
    let network = link.network
    if fault != .coldStart {
      link.dial()
      network.run(milliseconds: UInt64(20_000 + 511 * seed))
    }
    link.suffer(fault, traffic: false)
    network.run(milliseconds: 5000)
    let later = network.now.milliseconds
    network.runWithTraffic(link.dialler, link.listener, milliseconds: 100)
    for node in [link.dialler, link.listener] {
      #expect(node.arrivals.last.map { $0.time >= later } == true, "\(fault)")
    }
  }
}
