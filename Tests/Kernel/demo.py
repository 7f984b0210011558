#!/usr/bin/env python3
"""make demo: three nodes in a line, each in a network namespace of its own, and a ping from end
to end. Ends with status 0 only if nothing was lost and nothing could be read on the wire."""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lab import Lab, LabError, Skip, Wiretap, require_root  # noqa: E402

PINGS = 10
FIRST_REPLY_SECONDS = 1
# What is looked for on the wire: the ping's filling, on a line in clear text as often as not.
PATTERN = "6d65736864656d6f2d706c61696e7478"


def label_of(node, other):
    reply = node.admin().call("SessionManager_sessionStatsByIP", ip6=other.address)
    return reply["addr"].decode().split(".", 1)[1][:19]


def demo(executable):
    version = subprocess.run([executable, "--version"], capture_output=True, text=True, check=True)
    for line in version.stdout.splitlines():
        print(f"  {line}")
    print(f"  {os.path.getsize(os.path.realpath(executable))} bytes, one file")
    with Lab("demo") as lab:
        a, b, c = lab.line([executable] * 3)
        for node in (a, b, c):
            print(f"  node {node.name}  {node.address}")
        print("\nThree nodes in a line, a - b - c; each knows only its neighbour.")
        begin = time.monotonic()
        lab.start([a, b, c])
        a.reach(c, 15)
        first = time.monotonic() - begin
        print(f"  first reply from the other end {first:.2f} s after the start of the first node")

        tap = Wiretap(lab, "b", "w1b")
        tun = Wiretap(lab, "a", "cjdns0")
        forwarded = b.admin().call("Core_counters")["forwarded"]
        lost = 0
        for origin, target in ((a, b), (b, c), (a, c), (c, a)):
            received, times = origin.ping(target, PINGS, interval=0.1, pattern=PATTERN)
            lost += PINGS - received
            middle = sorted(times)[len(times) // 2] if times else 0
            label = label_of(origin, target)
            print(f"  {origin.name} -> {target.name}  {received} of {PINGS} pings answered, "
                  f"{middle:.2f} ms, path {label}")
        forwarded = b.admin().call("Core_counters")["forwarded"] - forwarded
        wire, clear = tap.stop(), tun.stop()
        pattern = bytes.fromhex(PATTERN)
        readable = sum(pattern in packet for packet in wire)
        controls = sum(pattern in packet for packet in clear)
        print(f"  node b forwarded {forwarded} packets")
        print(f"  on the wire between a and b: {len(wire)} packets, {readable} of them readable "
              f"(on a's TUN device: {controls} of {len(clear)})")
        statuses = [node.stop() for node in (a, b, c)]

        problems = []
        if lost:
            problems.append(f"{lost} pings were lost")
        if first > FIRST_REPLY_SECONDS * (5 if os.environ.get("CI") else 1):
            problems.append(f"the first reply took {first:.1f} s")
        if forwarded == 0:
            problems.append("the middle node forwarded nothing")
        if readable:
            problems.append("plain text was seen on the wire")
        if not controls or not wire:
            problems.append("the recording saw nothing at all")
        if any(statuses):
            problems.append(f"the nodes ended with status {statuses}")
        return problems


def main():
    executable = os.path.abspath(sys.argv[1])
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            print("demo: network namespaces need root: run it as root, or install sudo")
            return 1
        print("Namespaces and TUN devices need root: the demo goes on with sudo.")
        os.execvp("sudo", ["sudo", sys.executable, os.path.abspath(__file__), executable])
    try:
        require_root()
        problems = demo(executable)
    except Skip as reason:
        print(f"demo: cannot run here: {reason}")
        return 1
    except LabError as error:
        print(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted; everything is removed again")
        return 130
    for problem in problems:
        print(f"demo: FAILED: {problem}")
    if not problems:
        print("\nAll pings answered, nothing readable on the wire, everything removed again.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
