"""A file that is applied while the node runs, and what a service manager hears of it."""
import copy
import json
import os
import re
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
from lab import Lab, LabError  # noqa: E402
from stage import Stage, check, plain  # noqa: E402

SLACK = 5 if os.environ.get("CI") else 1
NOTHING = ["nothing has changed"]


def reload(node, *lines, status=0, errors="", text=None):
    """Applies the node's configuration as it is now; the lines that it says are those."""
    if text is None:
        # A key that does nothing is remarked on.
        text = json.dumps({key: value for key, value in node.configuration.items()
                           if key != "pipe"}, indent=1)
    done = node.run(node.executable, "--reload", input=text, timeout=20)
    check(done.returncode == status, f"status {status} was expected",
          f"{done.returncode}: {done.stdout}{done.stderr}")
    check(sorted(done.stdout.splitlines()) == sorted(lines), f"it should say {list(lines)}",
          done.stdout + done.stderr)
    check(re.search(errors, done.stderr), f"it should complain of '{errors}'", done.stderr)
    check(errors or not done.stderr, "no complaint was expected", done.stderr)


def udp(node, number=0):
    return node.configuration["interfaces"]["UDPInterface"][number]


def record(node, other):
    """What `node` has of `other` as a peer."""
    found = [peer for peer in node.peers() if other.key.encode() in peer["addr"]]
    return found[0] if found else None


def established(node, other):
    found = record(node, other)
    return found is not None and found["state"] == b"ESTABLISHED"


def three(mesh, executable):
    """Three nodes; the first dials the others."""
    a, b, c = (mesh.node(letter, executable) for letter in "abc")
    addresses = []
    for other in (b, c):
        addresses.append(mesh.wire("a", other.name)[1] + ":9000")
        mesh.peer(a, other, addresses[-1].split(":")[0])
    mesh.start([a, b, c])
    for other in (b, c):
        a.reach(other, 15)
    return a, b, c, addresses


def test_what_stays_goes_on_without_loss(executable):
    with Lab("reload") as mesh:
        a, b, c, (to_b, to_c) = three(mesh, executable)
        entry = udp(a)["connectTo"][to_c]
        got = []
        ping = threading.Thread(target=lambda: got.append(a.ping(b, count=120, interval=0.05)))
        ping.start()
        begin = time.monotonic()
        reload(a, *NOTHING)
        taken = time.monotonic() - begin
        del udp(a)["connectTo"][to_c]
        reload(a, f"removed peer: {to_c}")
        check(record(a, c) is None, "the peer is still there")
        reload(a, *NOTHING)
        udp(a)["connectTo"][to_c] = entry
        reload(a, f"new peer: {to_c}")
        a.configuration["authorizedPasswords"].append({"password": 20 * "x", "user": "x"})
        # Of what stays: another name in the lists, and a password that is not needed yet.
        udp(a)["connectTo"][to_b].update(peerName="b", password="somethingelse")
        reload(a, "new user: x", f"changed peer: {to_b}")
        check(record(a, b)["user"] == b"b", "the new name", record(a, b))
        mesh.until(lambda: established(a, c), 5 * SLACK, "the new peer does not come")
        reload(a, *NOTHING)
        ping.join()
        check(got[0][0] == 120, "packets were lost", got[0][0])
        return f"{taken * 1000:.0f} ms for a file that has not changed"


def test_who_may_come_in(executable):
    with Lab("reload") as mesh:
        a, b = mesh.pair(executable, login="ann")
        b.configuration["authorizedPasswords"].append({"password": 20 * "n"})
        mesh.start([a, b])
        a.reach(b, 15)
        reload(b, *NOTHING)
        passwords = b.configuration["authorizedPasswords"]
        before = copy.deepcopy(passwords)
        passwords[0]["password"] = 20 * "c"
        passwords[1]["user"] = "named"
        passwords.append({"password": 20 * "z", "user": "zoe"})
        reload(b, "changed user: ann", "changed user: named", "new user: zoe")
        users = b.admin().call("AuthorizedPasswords_list")["users"]
        check(sorted(users) == [b"ann", b"named", b"zoe"], "the users", users)
        # The old password opens nothing any more, and the link that is up stays up.
        check(a.ping(b, count=3, interval=0.1)[0] == 3, "the link went down")
        a.stop()
        a.start()
        time.sleep(1.5)
        check(not established(a, b), "the old password still opens the link")
        next(iter(udp(a)["connectTo"].values()))["password"] = 20 * "c"
        reload(a, "changed peer: " + next(iter(udp(a)["connectTo"])))
        a.reach(b, 5 * SLACK)
        # Two that swap their passwords, and some that go.
        passwords[:] = [{"password": 20 * "z", "user": "ann"}, {"password": 20 * "c",
                                                                 "user": "zoe"}]
        reload(b, "changed user: ann", "new user: zoe", "removed user: named")
        reload(b, *NOTHING)
        passwords[:] = before
        reload(b, "changed user: ann", "new user: an entry without a user",
               "removed user: zoe")
        reload(b, *NOTHING)


