"""A laboratory of network namespaces in which nodes run on the real kernel.

Everything it makes carries a name of its own and is gone when the `with` block ends, also after
Ctrl-C. Needs root, iproute2, ping; nothing beyond Python's standard library.
"""
import ctypes
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import string
import subprocess
import sys
import tempfile
import threading
import time
import traceback

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """Something of the laboratory itself does not work; the text says what."""


class Skip(Exception):
    """A test cannot run here; the text says why."""


def require_root():
    """Raises Skip where namespaces or TUN devices cannot be made."""
    if os.geteuid() != 0:
        raise Skip("needs root")
    if shutil.which("ip") is None:
        raise Skip("needs iproute2")
    if not os.path.exists("/dev/net/tun"):
        raise Skip("needs /dev/net/tun")
    probe = f"cjprobe{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode != 0:
        raise Skip("network namespaces cannot be made here")
    subprocess.run(["ip", "netns", "del", probe], check=True)


def words(executable):
    """An executable is a path, or the words of a command that ends with it: an emulator's."""
    return [executable] if isinstance(executable, str) else list(executable)


# Bencode, as the admin interface speaks it.

def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    items = sorted((k.encode() if isinstance(k, str) else k, v) for k, v in value.items())
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in items) + b"e"


def bdecode(data):
    def value(at):
        kind = data[at:at + 1]
        if kind == b"i":
            end = data.index(b"e", at)
            return int(data[at + 1:end]), end + 1
        if kind == b"l":
            items, at = [], at + 1
            while data[at:at + 1] != b"e":
                item, at = value(at)
                items.append(item)
            return items, at + 1
        if kind == b"d":
            items, at = {}, at + 1
            while data[at:at + 1] != b"e":
                key, at = value(at)
                items[key.decode("latin-1")], at = value(at)
            return items, at + 1
        colon = data.index(b":", at)
        count = int(data[at:colon])
        return data[colon + 1:colon + 1 + count], colon + 1 + count
    return value(0)[0]


class Admin:
    """Asks the admin interface of a node; a new socket made inside its namespace."""

    def __init__(self, socket_, address, password):
        self.socket, self.address, self.password = socket_, address, password

    def exchange(self, request, timeout=2.0):
        """Sends `request` (a dict) until a reply with its txid comes; TimeoutError after that."""
        request = dict(request, txid=os.urandom(4).hex())
        packet = bencode(request)
        return self._send(packet, request["txid"], timeout)

    def _send(self, packet, txid, timeout):
        self.socket.sendto(packet, self.address)
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no answer from the admin interface")
            self.socket.settimeout(left)
            reply = bdecode(self.socket.recv(70000))
            if reply.get("txid", b"").decode() == txid:
                return reply

    def call(self, function, timeout=5.0, **arguments):
        """Calls `function` with authentication and returns its reply."""
        cookie = self.exchange({"q": "cookie"})["cookie"].decode()
        first = hashlib.sha256((self.password + cookie).encode()).hexdigest()
        txid = os.urandom(4).hex()
        request = {"q": "auth", "aq": function, "cookie": cookie, "hash": first, "txid": txid}
        if arguments:
            request["args"] = arguments
        second = hashlib.sha256(bencode(request)).hexdigest()
        request["hash"] = second
        return self._send(bencode(request), txid, timeout)

    def pages(self, function, key):
        """All entries of a list that comes in pages."""
        entries, page = [], 0
        while True:
            reply = self.call(function, page=page)
            entries += reply.get(key, [])
            if not reply.get("more"):
                return entries
            page += 1


