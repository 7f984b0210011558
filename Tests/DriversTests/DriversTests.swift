import Testing

/// One after the other, because CSystem keeps its batches for one thread.
@Suite(.serialized)
enum DriversTests {}
