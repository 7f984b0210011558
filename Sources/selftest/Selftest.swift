@main
struct Selftest {
  static func main() {}
}
