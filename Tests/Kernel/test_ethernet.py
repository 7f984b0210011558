"""Links over bare Ethernet: veth pairs and bridges in namespaces."""
import copy
import hashlib
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "CrossCompile")]
import lab  # noqa: E402
from interop import pings, transfer  # noqa: E402
from lab import Lab, LabError, Skip, Wiretap  # noqa: E402
from platforms import Platform  # noqa: E402
from refusal import Refusal  # noqa: E402

# What is promised; machines that test are slower than those that route.
SLACK = 5 if os.environ.get("CI") else 1
FIND_SECONDS = 2
ETHER_TYPE = 0xFC00
BROADCAST = b"\xff" * 6
# As a node gives itself up for good: no rights to open anything are left.
NOBODY = [{"setuser": "nobody", "keepNetAdmin": 1}, {"chroot": "/var/run"}, {"nofiles": 1},
          {"noforks": 1}, {"setupComplete": 1}]


def ethernet(**changes):
    """A configuration with nothing but Ethernet: everything else is found out."""
    return {"ETHInterface": [dict({"bind": "all", "beacon": 2}, **changes)]}


def nodes_of(mesh, executable, names, **options):
    options.setdefault("interfaces", ethernet())
    return [mesh.node(name, executable, **copy.deepcopy(options)) for name in names]


def established(node):
    return {peer["addr"].decode()[-54:] for peer in node.peers()
            if peer["state"] == b"ESTABLISHED"}


def met(nodes):
    keys = {node.key for node in nodes}
    return all(established(node) == keys - {node.key} for node in nodes)


def find_each_other(mesh, nodes, seconds=FIND_SECONDS, begin=None):
    """Waits until each is a peer of each; the seconds that took, from `begin` on."""
    begin = begin or time.monotonic()
    waiting = list(nodes)
    keys = {node.key for node in nodes}
    while waiting:
        waiting = [node for node in waiting if established(node) != keys - {node.key}]
        if waiting and time.monotonic() - begin > seconds * SLACK:
            raise LabError(
                f"after {seconds * SLACK} s {len(waiting)} of {len(nodes)} have not found all: "
                + ", ".join(f"{node.name} {len(established(node))}" for node in waiting)
                + "\n" + waiting[0].log()[-2000:])
    return time.monotonic() - begin


def plugged_in(executable, count):
    with Lab("ethernet") as mesh:
        names = [chr(ord("a") + i) for i in range(count)]
        mesh.segment(names, up=False)
        nodes = nodes_of(mesh, executable, names)
        mesh.start(nodes)
        if any(node.peers() for node in nodes):
            raise LabError("there are peers without a cable")
        begin = time.monotonic()
        mesh.plug(names)
        seconds = find_each_other(mesh, nodes, begin=begin)
        for origin in nodes:
            for target in nodes:
                if origin is not target:
                    origin.reach(target, 3 * SLACK)
        pings((nodes[0], nodes[-1]))
        return f"{seconds:.2f} s after the cables were plugged in"


def test_two_nodes_on_a_segment_find_each_other(executable):
    return plugged_in(executable, 2)


def test_three_nodes_on_a_segment_find_each_other(executable):
    return plugged_in(executable, 3)


def test_eight_nodes_on_a_segment_find_each_other(executable):
    return plugged_in(executable, 8)


def test_bulk_over_a_segment(executable):
    with Lab("ethernet") as mesh:
        mesh.segment("ab")
        a, b = nodes_of(mesh, executable, "ab")
        mesh.start([a, b])
        find_each_other(mesh, [a, b])
        notes = [f"{80 / transfer(mesh, *pair, 10 << 20):.0f} Mbit/s" for pair in ((a, b), (b, a))]
        # The link layer holds no more than it is told to.
        if max(p["lostPackets"] for p in a.peers() + b.peers()) > 100:
            raise LabError("packets were lost on a wire that loses none")
        return " and ".join(notes)


