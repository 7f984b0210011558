import Node
import Peering

// What became of the packets: the counters of the node and of its links.
extension AdminServer {
  /// `Core_counters`: everything that is counted, by name; those of links begin with `link`.
  mutating func counters(_ call: AdminCall, node: borrowing Node) {
    let reply = AdminReply(
      call,
      """
      badReturnPath broadcastDropped contentRefused controlAnswered controlLimited \
      controlRefused delivered errorReceived errorSent errorSuppressed eventDropped exhausted \
      forwarded handshakeLimited handshakeRefused handshakeTrial icmpSent labelShift \
      linkBeaconRefused linkExhausted linkHandshakeTrial linkIncompatible linkPremature \
      linkRateLimited linkRefused linkRoamed linkRoamingTrial linkRunt linkStranger \
      linkUndecryptable linkUnsendable reopened runt sessionEvicted sessionMade tunReceived \
      tunRefused tunSent tunTooBig tunUnroutable undecryptable unknownHandle waitingDropped
      """)
    let own = node.counters
    let links = node.peeringCounters
    reply.put(own.badReturnPathCount)
    reply.put(own.broadcastDroppedCount)
    reply.put(own.contentRefusedCount)
    reply.put(own.controlAnsweredCount)
    reply.put(own.controlLimitedCount)
    reply.put(own.controlRefusedCount)
    reply.put(own.deliveredCount)
    reply.put(own.errorReceivedCount)
    reply.put(own.errorSentCount)
    reply.put(own.errorSuppressedCount)
    reply.put(own.eventDroppedCount)
    reply.put(own.exhaustedCount)
    reply.put(own.forwardedCount)
    reply.put(own.handshakeLimitedCount)
    reply.put(own.handshakeRefusedCount)
    reply.put(own.handshakeTrialCount)
    reply.put(own.icmpSentCount)
    reply.put(own.labelShiftCount)
    reply.put(links.beaconRefusedCount)
    reply.put(links.exhaustedCount)
    reply.put(links.handshakeTrialCount)
    reply.put(links.incompatibleCount)
    reply.put(links.prematureCount)
    reply.put(links.rateLimitedCount)
    reply.put(links.refusedCount)
    reply.put(links.roamedCount)
    reply.put(links.roamingTrialCount)
    reply.put(links.runtCount)
    reply.put(links.strangerCount)
    reply.put(links.undecryptableCount)
    reply.put(links.unsendableCount)
    reply.put(own.reopenedCount)
    reply.put(own.runtCount)
    reply.put(own.sessionEvictedCount)
    reply.put(own.sessionMadeCount)
    reply.put(own.tunReceivedCount)
    reply.put(own.tunRefusedCount)
    reply.put(own.tunSentCount)
    reply.put(own.tunTooBigCount)
    reply.put(own.tunUnroutableCount)
    reply.put(own.undecryptableCount)
    reply.put(own.unknownHandleCount)
    reply.put(own.waitingDroppedCount)
    send(reply)
  }
}
