#!/usr/bin/env python3
"""make bench-cross, packets: what a packet costs on a router, in executed instructions.

usage: packets.py [PLATFORM...]

Three nodes of the code that ships stand in a line, in one process (PacketBench); packets of 1,300
and 100 bytes travel along it. For each step of the way: all instructions that the process executes,
those of the same cryptography on the same lengths alone, and the rest, which for a forwarder may
not exceed LIMIT. What the kernel does for a system call is not executed by the process.

`node` is the core alone, from frame in to frame out; `process` is that in the event loop with UDP
sockets: one packet in a turn, which pays for all of the turn (waiting, the clock, frames for what
could come), or 32, divided by 32, which is what a packet costs where there is work. LIMIT holds for
the node and for the latter. The calls for the TUN device, one for each packet, are not in it.
"""
import guest
from refusal import Refusal

LIMIT = 3000
SIZES = (1300, 100)
MANY = 32
# In the order of Step in PacketBench; the cryptography of each of three stations follows.
NODE = ("node sends", "node forwards", "node receives")
PROCESS = ("process sends", "process forwards", "process receives")
BUSY = f"process forwards, {MANY} at once"
LIMITED = (NODE[1], BUSY)
STEPS = len(NODE) + len(PROCESS) + 1 + 3


def table(name, counted):
    """Prints it; false if a forwarder needs more than it may."""
    print(f"\n{name:36}{'instructions':>14}{'cryptography':>14}{'rest':>8}")
    good = True

    def row(what, total, cryptography):
        rest = total - cryptography
        slow = what in LIMITED and rest > LIMIT
        print(f"  {what:34}{total:14,}{cryptography:14,}{rest:8,}{'   TOO SLOW' if slow else ''}")
        return not slow

    for index, size in enumerate(SIZES):
        steps = counted[index * STEPS:(index + 1) * STEPS]
        node, process, many, cryptography = steps[:3], steps[3:6], steps[6] // MANY, steps[7:]
        print(f"  {size:,} bytes")
        for what, total, part in zip(NODE + PROCESS, node + process, cryptography * 2):
            good = row(what, total, part) and good
        good = row(BUSY, many, cryptography[1]) and good
        row("from end to end over one forwarder", sum(process), sum(cryptography))
    return good


def main(*names):
    good = True
    with guest.counter() as plugin:
        for platform in guest.chosen(names):
            for crypto, program in zip(guest.CRYPTOGRAPHIES, guest.built("packetbench", platform)):
                counted = guest.counts(platform, plugin, program, len(SIZES) * STEPS)
                good = table(f"{platform.name}, {crypto}", counted) and good
    if not good:
        raise Refusal(f"a forwarder executes more than {LIMIT:,} instructions for a packet beside "
                      "its cryptography")


if __name__ == "__main__":
    guest.main(main)