def test_two_segments_in_line(executable):
    """The node in the middle serves two devices by one element, `all`."""
    with Lab("ethernet") as mesh:
        mesh.wire("a", "b")
        mesh.wire("b", "c")
        a, b, c = nodes_of(mesh, executable, "abc")
        mesh.start([a, b, c])
        seconds = a.reach(c, 5 * SLACK)
        names = sorted(entry["name"].decode() for entry in
                       b.admin().pages("InterfaceController_interfaces", "ifaces"))
        if names != ["ETH/w1b", "ETH/w2a"]:
            raise LabError(f"links of the middle: {names}")
        if established(a) != {b.key} or established(c) != {b.key}:
            raise LabError("the ends have other neighbours than the middle")
        pings((a, c), (c, a))
        transfer(mesh, a, c, 4 << 20)
        return f"first reply after {seconds:.2f} s"


def test_a_node_that_restarts_is_back(executable):
    with Lab("ethernet") as mesh:
        mesh.segment("abc")
        nodes = nodes_of(mesh, executable, "abc")
        mesh.start(nodes)
        find_each_other(mesh, nodes)
        notes = []
        for node in nodes:
            node.stop(kill=True)
            node.start()
            notes.append(f"{find_each_other(mesh, nodes):.2f}")
        return " ".join(notes) + " s"


# Devices that come and go

def test_a_device_comes_and_goes_after_privileges_are_gone(executable):
    """Down and up, without a carrier, renamed, removed and made again, for `all` and by name."""
    notes = []
    for bind in ("all", "eth0"):
        with Lab("ethernet") as mesh:
            mesh.segment("ab")
            a, b = nodes_of(mesh, executable, "ab", interfaces=ethernet(bind=bind), security=NOBODY)
            mesh.start([a, b])
            find_each_other(mesh, [a, b])
            a.reach(b, 5 * SLACK)
            for what, action in changes(mesh, bind):
                action()
                mesh.until(lambda: met([a, b]), 3 * SLACK,
                           f"{bind}: no neighbours after: {what}\n%LOG%" + a.log_path)
                begin = time.monotonic()
                a.reach(b, 4 * SLACK)
                notes.append(f"{time.monotonic() - begin:.1f}")
            if sum(len(node.peers()) for node in (a, b)) != 2:
                raise LabError(f"{bind}: former peers are still there")
            return_ = [node.stop() for node in (a, b)]
            if any(return_):
                raise LabError(f"{bind}: ended with status {return_}")
    return "back after " + " ".join(notes) + " s"


def changes(mesh, bind):
    space = mesh.namespace("a")

    def ip(*words):
        mesh._ip("-n", space, *words)

    def down_and_up():
        ip("link", "set", "eth0", "down")
        time.sleep(0.5)
        ip("link", "set", "eth0", "up")

    def carrier():
        mesh.plug("a", up=False)
        time.sleep(6)
        mesh.plug("a")

    def rename():
        ip("link", "set", "eth0", "down")
        ip("link", "set", "eth0", "name", "lan7")
        ip("link", "set", "lan7", "up")
        mesh.until(lambda: shown(mesh.nodes["a"]) == ["ETH/lan7"], 2 * SLACK,
                   "the new name is not shown")

    def rename_back():
        ip("link", "set", "lan7", "down")
        ip("link", "set", "lan7", "name", "eth0")
        ip("link", "set", "eth0", "up")

    def remove_and_add():
        ip("link", "del", "eth0")
        wanted = [] if bind == "all" else ["ETH/eth0"]
        mesh.until(lambda: shown(mesh.nodes["a"]) == wanted, 2 * SLACK,
                   f"links after the device was removed: {shown(mesh.nodes['a'])}")
        time.sleep(0.5)
        mesh.attach("a")

    return (("down and up", down_and_up), ("a pulled cable", carrier), ("a new name", rename),
            ("the old name", rename_back), ("removed and added", remove_and_add))


def shown(node):
    return [entry["name"].decode() for entry in
            node.admin().pages("InterfaceController_interfaces", "ifaces")]


def test_a_cable_that_is_pulled_is_noticed_at_once(executable):
    with Lab("ethernet") as mesh:
        a, b = nodes_of(mesh, executable, "ab")
        mesh.wire("a", "b")
        mesh.wire("a", "b")
        mesh.start([a, b])
        mesh.until(lambda: len([p for p in a.peers() if p["state"] == b"ESTABLISHED"]) == 2,
                   5 * SLACK, "not both links came up")
        a.reach(b, 5 * SLACK)
        time.sleep(2)
        gaps = []
        for wire in (1, 2):
            mesh._ip("-n", b.namespace, "link", "set", f"w{wire}b", "down")
            gaps.append(a.reach(b, 2 * SLACK))
            mesh._ip("-n", b.namespace, "link", "set", f"w{wire}b", "up")
            time.sleep(3)
        return "the other cable after " + " and ".join(f"{gap:.2f} s" for gap in gaps)


