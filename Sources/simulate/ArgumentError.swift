/// What is wrong with the command line, and what to do.
struct ArgumentError: Error {
  let text: String

  init(_ text: String) { self.text = text }
}
