#!/usr/bin/env python3
"""make cross-mesh: meshes of routers of every kind, on one machine, each under its own emulator.

usage: cross_mesh.py [PLATFORM...]

Builds cjdroute for six platforms, or for those named (with libsodium; CRYPTO=compact with our own
cryptography; CROSS_BUILD names a folder of executables that are taken as they are), and joins all
of them in lines, in which each has its turn in the middle, and in a ring. Ends with `N passed,
N failed`; what cannot run here is skipped, by name and with the reason.
"""
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "CrossCompile")]
import interop  # noqa: E402
from lab import Lab, LabError, Skip, require_root  # noqa: E402
from platforms import Platform  # noqa: E402
from refusal import Refusal  # noqa: E402

DEFAULT = "x86_64 arm_xscale mips_24kc mipsel_24kc powerpc_8548 powerpc64".split()
MADE = os.environ.get("CROSS_BUILD")
BUILD = pathlib.Path(MADE or ROOT / "build")
CRYPTO = os.environ.get("CRYPTO") or "sodium"
# A busy machine that emulates another one is slow; what is promised of time is tested elsewhere.
START_SECONDS, REACH_SECONDS, DETOUR_SECONDS = 60, 60, 120
REFUSED_SECONDS = 3
BULK = 4 << 20
# What TCP makes of it at the very least, at an MTU of 1304.
PACKETS = BULK // 1304


class Router:
    """A platform, and the command that runs its executable here."""

    def __init__(self, platform):
        self.name, self.byte_order = platform.name, platform["byte_order"]
        self.path = BUILD / platform.name / CRYPTO / "cjdroute"
        self.command = [*platform.emulator, str(self.path)]


def line_of(mesh, routers):
    nodes = mesh.line([router.command for router in routers])
    for node, router in zip(nodes, routers):
        node.router = router
    return nodes


def forwarded(node):
    return node.admin().call("Core_counters")["forwarded"]


def ends(mesh, first, last):
    """Pings and TCP both ways; a note about them."""
    interop.pings((first, last), (last, first))
    seconds = [interop.transfer(mesh, *pair, BULK) for pair in ((first, last), (last, first))]
    return " and ".join(f"{BULK / 125_000 / taken:.1f} Mbit/s" for taken in seconds)


def line(routers):
    """From end to end of a line, of which those in the middle forward everything."""
    with Lab("cross-mesh") as mesh:
        nodes = line_of(mesh, routers)
        mesh.start(nodes, START_SECONDS)
        first, last = nodes[0], nodes[-1]
        taken = first.reach(last, REACH_SECONDS)
        before = [forwarded(node) for node in nodes]
        speed = ends(mesh, first, last)
        counts = [forwarded(node) - count for node, count in zip(nodes, before)]
        for node, count in zip(nodes, counts):
            if (count >= PACKETS) == (node in (first, last)):
                raise LabError(f"{node.router.name} at place {node.name} forwarded {count} packets "
                               f"of at least {PACKETS}")
            complaints = [text for text in node.log().splitlines()
                          if " WARN " in text and "cjdroute.conf" not in text]
            if complaints:
                raise LabError(f"{node.router.name} complains:\n" + "\n".join(complaints))
        statuses = [node.stop() for node in nodes]
        if any(statuses):
            raise LabError(f"the nodes ended with status {statuses}")
        return (f"first reply {taken:.2f} s, {speed}, forwarded "
                + ", ".join(map(str, counts[1:-1])))