def test_a_device_that_is_missing_is_waited_for(executable):
    with Lab("ethernet") as mesh:
        mesh.segment("b")
        a, b = nodes_of(mesh, executable, "ab", interfaces=ethernet(bind="eth0"), security=NOBODY)
        mesh.start([a, b])
        if "there is no eth0; it is used when it comes" not in a.log():
            raise LabError("the log says nothing about a missing device:\n" + a.log())
        mesh.attach("a")
        return f"{find_each_other(mesh, [a, b]):.2f} s after it came"


def test_a_device_that_is_named_is_switched_on(executable):
    with Lab("ethernet") as mesh:
        mesh.segment("ab")
        a, b = nodes_of(mesh, executable, "ab", interfaces=ethernet(bind="eth0"))
        mesh._ip("-n", a.namespace, "link", "set", "eth0", "down")
        mesh.start([a, b])
        find_each_other(mesh, [a, b])


# Kinds of devices

def test_mtus(executable):
    notes = []
    for mtu in (1280, 1330, 1500, 9000):
        with Lab("ethernet") as mesh:
            mesh.segment("ab", mtu=mtu)
            a, b = nodes_of(mesh, executable, "ab")
            mesh.start([a, b])
            find_each_other(mesh, [a, b])
            a.reach(b, 5 * SLACK)
            # IPv6 and ICMP headers, and what a link and a session add (links.md section 10).
            largest = min(1304, mtu - 26) - 48
            received, _ = a.ping(b, 5, interval=0.1, size=largest)
            if received != 5:
                raise LabError(f"MTU {mtu}: {received} of 5 pings of {largest} bytes")
            said = "is too small for full packets" in a.log()
            if said != (mtu < 1330):
                raise LabError(f"MTU {mtu}: what the log says of it:\n" + a.log())
            if mtu >= 1330:
                notes.append(f"{mtu}: {33.6 / transfer(mesh, a, b, 4 << 20):.0f} Mbit/s")
            else:
                # What is too long is lost, and nothing else.
                a.ping(b, 3, interval=0.1, size=1200)
                pings((a, b))
    return ", ".join(notes)


def test_vlan(executable):
    """On VLAN 5 of the segment are two, beside it one who hears nothing of them."""
    with Lab("ethernet") as mesh:
        mesh.segment("abc")
        a, b, c = nodes_of(mesh, executable, "abc", interfaces=ethernet(bind="eth0.5"))
        c.configuration["interfaces"] = ethernet(bind="eth0")
        for name in "ab":
            try:
                mesh._ip("-n", mesh.namespace(name), "link", "add", "link", "eth0", "name",
                         "eth0.5", "type", "vlan", "id", "5")
            except LabError as error:
                raise Skip(f"this kernel has no VLANs: {error}")
        mesh.start([a, b, c])
        find_each_other(mesh, [a, b])
        pings((a, b))
        if c.peers():
            raise LabError("frames of another VLAN were taken")


def test_a_bridge_and_its_ports(executable):
    """`all` serves the bridge and not its ports; a port that is named is refused with a reason."""
    with Lab("ethernet") as mesh:
        mesh.segment("ab")
        a, b = nodes_of(mesh, executable, "ab")
        router = mesh.node("hub", executable, interfaces=ethernet())
        mesh.start([a, b, router])
        find_each_other(mesh, [a, b, router])
        if shown(router) != ["ETH/br0"]:
            raise LabError(f"links of the bridge's owner: {shown(router)}")
        # A port leaves the bridge and is a segment of its own.
        mesh._ip("-n", router.namespace, "link", "set", "to-b", "nomaster")
        mesh.until(lambda: sorted(shown(router)) == ["ETH/br0", "ETH/to-b"], 2 * SLACK,
                   "a device that left the bridge has no link")
        seconds = a.reach(b, 6 * SLACK)
        mesh._ip("-n", router.namespace, "link", "set", "to-b", "master", "br0")
        mesh.until(lambda: shown(router) == ["ETH/br0"], 2 * SLACK,
                   "a device that is a port again still has a link")
        router.stop()
        router.configuration["interfaces"] = ethernet(bind="to-a")
        router.start()
        if "to-a is a port of a bridge" not in router.log():
            raise LabError("the log says nothing about a port:\n" + router.log())
        return f"through the bridge's owner after {seconds:.1f} s"


