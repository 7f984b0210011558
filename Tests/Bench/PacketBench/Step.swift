/// What is counted; the names stand in packets.py.
enum Step: Int {
  case nodeSends = 1
  case nodeForwards
  case nodeReceives
  case sends
  case forwards
  case receives
  case forwardsMany
  /// The cryptography in each of these.
  case sendsCryptography
  case forwardsCryptography
  case receivesCryptography

  static var count: Int { 10 }
}
