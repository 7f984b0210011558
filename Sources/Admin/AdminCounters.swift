import Bytes
import Node
import Peering

// What became of the packets: the counters of the node and of its links.
extension AdminServer {
  /// `Core_counters`: everything that is counted, by name; those of links begin with `link`.
  mutating func counters(_ call: AdminCall, node: borrowing Node) {
    let own = node.counters
    let links = node.peeringCounters
    var reply = AdminReply(txid: call.txid)
    @inline(never) func count(_ name: StaticString, _ value: UInt64) {
      reply.append(name, Int64(truncatingIfNeeded: value))
    }
    count("badReturnPath", own.badReturnPathCount)
    count("broadcastDropped", own.broadcastDroppedCount)
    count("contentRefused", own.contentRefusedCount)
    count("controlAnswered", own.controlAnsweredCount)
    count("controlLimited", own.controlLimitedCount)
    count("controlRefused", own.controlRefusedCount)
    count("delivered", own.deliveredCount)
    count("errorReceived", own.errorReceivedCount)
    count("errorSent", own.errorSentCount)
    count("errorSuppressed", own.errorSuppressedCount)
    count("eventDropped", own.eventDroppedCount)
    count("exhausted", own.exhaustedCount)
    count("forwarded", own.forwardedCount)
    count("handshakeLimited", own.handshakeLimitedCount)
    count("handshakeRefused", own.handshakeRefusedCount)
    count("handshakeTrial", own.handshakeTrialCount)
    count("icmpSent", own.icmpSentCount)
    count("labelShift", own.labelShiftCount)
    count("linkBeaconRefused", links.beaconRefusedCount)
    count("linkExhausted", links.exhaustedCount)
    count("linkHandshakeTrial", links.handshakeTrialCount)
    count("linkIncompatible", links.incompatibleCount)
    count("linkPremature", links.prematureCount)
    count("linkRateLimited", links.rateLimitedCount)
    count("linkRefused", links.refusedCount)
    count("linkRoamed", links.roamedCount)
    count("linkRoamingTrial", links.roamingTrialCount)
    count("linkRunt", links.runtCount)
    count("linkStranger", links.strangerCount)
    count("linkUndecryptable", links.undecryptableCount)
    count("linkUnsendable", links.unsendableCount)
    count("reopened", own.reopenedCount)
    count("runt", own.runtCount)
    count("sessionEvicted", own.sessionEvictedCount)
    count("sessionMade", own.sessionMadeCount)
    count("tunReceived", own.tunReceivedCount)
    count("tunRefused", own.tunRefusedCount)
    count("tunSent", own.tunSentCount)
    count("tunTooBig", own.tunTooBigCount)
    count("tunUnroutable", own.tunUnroutableCount)
    count("undecryptable", own.undecryptableCount)
    count("unknownHandle", own.unknownHandleCount)
    count("waitingDropped", own.waitingDroppedCount)
    send(&reply, to: call.source)
  }
}