# Who talks to whom

def test_connect_by_address_of_the_card(executable):
    with Lab("ethernet") as mesh:
        mesh.segment("ab")
        a, b = nodes_of(mesh, executable, "ab", interfaces=ethernet(bind="eth0", beacon=0))
        b.configuration["authorizedPasswords"] = [{"password": "a-long-one-of-letter", "user": "x"}]
        entry = {"password": "a-long-one-of-letter", "login": "x", "publicKey": b.key,
                 "peerName": "bob"}
        a.configuration["interfaces"]["ETHInterface"][0]["connectTo"] = {mesh.card("b"): entry}
        mesh.start([a, b])
        seconds = find_each_other(mesh, [a, b])
        users = [p["user"] for p in a.peers()] + [p["user"] for p in b.peers()]
        addresses = [p["lladdr"].decode() for p in a.peers() + b.peers()]
        if users != [b"bob", b"x"] or addresses != [mesh.card("b"), mesh.card("a")]:
            raise LabError(f"{users} {addresses}")
        pings((a, b))
        # Who is dialled and restarts is found again.
        b.stop(kill=True)
        b.start()
        return f"{seconds:.2f} s, again after {find_each_other(mesh, [a, b], 5):.2f} s"


def test_beacon_modes(executable):
    """Two that only listen do not meet; each meets the one who sends; who is off meets nobody."""
    with Lab("ethernet") as mesh:
        mesh.segment("abcd")
        nodes = nodes_of(mesh, executable, "abcd")
        for node, mode in zip(nodes, (2, 1, 1, 0)):
            node.configuration["interfaces"] = ethernet(beacon=mode)
        mesh.start(nodes[1:])
        tap = Wiretap(mesh, "a", "eth0")
        time.sleep(2)
        ours = [packet for packet in tap.stop() if packet[12:14] == b"\xfc\x00"]
        if any(node.peers() for node in nodes[1:]) or ours:
            raise LabError("who does not send beacons was found, or sent something")
        mesh.start(nodes[:1])
        a, b, c, d = nodes
        mesh.until(lambda: established(a) == {b.key, c.key}, FIND_SECONDS * SLACK,
                   "the one who sends does not meet those who listen")
        time.sleep(0.5)
        if established(b) != {a.key} or established(c) != {a.key} or d.peers():
            raise LabError("who only listens met others than the one who sends")


def test_networks_with_names_keep_apart(executable):
    with Lab("ethernet") as mesh:
        mesh.segment("abcd")
        a, b, c, d = nodes = nodes_of(mesh, executable, "abcd")
        for node, name in zip(nodes, ("north", "south", "north", "south")):
            node.configuration["interfaces"] = ethernet(network=name)
        tap = Wiretap(mesh, "d", "eth0")
        mesh.start(nodes)
        find_each_other(mesh, [a, c])
        find_each_other(mesh, [b, d])
        time.sleep(2)
        if not (met([a, c]) and met([b, d])):
            raise LabError("neighbours of another network were taken")
        alphabet = "0123456789bcdfghjklmnpqrstuvwxyz"
        number = int.from_bytes(hashlib.sha256(b"north").digest(), "little")
        password = "".join(alphabet[number >> 5 * i & 31] for i in range(19)).encode() + b"\0"
        beacons = [frame for frame in tap.stop()
                   if frame[:6] == BROADCAST and frame[12:14] == b"\xfc\x00"]
        if not any(frame[24:44] == password for frame in beacons):
            raise LabError("no beacon has the password that the name gives")


