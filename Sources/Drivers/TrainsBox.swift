/// Room for trains, where the kernel makes them.
final class TrainsBox {
  var trains = DatagramTrains()
}