def test_a_peer_that_had_come_in_becomes_ours_and_stays(executable):
    with Lab("reload") as mesh:
        a, b = mesh.pair(executable)
        mesh.start([a, b])
        a.reach(b, 15)
        source = record(b, a)["lladdr"].decode()
        udp(b)["connectTo"][source] = mesh.entry(b, a)
        packets = record(b, a)["receivedPackets"]
        reload(b, f"changed peer: {source}")
        found = record(b, a)
        check(found["configured"] == source.encode() and not found["isIncoming"]
              and found["receivedPackets"] >= packets, "its session is another one", found)
        reload(a, "new user: user-b")
        # Unlisted, it goes at once and may come in again.
        udp(b)["connectTo"].clear()
        reload(b, f"removed peer: {source}")
        mesh.until(lambda: established(b, a) and record(b, a)["isIncoming"], 10 * SLACK,
                   "it does not come in again")


def test_interfaces_come_and_are_told_about_beacons(executable):
    with Lab("reload") as mesh:
        a, b = (mesh.node(letter, executable) for letter in "ab")
        _, address = mesh.wire("a", "b")
        mesh.start([a, b])
        # One more socket, and a peer on it.
        b.configuration["interfaces"]["UDPInterface"].append({"bind": "0.0.0.0:9001"})
        a.configuration["interfaces"]["UDPInterface"].append(
            {"bind": "0.0.0.0:9001", "connectTo": {}})
        mesh.peer(a, b, address, port=9001, interface=1)
        reload(b, "new interface: UDPInterface 0.0.0.0:9001", "new user: user-a1")
        reload(a, "new interface: UDPInterface 0.0.0.0:9001", f"new peer: {address}:9001")
        a.reach(b, 10 * SLACK)
        check(record(a, b)["ifNum"] == 1, "the link is on another interface", record(a, b))
        for node in (a, b):
            reload(node, *NOTHING)
        # Gone: its peers go, the socket stays until the next start.
        del a.configuration["interfaces"]["UDPInterface"][1]
        reload(a, f"removed peer: {address}:9001",
               "needs a restart to be closed: UDPInterface 0.0.0.0:9001")
        check(record(a, b) is None, "the peer is still there")
        # Over bare Ethernet: named, and found by beacons, which begin with a change of the file.
        first, second = mesh.cable(a, b, beacon=2)
        name = f"ETHInterface {first['bind']}"
        first["beacon"] = 1
        reload(b, f"new interface: ETHInterface {second['bind']}")
        reload(a, f"new interface: {name}",
               "needs a restart to be closed: UDPInterface 0.0.0.0:9001")
        mesh.until(lambda: established(a, b), 10 * SLACK, "beacons do not bring them together")
        first["beacon"] = 0
        reload(a, f"beacons: {name}",
               "needs a restart to be closed: UDPInterface 0.0.0.0:9001")
        check(established(a, b), "the neighbour has gone")
        links = a.admin().pages("InterfaceController_interfaces", "ifaces")
        check([link["beaconState"] for link in links if link["name"].startswith(b"ETH")]
              == [b"DISABLED"], "the beacons", links)
        first["network"] = "other"
        reload(a, f"needs a restart: {name}: network other",
               "needs a restart to be closed: UDPInterface 0.0.0.0:9001")


def test_all_devices_and_beacons_over_udp(executable):
    with Lab("reload") as mesh:
        a, b = (mesh.node(letter, executable) for letter in "ab")
        mesh.wire("a", "b")
        mesh.start([a, b])
        for node in (a, b):
            node.configuration["interfaces"]["ETHInterface"] = [{"bind": "all", "beacon": 2}]
            reload(node, "new settings: ETHInterface all: network , beacon 2")
            reload(node, *NOTHING)
        mesh.until(lambda: established(a, b), 10 * SLACK, "no link by all devices")
        a.configuration["interfaces"]["ETHInterface"][0]["beacon"] = 0
        reload(a, "new settings: ETHInterface all: network , beacon 0")
        check(established(a, b), "the neighbour has gone")
        # One of them is named now, with what it was: it is the same link.
        a.configuration["interfaces"]["ETHInterface"].append({"bind": "w1a", "beacon": 1})
        reload(a, "new interface: ETHInterface w1a")
        check(established(a, b), "the neighbour has gone")
        reload(a, *NOTHING)
        # The beacon port is opened with its socket.
        a.configuration["interfaces"]["UDPInterface"][0].update(
            beacon=1, beaconPort=64512, beaconDevices=["all"])
        done = a.run(executable, "--reload", input=json.dumps(a.configuration))
        check(re.search(r"needs a restart: UDPInterface 0.0.0.0:9000: dscp 0, beaconPort 64512",
                        done.stdout), "the beacon port", done.stdout + done.stderr)


