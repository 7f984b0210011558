"""A node in a network namespace of the machine, and what can be asked of it."""
import base64
import json
import re
import shlex

from lab import Admin, LabError

# With its path, as it is busybox's otherwise, which asks once and waits ten seconds.
PING = "/bin/ping -6 -n -i 0.1"
ADMIN = ("127.0.0.1", 11234)


class Mailbox:
    """Stands in for the socket of `Admin`: each request is one program in the machine."""

    def __init__(self, station):
        self.station, self.replies, self.seconds = station, [], 2

    def settimeout(self, seconds):
        self.seconds = seconds

    def sendto(self, packet, address):
        script = (f"exec 3<>/dev/udp/{address[0]}/{address[1]}\n"
                  f"base64 -d <<<{base64.b64encode(packet).decode()} >&3\n"
                  f"timeout {max(1, int(self.seconds))} dd bs=70000 count=1 <&3 2>/dev/null"
                  " | base64 -w 0")
        self.replies.append(self.station.run(f"bash -c {shlex.quote(script)}"))

    def recv(self, _):
        reply = base64.b64decode(self.replies.pop(0) if self.replies else "")
        if not reply:
            raise TimeoutError("no answer from the admin interface")
        return reply


class Station:
    def __init__(self, machine, name, radio, group):
        self.machine, self.name, self.radio, self.group = machine, name, radio, group
        self.namespace = machine.run("unshare -n sleep 1000000 >/dev/null 2>&1 & echo $!").strip()
        self.run("ip link set lo up")
        self.hear()
        machine.run(f"iw phy phy{radio} set netns {self.namespace}")
        generated = machine.run("cjdroute --genconf | cjdroute --cleanconf")
        # Rights are given up as they are by default.
        self.configuration = json.loads(generated)
        self.configuration["admin"] = {"bind": "%s:%d" % ADMIN, "password": "NONE"}
        self.configuration["router"] = {
            "interface": {"type": "TUNInterface", "tunDevice": "cjdns0"}}
        self.configuration["authorizedPasswords"] = []
        self.configuration["interfaces"] = {}
        self.key = self.configuration["publicKey"]
        self.address = self.configuration["ipv6"]

    def run(self, script, **options):
        return self.machine.run(script, namespace=self.namespace, **options)

    def configure(self, interfaces):
        """Writes the file that it is started with."""
        self.configuration["interfaces"] = interfaces
        text = base64.b64encode(json.dumps(self.configuration).encode()).decode()
        self.machine.run(f"echo {text} | base64 -d >/tmp/{self.name}.conf")

    def hear(self, group=None):
        """Lets its radio hear those that have a bit of `group` too; those of its place."""
        self.machine.run(f"echo {self.group if group is None else group} "
                         f">/sys/kernel/debug/ieee80211/phy{self.radio}/hwsim/group")

    def starting(self):
        """The words of a shell that start it."""
        return (f"nsenter -t {self.namespace} -n cjdroute --nobg </tmp/{self.name}.conf "
                f">>/tmp/{self.name}.log 2>&1 & echo $! >/tmp/{self.name}.pid")

    def complaint(self, interfaces):
        """What a node says of radios that is started with that configuration."""
        self.configure(interfaces)
        return self.machine.run(
            f"rm -f /tmp/{self.name}.log\n{self.starting()}\n"
            "for _ in $(seq 100); do\n"
            f"  grep -q ' runs, ' /tmp/{self.name}.log && break\n  sleep 0.1\ndone\n"
            f"kill -9 $(cat /tmp/{self.name}.pid)\n"
            f"grep WIFI /tmp/{self.name}.log", check=False)

    def log(self):
        return self.machine.run(f"tail -n 40 /tmp/{self.name}.log", check=False)

    def admin(self):
        return Admin(Mailbox(self), ADMIN, "NONE")

    def peers(self):
        """Those that are there."""
        peers = self.admin().pages("InterfaceController_peerStats", "peers")
        return [peer for peer in peers if peer["state"] == b"ESTABLISHED"]

    def neighbours(self):
        return {peer["addr"].decode()[-54:] for peer in self.peers()}

    def forwarded(self):
        return self.admin().call("Core_counters")["forwarded"]

    def ping(self, other, count):
        """Pings; the number of answers, and the median of their round-trip times in ms."""
        said = self.run(f"{PING} -c {count} -W 2 {other.address}", check=False)
        times = sorted(float(text) for text in re.findall(r"time=([0-9.]+) ms", said))
        return len(times), times[len(times) // 2] if times else 0

    def reach(self, other, seconds):
        """Pings until it answers for the first time; the seconds from the last `start` on."""
        said = self.run(
            f"end=$(($(date +%s) + {seconds}))\n"
            f"until {PING} -q -c 1 -w {seconds} {other.address} >/dev/null 2>&1; do\n"
            "  [ $(date +%s) -lt $end ] || exit 1\n"
            "  sleep 0.05\n"
            "done\n"
            "cut -d' ' -f1 /proc/uptime /tmp/begin", seconds=2 * seconds + 20, check=False).split()
        if len(said) != 2:
            raise LabError(f"{self.name} does not reach {other.name} within {seconds} s")
        return float(said[0]) - float(said[1])

    def send(self, other, count):
        """Sends so many bytes over TCP; the seconds that took."""
        # What it reads from must not end, as it would then hang up.
        other.run("rm -f /tmp/arrived\n[ -p /tmp/never ] || mkfifo /tmp/never\n"
                  "(nc -l -p 5000 <>/tmp/never | sha256sum >/tmp/arrived) >/dev/null 2>&1 &\n"
                  "for _ in $(seq 50); do netstat -lnt | grep -q :5000 && exit; sleep 0.1; done\n"
                  "exit 1")
        said = self.run(
            f"head -c {count} /dev/urandom >/tmp/sent\n"
            "cut -d' ' -f1 /proc/uptime\n"
            f"nc {other.address} 5000 </tmp/sent || exit 1\n"
            "for _ in $(seq 300); do [ -s /tmp/arrived ] && break; sleep 0.1; done\n"
            "cut -d' ' -f1 /proc/uptime\n"
            "sha256sum </tmp/sent | cmp - /tmp/arrived", seconds=120).split()
        return float(said[1]) - float(said[0])

    def kill(self):
        """Ends it as a power cut does: its kernel cannot say farewell either."""
        self.hear(0)
        self.machine.run(f"kill -9 $(cat /tmp/{self.name}.pid)", check=False)

    def stop(self, seconds):
        """Ends it in order."""
        self.machine.run(f"kill $(cat /tmp/{self.name}.pid)\n"
                         f"for _ in $(seq {10 * seconds}); do\n"
                         f"  kill -0 $(cat /tmp/{self.name}.pid) 2>/dev/null || exit 0\n"
                         f"  sleep 0.1\ndone\nexit 1")
