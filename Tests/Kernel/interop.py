#!/usr/bin/env python3
"""make interop CJDROUTE=…: meshes of our node and a foreign one, on a real kernel.

usage: interop.py OURS FOREIGN [TOO_OLD]
The foreign executable is any cjdns of protocol 20 to 22; TOO_OLD, if given, one below 20.
"""
import hashlib
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import interop_mixed  # noqa: E402
from lab import Lab, LabError, Skip, require_root  # noqa: E402

REACH_SECONDS = 20
# Whoever restarts is back at last when the others' sessions have timed out.
BACK_SECONDS = 90
BULK = 10 * 1024 * 1024
# The largest ping that the network carries in one piece: 1304 bytes with its headers.
FULL_PING = 1256
# A foreign node may drop a session once, when it first hears a beacon of who has come in.
BEACON_PATIENCE = 20
# A part of the name of the tests to run; all if empty.
ONLY = os.environ.get("ONLY", "")


def transfer(lab, source, target, byte_count=BULK):
    """Sends random bytes over TCP through the mesh; the seconds that took."""
    listener = lab.socket_in(target.namespace, socket.AF_INET6, socket.SOCK_STREAM)
    listener.bind((target.address, 0))
    listener.listen(1)
    received = []

    def accept():
        listener.settimeout(60)
        connection, _ = listener.accept()
        connection.settimeout(60)
        count, arrived = 0, hashlib.sha256()
        while chunk := connection.recv(65536):
            count += len(chunk)
            arrived.update(chunk)
        received.append((count, arrived.digest()))
        connection.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    sender = lab.socket_in(source.namespace, socket.AF_INET6, socket.SOCK_STREAM)
    sender.settimeout(60)
    begin = time.monotonic()
    sender.connect(listener.getsockname()[:2])
    block, sent = os.urandom(65536), hashlib.sha256()
    for _ in range(byte_count // len(block)):
        sender.sendall(block)
        sent.update(block)
    sender.close()
    thread.join(60)
    listener.close()
    count, digest = received[0] if received else (0, b"")
    if count != byte_count:
        raise LabError(f"{source.name} -> {target.name}: {count} of {byte_count} bytes arrived")
    if digest != sent.digest():
        raise LabError(f"{source.name} -> {target.name}: other bytes arrived than were sent")
    return time.monotonic() - begin


def pings(*pairs, size=56, patience=0):
    """Ten pings each, all answered; within so many seconds, if there is patience."""
    for origin, target in pairs:
        deadline = time.monotonic() + patience
        while (received := origin.ping(target, 10, interval=0.1, size=size)[0]) < 10:
            if time.monotonic() >= deadline:
                raise LabError(f"{origin.name} -> {target.name}: only {received} of 10 pings of "
                               f"{size} bytes")


# How a node and the next one in a line get to know each other.

def by_udp(lab, left, right, login=None, reverse=False):
    left_address, right_address = lab.wire(left.name, right.name)
    if reverse:
        lab.peer(right, left, left_address, login=login)
    else:
        lab.peer(left, right, right_address, login=login)


def by_card(lab, left, right, login=None, reverse=False):
    """By the address of the other's network card."""
    ends = list(zip((left, right), lab.cable(left, right)))
    (dialler, at), (listener, there) = reversed(ends) if reverse else ends
    at["connectTo"][lab.card(listener.name, there["bind"])] = lab.entry(
        dialler, listener, login=login)


def by_beacon(lab, left, right, **_):
    """By nothing that was configured."""
    lab.cable(left, right, beacon=2)


def line(lab, executables, by, **options):
    """Nodes in a line, not started yet."""
    names = [chr(ord("a") + i) for i in range(len(executables))]
    nodes = [lab.node(n, e) for n, e in zip(names, executables)]
    for node in nodes:
        if by is not by_udp:
            node.configuration["interfaces"] = {}
    for left, right in zip(nodes, nodes[1:]):
        by(lab, left, right, **options)
    return nodes


def restart(node, origin, target, patience=0):
    """Kills and starts a node; says how long `origin` did not reach `target`."""
    node.stop(kill=True)
    node.start()
    seconds = origin.reach(target, BACK_SECONDS)
    pings((origin, target), patience=patience)
    return f"{node.name} restarted: back after {seconds:.2f} s"


def chain(executables, by=by_udp, login=None, reverse=False, middle=False):
    """A line: everybody reaches everybody, full packets and 10 MB each way from end to end, then
    each end, and with `middle` those between them, is restarted and the ends reach each other
    again."""
    with Lab("interop") as lab:
        nodes = line(lab, executables, by, login=login, reverse=reverse)
        lab.start(nodes)
        first, last = nodes[0], nodes[-1]
        notes = [f"first reply {first.reach(last, REACH_SECONDS):.2f} s"]
        for origin in nodes:
            for target in nodes:
                if origin is not target:
                    origin.reach(target, REACH_SECONDS)
        patience = BEACON_PATIENCE if by is by_beacon else 0
        pings((first, last), (last, first), patience=patience)
        pings((first, last), (last, first), size=FULL_PING, patience=patience)
        there, back = transfer(lab, first, last), transfer(lab, last, first)
        notes.append(f"10 MB in {there:.2f} s and {back:.2f} s")
        notes += [restart(first, last, first, patience), restart(last, first, last, patience)]
        if middle:
            notes += [restart(node, first, last, patience) for node in nodes[1:-1]]
        return ", ".join(notes)


def wrong_password(ours, foreign, by=by_udp):
    """Whoever does not know the password is not let in, whichever side asks."""
    for left, right in ((ours, foreign), (foreign, ours)):
        with Lab("interop") as lab:
            a, b = line(lab, [left, right], by)
            b.configuration["authorizedPasswords"][0]["password"] = "somethingelseentirely123"
            lab.start([a, b])
            time.sleep(3)
            received, _ = a.ping(b, 2, interval=0.2)
            if received:
                raise LabError("a wrong password was taken")
            if established(a) or established(b):
                raise LabError("a session was established with a wrong password")
    return "refused both ways"


# Ethernet

def established(node):
    return {peer["addr"].decode()[-54:] for peer in node.peers()
            if peer["state"] == b"ESTABLISHED"}


def meet(lab, nodes, seconds=REACH_SECONDS):
    """Waits until each is a peer of each; the seconds since the last one was started."""
    keys = {node.key for node in nodes}
    lab.until(lambda: all(established(node) == keys - {node.key} for node in nodes), seconds,
              f"not all {len(nodes)} find each other within {seconds} s\n%LOG%"
              + nodes[0].log_path)
    return time.monotonic() - max(node.started for node in nodes)


def discovery(ours, foreign):
    """Two on a wire that send beacons: whoever comes last, the other one is found at once."""
    notes = []
    for what, left, right in (("we come last", foreign, ours), ("it comes last", ours, foreign)):
        with Lab("interop") as lab:
            a, b = line(lab, [left, right], by_beacon)
            a.start()
            time.sleep(2)
            b.start(wait=False)
            lab.until(b.alive_admin, 10, "no answer at the admin interface")
            notes.append(f"{what}: {meet(lab, [a, b], 5):.2f} s")
            a.reach(b, REACH_SECONDS)
            pings((a, b), (b, a), patience=BEACON_PATIENCE)
    with Lab("interop") as lab:
        lab.segment("ab", up=False)
        a, b = (lab.node(name, executable, interfaces=segment(2))
                for name, executable in (("a", ours), ("b", foreign)))
        lab.start([a, b])
        time.sleep(2)
        begin = time.monotonic()
        lab.plug("ab")
        meet(lab, [a, b], 5)
        notes.append(f"both plugged in: {time.monotonic() - begin:.2f} s")
        a.reach(b, REACH_SECONDS)
        pings((a, b), (b, a), patience=BEACON_PATIENCE)
    return ", ".join(notes)


def segment(beacon):
    return {"ETHInterface": [{"bind": "eth0", "beacon": beacon}]}


def listeners(ours, foreign):
    """One says beacons and the other one only listens to them."""
    notes = []
    for what, mode in (("we", 2), ("it", 1)):
        with Lab("interop") as lab:
            lab.segment("ab")
            a = lab.node("a", ours, interfaces=segment(mode))
            b = lab.node("b", foreign, interfaces=segment(3 - mode))
            a.start()
            time.sleep(2)
            b.start()
            # Who comes after it has sent its only beacon waits for the next one, 33 s later.
            notes.append(f"only {what} can be heard: {meet(lab, [a, b], 40):.2f} s")
            a.reach(b, REACH_SECONDS)
            pings((a, b), (b, a), patience=BEACON_PATIENCE)
    return ", ".join(notes)


def crowd(ours, foreign):
    """Two of each kind on one segment are all neighbours of each other."""
    with Lab("interop") as lab:
        lab.segment("abcd")
        nodes = [lab.node(name, executable, interfaces=segment(2))
                 for name, executable in zip("abcd", (ours, foreign, ours, foreign))]
        lab.start(nodes)
        seconds = meet(lab, nodes)
        for origin in nodes:
            for target in nodes:
                if origin is not target:
                    origin.reach(target, REACH_SECONDS)
        pings((nodes[0], nodes[1]), (nodes[1], nodes[2]), (nodes[3], nodes[0]),
              patience=BEACON_PATIENCE)
        return f"{seconds:.2f} s"


def too_old(ours, old):
    """A peer below protocol 20 is named in the log and in the peer statistics."""
    with Lab("interop") as lab:
        a = lab.node("a", ours)
        b = lab.node("b", old, pipe=lab.folder)
        _, address = lab.wire("a", "b")
        lab.peer(a, b, address)
        lab.start([a, b])
        lab.until(lambda: any(p["state"] == b"INCOMPATIBLE" for p in a.peers()), 10,
                  "an old peer is not shown as INCOMPATIBLE")
        lines = [line for line in a.log().splitlines() if "INCOMPATIBLE" in line]
        if len(lines) != 1:
            raise LabError(f"{len(lines)} log lines about the old peer:\n{a.log()}")
        received, _ = a.ping(b, 2, interval=0.2)
        if received:
            raise LabError("an old peer was answered")
        return lines[0].strip()


def recovery(ours, foreign, by=by_udp):
    """How long a flow of a packet each 100 ms is interrupted; shown, not judged."""
    notes = []
    for what, left, right in (("foreign listener restarts", ours, foreign),
                              ("foreign dialler restarts", foreign, ours)):
        with Lab("interop") as lab:
            a, b = line(lab, [left, right], by)
            lab.start([a, b])
            a.reach(b, REACH_SECONDS)
            restarted, other = (b, a) if right == foreign else (a, b)
            restarted.stop(kill=True)
            restarted.start()
            notes.append(f"{what}: {other.reach(restarted, 90):.2f} s")
    return ", ".join(notes)


def state_file(ours, foreign, by=by_udp):
    """A listener of ours that remembers who had come in dials the foreign node, which else keeps
    its old session for a minute."""
    with Lab("interop") as lab:
        a, b = line(lab, [foreign, ours], by)
        b.configuration["stateFile"] = os.path.join(lab.folder, "state")
        lab.start([a, b])
        a.reach(b, REACH_SECONDS)
        b.stop()
        notes = []
        # After 10 s of silence a foreign node answers a HELLO otherwise than before.
        for pause in (0, 20):
            time.sleep(pause)
            b.start()
            notes.append(f"{b.reach(a, REACH_SECONDS):.2f} s after {pause} s")
            pings((a, b), (b, a))
            b.stop(kill=True)
        return "back " + ", ".join(notes)


def main():
    ours, foreign = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    if not foreign:
        print("interop: skipped: no foreign node was named (make interop CJDROUTE=path)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    foreign = os.path.abspath(foreign)
    old = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None
    tests = [
        ("foreign - ours, the foreign node dials", lambda: chain([foreign, ours])),
        ("ours - foreign, we dial", lambda: chain([ours, foreign])),
        ("ours - foreign, with a login", lambda: chain([ours, foreign], login="alice")),
        ("foreign - ours, with a login", lambda: chain([foreign, ours], login="alice")),
        ("ours - foreign - ours", lambda: chain([ours, foreign, ours])),
        ("ours - foreign - ours, dialled from the far end",
         lambda: chain([ours, foreign, ours], reverse=True)),
        ("foreign - ours - foreign", lambda: chain([foreign, ours, foreign])),
        ("foreign - ours - ours - foreign", lambda: chain([foreign, ours, ours, foreign])),
        ("a wrong password", lambda: wrong_password(ours, foreign)),
        ("recovery towards a foreign peer", lambda: recovery(ours, foreign)),
        ("our listener restarts, with a state file", lambda: state_file(ours, foreign)),
        ("Ethernet: two nodes find each other", lambda: discovery(ours, foreign)),
        ("Ethernet: one of the two sends no beacons", lambda: listeners(ours, foreign)),
        ("Ethernet: two of each on one segment", lambda: crowd(ours, foreign)),
        ("Ethernet: ours - foreign, beacons", lambda: chain([ours, foreign], by_beacon)),
        ("Ethernet: ours - foreign, we dial", lambda: chain([ours, foreign], by_card)),
        ("Ethernet: foreign - ours, the foreign node dials",
         lambda: chain([foreign, ours], by_card)),
        ("Ethernet: ours - foreign, with a login",
         lambda: chain([ours, foreign], by_card, login="alice")),
        ("Ethernet: foreign - ours, with a login",
         lambda: chain([foreign, ours], by_card, login="alice")),
        ("Ethernet: ours - foreign - ours, beacons",
         lambda: chain([ours, foreign, ours], by_beacon, middle=True)),
        ("Ethernet: ours - foreign - ours, dialled",
         lambda: chain([ours, foreign, ours], by_card, middle=True)),
        ("Ethernet: foreign - ours - foreign, beacons",
         lambda: chain([foreign, ours, foreign], by_beacon, middle=True)),
        ("Ethernet: foreign - ours - foreign, dialled",
         lambda: chain([foreign, ours, foreign], by_card, middle=True)),
        ("Ethernet: a wrong password", lambda: wrong_password(ours, foreign, by_card)),
        ("Ethernet: our listener restarts, with a state file",
         lambda: state_file(ours, foreign, by_card)),
    ]
    if old:
        tests.append(("a peer that is too old", lambda: too_old(ours, old)))
    tests = [test for test in tests if not ONLY or ONLY in test[0]]
    try:
        require_root()
    except Skip as reason:
        print(f"interop: skipped: {reason}")
        print(f"0 passed, 0 failed, {len(tests)} skipped")
        return 0
    passed = failed = 0

    def attempt(name, test):
        nonlocal passed, failed
        try:
            print(f"{name}: {test()}", flush=True)
            passed += 1
            return True
        except (LabError, OSError) as error:
            print(f"{name}: FAILED: {error}", flush=True)
            failed += 1
            return False

    for name, test in tests:
        attempt(name, test)
    interop_mixed.run(ours, foreign, attempt, ONLY)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
