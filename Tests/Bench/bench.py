#!/usr/bin/env python3
"""make bench: throughput, round-trip time, processor time and memory over one and two hops of UDP
and one of bare Ethernet, as ratios to a plain forwarder measured in the same run.

Two veth devices hand over a train of UDP datagrams as one piece, which no card does. "plain" is
one hop of UDP over devices that take single packets, as most cards of small machines do.

usage: bench.py CJDROUTE [ROUNDS]

Each round measures the forwarder, each hop and Ethernet one after the other, and the table
shows the medians of all rounds, because machines are shared and noisy. A speed is better if it is
high, a cost if it is low; the forwarder's own absolute values stand beside.
"""
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Kernel"))
from lab import Lab, LabError, Skip, require_root  # noqa: E402

SECONDS = 3
SMALL_RATE = 20_000
SMALL_PAYLOAD = 100 - 40 - 8
MTU = 1304
TICKS = os.sysconf("SC_CLK_TCK")


class Path:
    """Two ends between which something carries packets, and the processes that do it."""

    def __init__(self, lab, name, namespaces, target, processes):
        self.lab, self.name = lab, name
        self.source, self.destination = namespaces
        self.target, self.processes = target, processes

    def run(self, namespace, *command, timeout=60):
        return subprocess.run(["ip", "netns", "exec", namespace, *command], capture_output=True,
                              text=True, timeout=timeout)

    def cpu(self):
        """Processor seconds that its processes have used so far."""
        total = 0
        for pid in self.processes():
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def iperf(self, *options):
        server = subprocess.Popen(
            ["ip", "netns", "exec", self.destination, "iperf3", "-s", "-1", "-B", self.target],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.lab.processes.append(server)
        time.sleep(0.3)
        before = self.cpu()
        result = self.run(self.source, "iperf3", "-J", "-6", "-c", self.target, "-t",
                          str(SECONDS), *options)
        used = self.cpu() - before
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
        try:
            return json.loads(result.stdout)["end"], used
        except (ValueError, KeyError):
            raise LabError(f"iperf3 over {self.name}: {result.stdout[-300:]}{result.stderr}")

    def measure(self):
        """One round."""
        values = {}
        end, used = self.iperf()
        byte_count = end["sum_received"]["bytes"]
        values["TCP, Mbit/s"] = end["sum_received"]["bits_per_second"] / 1e6
        values["CPU s per GB"] = used / (byte_count / 1e9)
        end, _ = self.iperf("-u", "-b", "0", "-l", str(MTU - 48))
        stream = end["sum"]
        carried = 1 - stream["lost_percent"] / 100
        values["UDP, Mbit/s"] = stream["bits_per_second"] * carried / 1e6
        values["packets/s"] = stream["packets"] * carried / stream["seconds"]
        end, used = self.iperf("-u", "-l", str(SMALL_PAYLOAD), "-b",
                               str(SMALL_PAYLOAD * 8 * SMALL_RATE))
        stream = end["sum"]
        carried = stream["packets"] * (1 - stream["lost_percent"] / 100)
        values["µs per 100-byte packet"] = used / max(1, carried) * 1e6
        values["of 20,000 packets/s, %"] = 100 * carried / stream["seconds"] / SMALL_RATE
        ping = self.run(self.source, "ping", "-6", "-n", "-q", "-c", "200", "-i", "0.005",
                        self.target)
        match = re.search(r"= [0-9.]+/([0-9.]+)/", ping.stdout)
        if not match:
            raise LabError(f"ping over {self.name}: {ping.stdout}")
        values["round trip, ms"] = float(match.group(1))
        return values


def forwarder(lab, executable):
    """Two forwarders on one wire."""
    first, second = lab.wire("f", "g")
    processes = []
    for name, port, peer, address in (("f", 7000, second, "fd00:bec::1"),
                                      ("g", 7000, first, "fd00:bec::2")):
        namespace = lab.namespace(name)
        process = subprocess.Popen(["ip", "netns", "exec", namespace, executable, "t0",
                                    str(port), peer, "7000"])
        lab.processes.append(process)
        processes.append(process.pid)
        lab.until(lambda: subprocess.run(["ip", "-n", namespace, "link", "show", "t0"],
                                         capture_output=True).returncode == 0, 5,
                  "the forwarder does not start")
        lab._ip("-n", namespace, "addr", "add", address + "/64", "dev", "t0", "nodad")
        lab._ip("-n", namespace, "link", "set", "t0", "mtu", str(MTU), "up")
    return Path(lab, "forwarder", (lab.namespace("f"), lab.namespace("g")), "fd00:bec::2",
                lambda: processes)


def chain(lab, name, letters, executable, ethernet=False, trains=True):
    nodes = [lab.node(letter, executable) for letter in letters]
    for left, right in zip(nodes, nodes[1:]):
        _, address = lab.wire(left.name, right.name)
        if not ethernet:
            lab.peer(left, right, address)
        if not trains:
            for node, end in ((left, "a"), (right, "b")):
                subprocess.run(["ip", "netns", "exec", node.namespace, "ethtool", "-K",
                                f"w{lab.network_count}{end}", "gso", "off", "gro", "off",
                                "tx-udp-segmentation", "off"], check=True)
    if ethernet:
        for node in nodes:
            node.configuration["interfaces"] = {"ETHInterface": [{"bind": "all", "beacon": 2}]}
    lab.start(nodes)
    nodes[0].reach(nodes[-1], 20)
    ends = (nodes[0].namespace, nodes[-1].namespace)
    path = Path(lab, name, ends, nodes[-1].address,
                lambda: [pid for node in nodes for pid in node.pids()])
    path.nodes = nodes
    return path


def main():
    executable = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    try:
        require_root()
        for tool in ("iperf3", "gcc", "ethtool"):
            if shutil.which(tool) is None:
                raise Skip(f"needs {tool}")
    except Skip as reason:
        print(f"bench: skipped: {reason}")
        return 0
    with Lab("bench") as lab, tempfile.TemporaryDirectory() as folder:
        unit = os.path.join(folder, "forwarder")
        subprocess.run(["gcc", "-O2", "-o", unit, os.path.join(HERE, "forwarder.c")], check=True)
        paths = [forwarder(lab, unit), chain(lab, "one hop", "ab", executable),
                 chain(lab, "plain", "vw", executable, trains=False),
                 chain(lab, "two hops", "cde", executable),
                 chain(lab, "Ethernet", "xy", executable, ethernet=True)]
        results = {path.name: [] for path in paths}
        for number in range(rounds):
            for path in paths:
                results[path.name].append(path.measure())
            print(f"  round {number + 1} of {rounds}", flush=True)
        middle = {name: {key: statistics.median(r[key] for r in values) for key in values[0]}
                  for name, values in results.items()}
        names = [path.name for path in paths[1:]]
        print(f"\n{'medians of ' + str(rounds) + ' rounds':26}{'forwarder':>12}"
              + "".join(f"{name:>12}{'ratio':>8}" for name in names))
        for key, unit_value in middle["forwarder"].items():
            row = f"{key:26}{unit_value:12.2f}"
            for name in names:
                value = middle[name][key]
                ratio = value / unit_value if unit_value else 0
                row += f"{value:12.2f}{ratio:8.2f}"
            print(row)
        for name, what in (("one hop", "UDP"), ("plain", "UDP over plain devices")):
            by_pairs = statistics.median(
                wire["CPU s per GB"] / udp["CPU s per GB"]
                for wire, udp in zip(results["Ethernet"], results[name]))
            print(f"CPU of Ethernet to that of {what}, median of {rounds} pairs: {by_pairs:.2f}")
        memory = [node.resident_kilobytes() for node in paths[1].nodes + paths[3].nodes]
        print(f"{'VmRSS, kB, largest node':26}{'':12}{max(memory):12}")
        print(f"{'VmRSS, kB, two peers':26}{'':12}{paths[3].nodes[1].resident_kilobytes():12}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
