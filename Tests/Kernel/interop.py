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
from lab import Lab, LabError, Skip, require_root  # noqa: E402

REACH_SECONDS = 20
BULK = 10 * 1024 * 1024
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


def pings(*pairs):
    for origin, target in pairs:
        received, _ = origin.ping(target, 10, interval=0.1)
        if received < 10:
            raise LabError(f"{origin.name} -> {target.name}: only {received} of 10 pings")


def chain(executables, login=None, reverse=False):
    """A line: everybody reaches everybody, 10 MB each way from end to end, then each end is
    restarted and reaches the other again."""
    with Lab("interop") as lab:
        names = [chr(ord("a") + i) for i in range(len(executables))]
        nodes = [lab.node(n, e) for n, e in zip(names, executables)]
        for left, right in zip(nodes, nodes[1:]):
            left_address, right_address = lab.wire(left.name, right.name)
            if reverse:
                lab.peer(right, left, left_address, login=login)
            else:
                lab.peer(left, right, right_address, login=login)
        lab.start(nodes)
        first, last = nodes[0], nodes[-1]
        notes = [f"first reply {first.reach(last, REACH_SECONDS):.2f} s"]
        for origin in nodes:
            for target in nodes:
                if origin is not target:
                    origin.reach(target, REACH_SECONDS)
        pings((first, last), (last, first))
        there, back = transfer(lab, first, last), transfer(lab, last, first)
        notes.append(f"10 MB in {there:.2f} s and {back:.2f} s")
        for node, other in ((first, last), (last, first)):
            node.stop(kill=True)
            node.start()
            seconds = other.reach(node, 90)
            notes.append(f"{node.name} restarted: back after {seconds:.2f} s")
            pings((other, node))
        return ", ".join(notes)


def wrong_password(ours, foreign):
    """Whoever does not know the password is not let in, whichever side asks."""
    for left, right in ((ours, foreign), (foreign, ours)):
        with Lab("interop") as lab:
            a, b = lab.node("a", left), lab.node("b", right)
            _, address = lab.wire("a", "b")
            lab.peer(a, b, address)
            b.configuration["authorizedPasswords"][0]["password"] = "somethingelseentirely123"
            lab.start([a, b])
            time.sleep(3)
            received, _ = a.ping(b, 2, interval=0.2)
            if received:
                raise LabError("a wrong password was taken")
            if any(peer["state"] == b"ESTABLISHED" for peer in b.peers() + a.peers()):
                raise LabError("a session was established with a wrong password")
    return "refused both ways"


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


def recovery(ours, foreign):
    """How long a flow of a packet each 100 ms is interrupted; shown, not judged."""
    notes = []
    for what, left, right in (("foreign listener restarts", ours, foreign),
                              ("foreign dialler restarts", foreign, ours)):
        with Lab("interop") as lab:
            a, b = lab.node("a", left), lab.node("b", right)
            _, address = lab.wire("a", "b")
            lab.peer(a, b, address)
            lab.start([a, b])
            a.reach(b, REACH_SECONDS)
            restarted, other = (b, a) if right == foreign else (a, b)
            restarted.stop(kill=True)
            restarted.start()
            notes.append(f"{what}: {other.reach(restarted, 90):.2f} s")
    return ", ".join(notes)


def state_file(ours, foreign):
    """A listener of ours that remembers who had come in dials the foreign node, which else keeps
    its old session for a minute."""
    with Lab("interop") as lab:
        a, b = lab.node("a", foreign), lab.node("b", ours)
        b.configuration["stateFile"] = os.path.join(lab.folder, "state")
        _, address = lab.wire("a", "b")
        lab.peer(a, b, address)
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
    for name, test in tests:
        try:
            print(f"{name}: {test()}", flush=True)
            passed += 1
        except (LabError, OSError) as error:
            print(f"{name}: FAILED: {error}", flush=True)
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
