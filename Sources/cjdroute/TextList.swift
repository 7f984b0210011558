/// Texts, of which only so much is asked; in one place, as each use of what Swift has is code.
struct TextList {
  private(set) var texts: [[UInt8]] = []

  init(_ texts: [[UInt8]] = []) { self.texts = texts }

  @inline(never)
  func contains(_ text: [UInt8]) -> Bool {
    for known in texts where known == text { return true }
    return false
  }

  @inline(never)
  mutating func append(_ text: [UInt8]) { texts.append(text) }
}