def test_what_the_admin_interface_opens(executable):
    with Lab("ethernet") as mesh:
        mesh.segment("ab")
        a, b = nodes_of(mesh, executable, "ab", interfaces={})
        mesh.start([a, b])
        for node in (a, b):
            admin = node.admin()
            devices = admin.call("ETHInterface_listDevices")["devices"]
            if sorted(devices) != [b"eth0", b"lo"]:
                raise LabError(f"devices: {devices}")
            if "no Ethernet device" not in admin.call(
                    "ETHInterface_new", bindDevice="nope0")["error"].decode():
                raise LabError("a device that is not there was opened")
            reply = admin.call("ETHInterface_new", bindDevice="eth0")
            if reply.get("error") != b"none" or reply.get("interfaceNumber") != 0:
                raise LabError(f"ETHInterface_new: {reply}")
        reply = b.admin().call("ETHInterface_beacon", interfaceNumber=0, state=2)
        if reply.get("stateName") != b"sending and accepting":
            raise LabError(f"ETHInterface_beacon: {reply}")
        b.admin().call("AuthorizedPasswords_add", password="123456789012345", user="u")
        reply = a.admin().call(
            "ETHInterface_beginConnection", publicKey=b.key, macAddress=mesh.card("b"),
            interfaceNumber=0, password="123456789012345", login="u")
        if reply.get("error") != b"none":
            raise LabError(f"ETHInterface_beginConnection: {reply}")
        find_each_other(mesh, [a, b])


def test_without_the_right_to_raw_frames(executable):
    """The log says what to do, and the node runs on."""
    with Lab("ethernet") as mesh:
        mesh.segment("a")
        [node] = nodes_of(mesh, ["setpriv", "--reuid", "65534", "--clear-groups", executable], "a",
                          tun=False)
        node.start()
        if not re.search(r"ERROR.*as root.*setcap cap_net_admin,cap_net_raw\+ep", node.log()):
            raise LabError("the log does not say what to do:\n" + node.log())


# Hostile neighbours

def node_keys(count):
    """Keys of nodes: their addresses begin with fc."""
    found, number = [], 0
    while len(found) < count:
        key = hashlib.sha256(number.to_bytes(8, "big")).digest()
        if hashlib.sha512(hashlib.sha512(key).digest()).digest()[0] == 0xFC:
            found.append(key)
        number += 1
    return found


def frame(to, source, content, length=None):
    length = len(content) + 6 if length is None else length
    return to + source + struct.pack(">HHHH", ETHER_TYPE, 0, length, ETHER_TYPE) + content