def test_what_needs_a_restart_is_named(executable):
    with Lab("reload") as mesh:
        a = mesh.node("a", executable)
        a.start()
        other = mesh.node("other", executable)
        a.configuration["privateKey"] = other.configuration["privateKey"]
        a.configuration["router"]["interface"]["tunDevice"] = "cjdns1"
        a.configuration["security"][0]["setuser"] = "nobody"
        a.configuration["logging"]["logTo"] = "syslog"
        a.configuration["stateFile"] = os.path.join(mesh.folder, "state")
        reload(a, f"needs a restart: privateKey: that of {other.key}",
               "needs a restart: router: TUN device cjdns1",
               "needs a restart: security.setuser: nobody",
               "needs a restart: security: keepNetAdmin 0, nofiles 0, noforks 0",
               "needs a restart: logging: syslog",
               f"needs a restart: stateFile: {mesh.folder}/state")


def test_a_bad_file_or_no_node_changes_nothing(executable):
    with Lab("reload") as mesh:
        a, b, c, (to_b, to_c) = three(mesh, executable)
        good = copy.deepcopy(a.configuration)
        del udp(a)["connectTo"][to_b]
        udp(a)["bind"] = "eth0"
        reload(a, status=1, errors=r"^cjdroute\.conf: line \d+, column \d+: "
               r"interfaces\.UDPInterface\[0\]\.bind: 'eth0'")
        reload(a, status=1, errors=r"line 1, column 1", text="{")
        a.configuration = copy.deepcopy(good)
        a.configuration["admin"]["password"] = "wrong"
        del udp(a)["connectTo"][to_b]
        reload(a, status=1, errors=r"127\.0\.0\.1:11234 has another admin\.password")
        a.configuration["admin"]["bind"] = "127.0.0.1:11235"
        reload(a, status=1, errors=r"no node answers on 127\.0\.0\.1:11235.*unreachable")
        a.configuration = good
        check(established(a, b) and established(a, c), "a peer has gone")
        reload(a, *NOTHING)
        # What the node refuses is told, and the rest is done.
        udp(a)["connectTo"].pop(to_c)
        a.configuration["interfaces"]["UDPInterface"].append({"bind": "192.0.2.1:9000"})
        reload(a, f"removed peer: {to_c}", status=1,
               errors=r"UDPInterface 192\.0\.2\.1:9000: UDP: this machine does not have")


# The service manager

def manager(stage, path):
    """Where a service tells how it goes; a name without a file is one of the namespace."""
    found = stage.socket_in(stage.namespace("a"), socket.AF_UNIX, socket.SOCK_DGRAM)
    found.bind(path)
    found.settimeout(5 * SLACK)
    return found


def test_a_service_manager_hears_how_it_goes(executable):
    with Stage("reload") as stage:
        folder = stage.folder
        os.chmod(folder, 0o755)
        root = os.path.join(folder, "root")
        os.mkdir(root)
        configuration = plain(executable, security=[
            {"setuser": "nobody"}, {"chroot": root}, {"nofiles": 1}, {"noforks": 1}])
        for place in (os.path.join(folder, "notify"), f"\0cjdns-test-{os.getpid()}"):
            heard = manager(stage, place)
            os.environ.update(NOTIFY_SOCKET=place.replace("\0", "@"), WATCHDOG_USEC="400000")
            try:
                process = stage.front("a", executable, configuration, "--nobg")
            finally:
                del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
            check(heard.recv(100) == b"READY=1", "it is not ready")
            check("cjstart0" in stage.ip("a", "link"), "it is ready without a TUN device")
            for _ in range(20):
                # What has come before.
                begin = time.monotonic()
                check(heard.recv(100) == b"WATCHDOG=1", "no sign of life")
                if time.monotonic() - begin > 0.05:
                    break
            begin = time.monotonic()
            for _ in range(5):
                check(heard.recv(100) == b"WATCHDOG=1", "no sign of life")
            seconds = time.monotonic() - begin
            check(0.9 < seconds < 1.3 * SLACK, "five signs of life, 0.2 s apart", seconds)
            pid = stage.pid("a", configuration)
            os.kill(pid, signal.SIGHUP)
            stage.until(lambda: "SIGHUP changes nothing" in stage.text("a"), 5, "no word of SIGHUP")
            check(stage.answers("a", configuration), "SIGHUP ended it")
            os.kill(pid, signal.SIGTERM)
            check(process.wait(5) == 0, "status", process.returncode)
            last = [heard.recv(100)]
            while last[-1] == b"WATCHDOG=1":
                last.append(heard.recv(100))
            check(last[-1] == b"STOPPING=1", "the last words", last)
            heard.close()


def test_another_process_is_not_watched(executable):
    with Stage("reload") as stage:
        heard = manager(stage, os.path.join(stage.folder, "notify"))
        os.environ.update(NOTIFY_SOCKET=os.path.join(stage.folder, "notify"),
                          WATCHDOG_USEC="200000", WATCHDOG_PID="1")
        try:
            stage.front("a", executable, plain(executable), "--nobg")
        finally:
            for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
                del os.environ[name]
        check(heard.recv(100) == b"READY=1", "it is not ready")
        heard.settimeout(0.5)
        try:
            raise LabError(f"it should say no more: {heard.recv(100)}")
        except TimeoutError:
            pass


if __name__ == "__main__":
    lab.main(globals())
