@main
struct Cjdroute {
  static func main() {}
}