class Flooder:
    """Says what it can from a device of its own on the segment, ten thousand frames a second: what
    is lost beyond that is lost for want of time on a machine that floods itself."""

    def __init__(self, mesh, frames):
        self.socket = mesh.socket_in(mesh.namespace("evil"), socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind(("eth0", 0))
        self.frames, self.count, self.running = frames, 0, True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        for packet in self.frames:
            if not self.running:
                return
            try:
                self.socket.send(packet)
            except OSError:
                continue
            self.count += 1
            if self.count % 100 == 0:
                time.sleep(0.01)

    def stop(self):
        self.running = False
        self.thread.join()
        self.socket.close()
        return self.count


def beacons(keys):
    number = 0
    while True:
        yield frame(BROADCAST, b"\x02" + os.urandom(5), struct.pack(">I", 21) + os.urandom(20)
                    + keys[number % len(keys)])
        number += 1


def test_a_hub_with_a_flooder(executable):
    """Beacons of nodes that are not there, each from another card: they take no place in the switch
    and cost few handshakes, and traffic goes on."""
    with Lab("ethernet") as mesh:
        mesh.segment(["a", "b", "evil"], hub=True)
        a, b = nodes_of(mesh, executable, "ab")
        mesh.start([a, b])
        find_each_other(mesh, [a, b])
        a.reach(b, 5 * SLACK)
        memory = a.resident_kilobytes()
        keys = node_keys(50)
        tap = Wiretap(mesh, "a", "eth0")
        own = bytes.fromhex(mesh.card("a").replace(":", ""))
        flooder = Flooder(mesh, beacons(keys))
        begin = time.monotonic()
        received, _ = a.ping(b, 50, interval=0.1)
        seconds = time.monotonic() - begin
        peers = a.peers()
        count = flooder.stop()
        hellos = [packet for packet in tap.stop() if packet[6:12] == own and packet[:6] != BROADCAST
                  and packet[20:23] == bytes(3) and packet[23] < 2]
        grown = a.resident_kilobytes() - memory
        if received < 49:
            raise LabError(f"{received} of 50 pings during the flood")
        if count < 1000:
            raise LabError(f"the flood had {count} beacons only")
        if not 16 <= len(hellos) < 4 * (16 + 4 * (seconds + 1)):
            raise LabError(f"{len(hellos)} handshakes for {count} beacons in {seconds:.1f} s")
        if len(peers) > 33 or sum(p["state"] == b"ESTABLISHED" for p in peers) != 1:
            raise LabError(f"{len(peers)} peers")
        if grown > 512:
            raise LabError(f"memory grew by {grown} kB")
        # They are forgotten, and who comes now is found.
        mesh.until(lambda: len(a.peers()) == 1, 15 * SLACK, "those who are not there stay")
        mesh.attach("c")
        [c] = nodes_of(mesh, executable, "c")
        c.start()
        find_each_other(mesh, [a, b, c])
        return f"{count} beacons, {len(hellos)} handshakes, {grown} kB more"


def test_frames_that_are_for_nobody_here(executable):
    """A hub brings the frames of others, multicast, and nonsense: the kernel keeps them away."""
    with Lab("ethernet") as mesh:
        mesh.segment(["a", "b", "evil"], hub=True)
        a, b = nodes_of(mesh, executable, "ab")
        # As a program that listens to everything makes it.
        mesh._ip("-n", a.namespace, "link", "set", "eth0", "promisc", "on")
        mesh.start([a, b])
        find_each_other(mesh, [a, b])
        own = bytes.fromhex(mesh.card("a").replace(":", ""))
        evil = bytes.fromhex(mesh.card("evil").replace(":", ""))
        key = node_keys(1)[0]
        beacon = struct.pack(">I", 21) + bytes(20) + key
        hello = bytes(120)
        bad = [frame(b"\x02\x00\x00\x00\x99\x99", evil, hello),
               frame(b"\x01\x00\x5e\x00\x00\x01", evil, hello),
               frame(b"\x33\x33\x00\x00\x00\x01", evil, beacon),
               frame(BROADCAST, evil, b"short"),
               frame(own, evil, hello)[:14] + b"\x01" + frame(own, evil, hello)[15:],
               frame(own, evil, hello)[:18] + b"\x08\x00" + frame(own, evil, hello)[20:]]
        def counted():
            return a.admin().call("Core_counters")
        names = ("linkRunt", "linkStranger", "linkRefused", "linkBeaconRefused",
                 "linkUndecryptable")
        before = counted()
        Flooder(mesh, bad * 50).thread.join()
        # These get in, and are counted.
        good = [frame(own, evil, hello), frame(own, evil, b""), frame(BROADCAST, evil, bytes(56)),
                frame(own, evil, b"x" * 80, length=4000), frame(own, evil, b"x" * 80, length=3)]
        Flooder(mesh, good * 10).thread.join()
        time.sleep(0.5)
        grown = {name: counted()[name] - before[name] for name in names if name in before}
        if grown != {"linkRunt": 10, "linkStranger": 0, "linkRefused": 10, "linkBeaconRefused": 10,
                     "linkUndecryptable": 0}:
            raise LabError(f"counted: {grown}")
        pings((a, b))


# Other machines

def test_both_byte_orders_on_one_segment(executable):
    build = pathlib.Path(os.environ.get("CROSS_BUILD") or ROOT / "build")
    commands, missing = [executable], []
    for name in ("mips_24kc", "mipsel_24kc", "powerpc_8548", "arm_xscale"):
        path = build / name / "sodium" / "cjdroute"
        try:
            if path.is_file():
                commands.append([*Platform(name).emulator, str(path)])
            else:
                missing.append(name)
        except Refusal as reason:
            raise Skip(str(reason))
    if len(commands) < 2:
        raise Skip("not built: make cross PLATFORM=" + missing[0])
    with Lab("ethernet") as mesh:
        names = [chr(ord("a") + i) for i in range(len(commands))]
        mesh.segment(names)
        nodes = [mesh.node(name, command, interfaces=ethernet())
                 for name, command in zip(names, commands)]
        mesh.start(nodes, 30 * SLACK)
        seconds = find_each_other(mesh, nodes, 20)
        for node in nodes[1:]:
            nodes[0].reach(node, 20)
        mesh._ip("-n", nodes[-1].namespace, "link", "del", "eth0")
        mesh.attach(nodes[-1].name)
        find_each_other(mesh, nodes, 20)
        return f"{len(nodes)} machines, {seconds:.1f} s" + (
            "; not built: " + " ".join(missing) if missing else "")


if __name__ == "__main__":
    lab.main(globals())