def ring(routers):
    """Everybody reaches everybody; when one is gone, its neighbours reach each other all around."""
    with Lab("cross-mesh") as mesh:
        nodes = line_of(mesh, routers)
        _, address = mesh.wire(nodes[-1].name, nodes[0].name)
        mesh.peer(nodes[-1], nodes[0], address)
        mesh.start(nodes, START_SECONDS)
        for origin in nodes:
            for target in nodes:
                if origin is not target:
                    origin.reach(target, REACH_SECONDS)
        speed = ends(mesh, nodes[0], nodes[len(nodes) // 2])
        lost, before = nodes[1], [forwarded(node) for node in nodes[3:]]
        lost.stop(kill=True)
        taken = nodes[0].reach(nodes[2], DETOUR_SECONDS)
        ends(mesh, nodes[0], nodes[2])
        for node, count in zip(nodes[3:], before):
            if forwarded(node) - count < PACKETS:
                raise LabError(f"{node.router.name} on the only way did not forward")
        return f"{speed}, the other way found after {taken:.1f} s"


def wrong_password(dialler, listener):
    """Refused with a wrong password and counted; let in with the right one."""
    with Lab("cross-mesh") as mesh:
        a, b = line_of(mesh, [dialler, listener])
        user = b.configuration["authorizedPasswords"][0]
        right, user["password"] = user["password"], "somethingelseentirely123"
        mesh.start([a, b], START_SECONDS)
        mesh.until(lambda: b.admin().call("Core_counters")["linkRefused"] > 0, REACH_SECONDS,
                   "a wrong password is not counted as refused; the listener's log:\n%LOG%"
                   + b.log_path)
        time.sleep(REFUSED_SECONDS)
        received, _ = a.ping(b, 2, interval=0.2)
        if received:
            raise LabError("a wrong password was taken")
        if any(peer["state"] == b"ESTABLISHED" for peer in a.peers() + b.peers()):
            raise LabError("a session was established with a wrong password")
        b.stop()
        user["password"] = right
        b.start()
        return f"refused; let in with the right one after {a.reach(b, REACH_SECONDS):.1f} s"


def rotations(routers):
    """Lines of three or more in which each router is in the middle at least once."""
    while len(routers) < 3:
        routers = routers + routers
    waiting = set(routers)
    while waiting:
        turns = [routers[turn:] + routers[:turn] for turn in range(len(routers))]
        best = max(turns, key=lambda turn: len(waiting.intersection(turn[1:-1])))
        waiting.difference_update(best[1:-1])
        yield best


def tests(routers):
    """Names, functions and their arguments."""
    for turn in rotations(routers):
        yield "line " + " - ".join(router.name for router in turn), line, [turn]
    if len(routers) > 3:
        names = " - ".join(router.name for router in routers)
        yield f"ring {names} - {routers[0].name}", ring, [routers]
    little = next((router for router in routers if router.byte_order == "little"), routers[0])
    big = next((router for router in routers if router.byte_order == "big"), routers[-1])
    for pair in ((little, big), (big, little)):
        yield f"wrong password of {pair[0].name} at {pair[1].name}", wrong_password, pair


def build(name):
    """Brings the executable up to date; what that says is shown only if it fails."""
    said = subprocess.run([ROOT / "CrossCompile" / "build", name, CRYPTO, "cjdroute"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if said.returncode != 0:
        raise Refusal(f"{said.stdout}\n{name} cannot be built, see above")


def take(names):
    """The routers that can run here, and how many cannot."""
    routers, skipped = [], 0
    for name in names:
        platform = Platform(name)
        try:
            if reason := platform.values.get("unsupported"):
                raise Skip(reason)
            router = Router(platform)
        except (Refusal, Skip) as reason:
            print(f"{name}: skipped: {reason}")
            skipped += 1
            continue
        if not MADE:
            print(f"{name}: building with {CRYPTO}", flush=True)
            build(name)
        if not router.path.is_file():
            raise Refusal(f"{router.path} is missing")
        routers.append(router)
    return routers, skipped


def main(names):
    passed = failed = 0
    try:
        require_root()
        routers, skipped = take(names or DEFAULT)
    except Skip as reason:
        print(f"cross-mesh: skipped: {reason}")
        print(f"0 passed, 0 failed, {len(names or DEFAULT)} skipped")
        return 0
    except Refusal as reason:
        print(f"cross-mesh: {reason}")
        return 1
    for name, test, arguments in tests(routers) if routers else ():
        begin = time.monotonic()
        try:
            outcome = test(*arguments)
            passed += 1
        except (LabError, OSError, KeyError, subprocess.SubprocessError) as error:
            outcome = f"FAILED: {error}"
            failed += 1
        print(f"{name} ({time.monotonic() - begin:.0f} s): {outcome}", flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("cross-mesh: interrupted; everything is removed again")
        sys.exit(130)