class Node:
    """One node in a namespace of its own (or in one shared with others)."""

    def __init__(self, lab, name, executable, configuration):
        self.lab, self.name, self.executable = lab, name, executable
        self.configuration = configuration
        self.namespace = lab.namespace(name)
        self.key = configuration["publicKey"]
        self.address = configuration["ipv6"]
        self.process = None
        self.log_path = os.path.join(lab.folder, name + ".log")
        self.started = None
        self.restarts = 0

    def start(self, wait=True):
        """Starts it in the foreground; with `wait` returns when the admin interface answers."""
        configuration = json.dumps(self.configuration, indent=2).encode()
        log = open(self.log_path, "ab")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.namespace, *words(self.executable), "--nobg"],
            stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        log.close()
        try:
            self.process.stdin.write(configuration)
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        if wait:
            self.lab.until(lambda: self.alive_admin(), 10,
                           f"{self.name} does not answer at its admin interface; its log:\n"
                           + "%LOG%" + self.log_path)

    def alive_admin(self):
        if self.process.poll() is not None:
            # A foreign node's two processes miss each other now and then on a busy machine.
            if self.restarts < 3 and "uv_pipe_connect() failed" in self.log():
                self.restarts += 1
                os.truncate(self.log_path, 0)
                self.start(wait=False)
                return False
            raise LabError(f"{self.name} ended with status {self.process.returncode}:\n"
                           + self.log())
        try:
            return self.admin().exchange({"q": "ping"}, 0.3).get("q") == b"pong"
        except (TimeoutError, OSError):
            return False

    def stop(self, kill=False):
        """Ends it: in order, or by killing it and all it started."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL if kill else signal.SIGTERM)
        try:
            status = self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            status = self.process.wait()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process = None
        return status

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def admin(self):
        bind = self.configuration["admin"]["bind"]
        host, port = bind.rsplit(":", 1)
        sock = self.lab.socket_in(self.namespace, socket.AF_INET, socket.SOCK_DGRAM)
        return Admin(sock, (host, int(port)), self.configuration["admin"].get("password", "NONE"))

    def peers(self):
        return self.admin().pages("InterfaceController_peerStats", "peers")

    def run(self, *command, **options):
        """Runs a command in the node's namespace; returns the CompletedProcess."""
        options.setdefault("capture_output", True)
        options.setdefault("text", True)
        options.setdefault("timeout", 120)
        return subprocess.run(["ip", "netns", "exec", self.namespace, *command], **options)

    def ping(self, other, count=1, wait=1, size=56, interval=None, pattern=None):
        """Pings `other`; returns (received, list of round-trip times in ms)."""
        command = ["ping", "-6", "-n", "-c", str(count), "-W", str(wait), "-s", str(size)]
        if interval is not None:
            command += ["-i", str(interval)]
        if pattern is not None:
            command += ["-p", pattern]
        result = self.run(*command, other.address, timeout=count * (wait + 1) + 10)
        times = [float(t) for t in re.findall(r"time=([0-9.]+) ms", result.stdout)]
        return len(times), times

    def reach(self, other, timeout):
        """Pings `other` ten times a second until it answers; the seconds that took, or raises."""
        begin = time.monotonic()
        while time.monotonic() - begin < timeout:
            ping = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, "stdbuf", "-oL", "ping", "-6", "-n", "-i",
                 "0.1", "-w", str(int(timeout) + 1), other.address],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            watch = threading.Timer(max(0.1, begin + timeout - time.monotonic()), ping.kill)
            watch.start()
            try:
                # Ends at once without an address of its own yet.
                answered = any("time=" in line for line in ping.stdout)
            finally:
                watch.cancel()
                ping.kill()
                ping.wait()
            if answered:
                return time.monotonic() - begin
            time.sleep(0.02)
        raise LabError(f"{self.name} does not reach {other.name} within {timeout} s\n"
                       f"--- {self.name}\n{self.log()[-2000:]}\n--- {other.name}\n"
                       f"{other.log()[-2000:]}")

    def resident_kilobytes(self):
        """VmRSS of the node's processes."""
        total = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/status") as file:
                    match = re.search(r"VmRSS:\s+(\d+) kB", file.read())
            except FileNotFoundError:
                continue
            total += int(match.group(1)) if match else 0
        return total

    def pids(self):
        """Processes of this node: those of its session."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                if os.getsid(int(entry)) == self.process.pid:
                    found.append(int(entry))
            except (ProcessLookupError, PermissionError):
                continue
        return found


class Lab:
    """Makes namespaces, wires and nodes; removes all of them at the end."""

    def __init__(self, title="lab"):
        self.title = title
        tag = "".join(random.choice(string.ascii_lowercase) for _ in range(4))
        self.prefix = f"cj{os.getpid() % 100000}{tag}"
        self.names, self.nodes, self.processes = {}, {}, []
        self.network_count = 0
        self.folder = tempfile.mkdtemp(prefix="cjlab.")

    def __enter__(self):
        def stop(number, frame):
            raise KeyboardInterrupt
        self._old = {}
        if threading.current_thread() is threading.main_thread():
            self._old = {s: signal.signal(s, stop) for s in (signal.SIGTERM, signal.SIGHUP)}
        return self

    def __exit__(self, *_):
        for number in self._old:
            signal.signal(number, signal.SIG_IGN)
        ignore = signal.signal(signal.SIGINT, signal.SIG_IGN) if self._old else None
        for node in self.nodes.values():
            node.stop(kill=True)
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        for namespace in self.names.values():
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        if ignore is not None:
            signal.signal(signal.SIGINT, ignore)

    # Namespaces and wires

    def namespace(self, name):
        if name not in self.names:
            namespace = f"{self.prefix}{name}"
            self._ip("netns", "add", namespace)
            self.names[name] = namespace
            self._ip("-n", namespace, "link", "set", "lo", "up")
        return self.names[name]

    def wire(self, a, b, mtu=1500):
        """Joins two namespaces by a wire; returns their IPv4 addresses on it."""
        self.network_count += 1
        n = self.network_count
        first, second = f"10.{n // 250 + 1}.{n % 250}.1", f"10.{n // 250 + 1}.{n % 250}.2"
        end_a, end_b = f"w{n}a", f"w{n}b"
        self._ip("-n", self.namespace(a), "link", "add", end_a, "type", "veth", "peer", "name",
                 end_b, "netns", self.namespace(b))
        for name, end, address in ((a, end_a, first), (b, end_b, second)):
            self._ip("-n", self.namespace(name), "addr", "add", address + "/24", "brd", "+", "dev",
                     end)
            self._ip("-n", self.namespace(name), "link", "set", end, "mtu", str(mtu), "up")
        return first, second

    def wire6(self, a, b):
        """IPv6 addresses on the last wire between the two; returns them."""
        n = self.network_count
        first, second = f"2001:db8:{n:x}::1", f"2001:db8:{n:x}::2"
        for name, end, address in ((a, f"w{n}a", first), (b, f"w{n}b", second)):
            self._ip("-n", self.namespace(name), "addr", "add", address + "/64", "dev", end,
                     "nodad")
        return first, second

    def segment(self, names, mtu=1500, hub=False, up=True):
        """Joins namespaces by one Ethernet segment: each has the device `eth0`, and the namespace
        `hub` a bridge `br0` with the port `to-NAME` for each. With `hub` it learns nothing, so that
        every frame gets everywhere. Without `up` the cables are pulled: see `plug`."""
        hub_space = self.namespace("hub")
        self._ip("-n", hub_space, "link", "add", "br0", "mtu", str(mtu), "type", "bridge",
                 "forward_delay", "0", "stp_state", "0", *(("ageing_time", "0") if hub else ()))
        self._ip("-n", hub_space, "link", "set", "br0", "up")
        for name in names:
            self.attach(name, mtu, up)

    def attach(self, name, mtu=1500, up=True, device="eth0"):
        """One more device on the segment."""
        hub_space, port = self.namespace("hub"), f"to-{name}"
        # The same card each time.
        digest = hashlib.sha256(f"{name} {device}".encode()).hexdigest()
        card = ":".join(["02", *(digest[i:i + 2] for i in range(0, 10, 2))])
        self._ip("-n", self.namespace(name), "link", "add", device, "address", card, "mtu",
                 str(mtu), "type", "veth", "peer", "name", port, "mtu", str(mtu), "netns",
                 hub_space)
        self._ip("-n", hub_space, "link", "set", port, "master", "br0")
        self._ip("-n", self.namespace(name), "link", "set", device, "up")
        if up:
            self.plug([name])

    def plug(self, names, up=True):
        """Plugs the cables of those namespaces in, or pulls them."""
        state = "up" if up else "down"
        commands = "".join(f"link set to-{name} {state}\n" for name in names)
        subprocess.run(["ip", "-n", self.namespace("hub"), "-batch", "-"], input=commands,
                       text=True, check=True, capture_output=True)

    def cut(self, name, device, drop=True):
        """Drops (or lets through again) every packet on a device of a namespace."""
        if drop:
            rules = "table inet cut {\n" + "".join(
                f"chain {hook} {{\n type filter hook {hook} priority 0\n"
                f" {match} {device} drop\n}}\n"
                for hook, match in (("input", "iifname"), ("output", "oifname"))) + "}\n"
            subprocess.run(["ip", "netns", "exec", self.namespace(name), "nft", "-f", "-"],
                           input=rules, text=True, check=True, capture_output=True)
        else:
            subprocess.run(["ip", "netns", "exec", self.namespace(name), "nft", "delete", "table",
                            "inet", "cut"], check=True, capture_output=True)

    def _ip(self, *arguments):
        result = subprocess.run(["ip", *arguments], capture_output=True, text=True)
        if result.returncode != 0:
            raise LabError(f"ip {' '.join(arguments)}: {result.stderr.strip()}")
        return result.stdout

    def socket_in(self, namespace, family, kind, protocol=0):
        """A socket that lives in another namespace."""
        result = []

        def make():
            with open(f"/var/run/netns/{namespace}") as file:
                if _libc.setns(file.fileno(), CLONE_NEWNET) != 0:
                    result.append(OSError(ctypes.get_errno(), "setns"))
                    return
            try:
                result.append(socket.socket(family, kind, protocol))
            except OSError as error:
                result.append(error)
        # Only the thread changes its namespace, and it ends here.
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(result[0], Exception):
            raise result[0]
        return result[0]

    def until(self, condition, seconds, what):
        """Waits until `condition` is true; LabError with `what` after so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.02)
        if "%LOG%" in what:
            what, path = what.split("%LOG%")
            with open(path, errors="replace") as file:
                what += file.read()[-3000:]
        raise LabError(what)

    # Nodes

    def node(self, name, executable, tun=True, **changes):
        """A node that is not started yet, with new keys and an empty configuration."""
        command = words(executable)
        generated = subprocess.run([*command, "--genconf"], capture_output=True, check=True)
        clean = subprocess.run([*command, "--cleanconf"], input=generated.stdout,
                               capture_output=True, check=True)
        configuration = json.loads(clean.stdout)
        configuration = {
            "privateKey": configuration["privateKey"],
            "publicKey": configuration["publicKey"],
            "ipv6": configuration["ipv6"],
            "authorizedPasswords": [],
            "admin": {"bind": "127.0.0.1:11234", "password": "NONE"},
            "interfaces": {"UDPInterface": [{"bind": "0.0.0.0:9000", "connectTo": {}}]},
            "router": {"interface": {"type": "TUNInterface", "tunDevice": "cjdns0"}} if tun
            else {},
            "security": [{"setuser": 0}, {"chroot": 0}, {"nofiles": 0}, {"noforks": 0},
                         {"seccomp": 0}, {"setupComplete": 1}],
            "logging": {"logTo": "stdout"},
            "noBackground": 1,
            "pipe": os.path.join(self.folder, name + ".sock"),
            "version": 2,
        }
        configuration.update(changes)
        node = Node(self, name, executable, configuration)
        self.nodes[name] = node
        return node

    def peer(self, dialler, listener, address, password=None, login=None, port=9000,
             interface=0, name=None):
        """Lets `dialler` connect to `listener` at `address`; adds the password on both sides."""
        target = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        udp = dialler.configuration["interfaces"]["UDPInterface"][interface]
        udp["connectTo"][target] = self.entry(
            dialler, listener, password, login, name, f"user-{dialler.name}{interface}")

    def entry(self, dialler, listener, password=None, login=None, name=None, user=None):
        """What `connectTo` of `dialler` says of `listener`, which gets to know the password."""
        password = password or "".join(random.choice("bcdfghjklm0123456789") for _ in range(30))
        known = {"password": password, "user": login or user or f"user-{dialler.name}"}
        if known not in listener.configuration["authorizedPasswords"]:
            listener.configuration["authorizedPasswords"].append(known)
        entry = {"password": password, "publicKey": listener.key}
        if login:
            entry["login"] = login
        if name:
            entry["peerName"] = name
        return entry

    def cable(self, a, b, beacon=0):
        """Joins two nodes by a wire and gives both a link over bare Ethernet there, with that mode
        of beacons; returns the two elements of `ETHInterface`."""
        self.wire(a.name, b.name)
        ends = []
        for node, end in ((a, "a"), (b, "b")):
            ends.append({"bind": f"w{self.network_count}{end}", "beacon": beacon, "connectTo": {}})
            node.configuration["interfaces"].setdefault("ETHInterface", []).append(ends[-1])
        return ends

    def card(self, name, device="eth0"):
        """The address of a network card."""
        said = self._ip("-n", self.namespace(name), "-br", "link", "show", device)
        return re.search(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", said)[0]

    def pair(self, executable, login=None, name=None):
        """Two nodes on one wire, not started yet; the first dials the second."""
        a, b = (self.node(letter, executable) for letter in "ab")
        _, address = self.wire("a", "b")
        self.peer(a, b, address, login=login, name=name)
        return a, b

    def line(self, executables, **options):
        """Nodes in a line, each dialling the next; started by `start`."""
        names = [chr(ord("a") + i) for i in range(len(executables))]
        nodes = [self.node(n, e, **options) for n, e in zip(names, executables)]
        for left, right in zip(nodes, nodes[1:]):
            _, address = self.wire(left.name, right.name)
            self.peer(left, right, address)
        return nodes

    def start(self, nodes, seconds=10):
        for node in nodes:
            node.start(wait=False)
        for node in nodes:
            self.until(node.alive_admin, seconds,
                       f"{node.name} does not answer at its admin interface; its log:\n%LOG%"
                       + node.log_path)


class Wiretap:
    """Records all bytes that pass a device of a namespace."""

    def __init__(self, lab, name, device):
        self.socket = lab.socket_in(lab.namespace(name), socket.AF_PACKET, socket.SOCK_RAW,
                                    socket.htons(3))
        self.socket.bind((device, 0))
        self.socket.settimeout(0.1)
        self.packets, self.running = [], True
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while self.running:
            try:
                self.packets.append(self.socket.recv(65535))
            except TimeoutError:
                continue
            except OSError:
                return

    def stop(self):
        """Ends the recording and returns the packets."""
        time.sleep(0.1)
        self.running = False
        self.thread.join()
        self.socket.close()
        return self.packets


def main(namespace):
    """Runs every function `test_…` of a module, in order; prints one line for each and
    `N passed, N failed`; status 77 if all were skipped. Arguments select by name."""
    executable = os.environ.get("CJDROUTE")
    here = os.path.dirname(os.path.abspath(__file__))
    executable = os.path.abspath(executable or os.path.join(here, "..", "..", "cjdroute"))
    wanted = sys.argv[1:]
    tests = [(name, test) for name, test in namespace.items()
             if name.startswith("test_") and (not wanted or name in wanted)]
    passed = failed = skipped = 0
    reason = ""
    for name, test in tests:
        begin = time.monotonic()
        title = name.removeprefix("test_").replace("_", " ")
        try:
            require_root()
            note = test(executable)
            passed += 1
            outcome = "ok" + (f": {note}" if note else "")
        except Skip as error:
            skipped += 1
            reason = str(error)
            outcome = f"skipped: {error}"
        except KeyboardInterrupt:
            sys.exit(130)
        except Exception as error:  # noqa: BLE001  One broken test must not hide the others.
            failed += 1
            kind = "" if isinstance(error, LabError) else type(error).__name__ + ": "
            outcome = f"FAILED: {kind}{error}"
            if not isinstance(error, LabError):
                traceback.print_exc()
        print(f"  {title} ({time.monotonic() - begin:.1f} s) {outcome}", flush=True)
    if skipped and not passed and not failed:
        print(reason)
        sys.exit(77)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed else 0)
