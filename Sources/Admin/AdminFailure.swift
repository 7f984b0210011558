/// Why a request is refused, in the words that its caller gets as `error`.
struct AdminFailure: Error {
  let text: StaticString

  init(_ text: StaticString) { self.text = text }
}
