"""Meshes of our nodes over UDP on the real kernel."""
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
from interop import pings, transfer, wrong_password  # noqa: E402
from lab import Lab, LabError, Wiretap  # noqa: E402


def test_a_line_of_eight_reaches_from_end_to_end(executable):
    with Lab("mesh") as mesh:
        nodes = mesh.line([executable] * 8)
        begin = time.monotonic()
        mesh.start(nodes)
        nodes[0].reach(nodes[-1], 20)
        first = time.monotonic() - begin
        for node in nodes[1:]:
            nodes[0].reach(node, 5)
            node.reach(nodes[-1], 5) if node is not nodes[-1] else None
        pings((nodes[0], nodes[-1]), (nodes[-1], nodes[0]))
        transfer(mesh, nodes[0], nodes[-1], 4 << 20)
        return f"first reply after {first:.2f} s"


def test_a_ring_survives_the_death_of_a_node(executable):
    with Lab("mesh") as mesh:
        nodes = mesh.line([executable] * 5)
        _, address = mesh.wire(nodes[-1].name, nodes[0].name)
        mesh.peer(nodes[-1], nodes[0], address)
        mesh.start(nodes)
        nodes[0].reach(nodes[2], 20)
        nodes[1].stop(kill=True)
        seconds = nodes[0].reach(nodes[2], 60)
        return f"another way found after {seconds:.1f} s"


def test_peers_over_ipv6(executable):
    with Lab("mesh") as mesh:
        a, b = (mesh.node(n, executable) for n in "ab")
        mesh.wire("a", "b")
        _, address = mesh.wire6("a", "b")
        for node in (a, b):
            node.configuration["interfaces"]["UDPInterface"] = [{"bind": "[::]:9000",
                                                                 "connectTo": {}}]
        mesh.peer(a, b, address)
        mesh.start([a, b])
        a.reach(b, 10)
        pings((a, b))


def test_several_binds_and_a_traffic_class(executable):
    with Lab("mesh") as mesh:
        a, b = (mesh.node(n, executable) for n in "ab")
        _, address = mesh.wire("a", "b")
        _, six = mesh.wire6("a", "b")
        for node in (a, b):
            node.configuration["interfaces"]["UDPInterface"] = [
                {"bind": "0.0.0.0:9000", "dscp": 46, "connectTo": {}},
                {"bind": "[::]:9001", "connectTo": {}}, {"bind": "0.0.0.0:9002", "connectTo": {}}]
        mesh.peer(a, b, address)
        mesh.peer(a, b, six, port=9001, interface=1)
        tap = Wiretap(mesh, "b", "w1b")
        mesh.start([a, b])
        a.reach(b, 10)
        mesh.until(lambda: sum(p["state"] == b"ESTABLISHED" for p in a.peers()) == 2, 5,
                   "not both links came up")
        classes = {p[15] >> 2 for p in tap.stop()
                   if p[12:14] == b"\x08\x00" and p[23] == 17 and p[36:38] == b"\x23\x28"}
        if classes != {46}:
            raise LabError(f"traffic classes on the wire: {classes}")


def test_beacons_are_enough(executable):
    with Lab("mesh") as mesh:
        nodes = [mesh.node(n, executable) for n in "ab"]
        mesh.wire("a", "b")
        for node in nodes:
            node.configuration["interfaces"]["UDPInterface"][0].update(
                beacon=2, beaconPort=64512, beaconDevices=["all"])
        begin = time.monotonic()
        mesh.start(nodes)
        nodes[0].reach(nodes[1], 10)
        return f"{time.monotonic() - begin:.2f} s"


def test_a_wrong_password_is_refused(executable):
    return wrong_password(executable, executable)


def test_a_login_and_a_peer_name_are_shown(executable):
    with Lab("mesh") as mesh:
        a, b = mesh.pair(executable, login="alice", name="bob")
        mesh.start([a, b])
        a.reach(b, 10)
        users = [p["user"] for p in a.peers()] + [p["user"] for p in b.peers()]
        if users != [b"bob", b"alice"]:
            raise LabError(f"users shown: {users}")


def test_own_address_is_answered_and_never_leaves(executable):
    with Lab("mesh") as mesh:
        a, b = mesh.pair(executable)
        mesh.start([a, b])
        a.reach(b, 10)
        tap = Wiretap(mesh, "a", "w1a")
        received, _ = a.ping(a, 5, interval=0.1, size=1000)
        if received != 5:
            raise LabError(f"{received} of 5 pings to the own address were answered")
        control, _ = a.ping(b, 5, interval=0.1, size=1100)
        large = [len(packet) for packet in tap.stop() if len(packet) > 1000]
        if control != 5 or len(large) != 10 or min(large) < 1100:
            raise LabError(f"large packets on the wire, 10 to and from the other node: {large}")


def test_what_cannot_go_out_is_answered_by_icmp(executable):
    with Lab("mesh") as mesh:
        a, b = mesh.pair(executable)
        mesh.start([a, b])
        a.reach(b, 10)
        nowhere = a.run("ping", "-6", "-n", "-c", "1", "-W", "12", "fc00::bad:1")
        if "nreachable" not in nowhere.stdout and "No route" not in nowhere.stdout:
            raise LabError("no ICMPv6 error for a node that is not there:\n" + nowhere.stdout)


def test_a_link_local_hostile_flood_leaves_the_mesh_alone(executable):
    """Random datagrams, and headers of handshakes with random keys, at full speed for 2 s."""
    with Lab("mesh") as mesh:
        a, b = (mesh.node(n, executable) for n in "ab")
        _, address = mesh.wire("a", "b")
        mesh.peer(a, b, address)
        mesh.start([a, b])
        a.reach(b, 10)
        before = b.resident_kilobytes()
        sender = mesh.socket_in(a.namespace, socket.AF_INET, socket.SOCK_DGRAM)
        end, count = time.monotonic() + 2, 0
        while time.monotonic() < end:
            kind = count % 6
            packet = (os.urandom(count % 200) if kind > 3 else
                      struct.pack(">I", kind) + os.urandom(116 + count % 64))
            sender.sendto(packet, (address, 9000))
            count += 1
        pings((a, b))
        grown = b.resident_kilobytes() - before
        if grown > 1024:
            raise LabError(f"memory grew by {grown} kB")
        return f"{count} datagrams, {grown} kB more"


def test_a_node_ends_in_order(executable):
    with Lab("mesh") as mesh:
        a = mesh.node("a", executable)
        for number in ("TERM", "INT"):
            a.start()
            if "cjdns0" not in a.run("ip", "link").stdout:
                raise LabError("no TUN device")
            import signal
            os.killpg(a.process.pid, getattr(signal, "SIG" + number))
            if a.process.wait(5) != 0:
                raise LabError(f"status {a.process.returncode} after {number}")
            a.process = None
            if "cjdns0" in a.run("ip", "link").stdout:
                raise LabError("the TUN device stayed")


if __name__ == "__main__":
    lab.main(globals())
