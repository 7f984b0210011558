#!/usr/bin/env python3
"""make wifi-test: nodes that are joined by radio only, on a machine made of software.

usage: wifi.py CJDROUTE [CASE...]

Boots a kernel of Debian under qemu-system-x86_64 with three radios (mac80211_hwsim) in a line: the
one in the middle hears both others, which do not hear each other. In each mode of 802.11 the nodes
set up the radios, find each other without being told of each other, and carry pings and TCP from
end to end; the one in the middle loses its power and gets it back, and is restarted; the radios are
left as they were. Then two nodes on VLANs of one cable do the same, and a node is asked for what
cannot be. Prints a table, and ends with `N passed, N failed`. Neither root nor KVM is needed;
status 77 means that it cannot run here, and the last line says why.
"""
import pathlib
import signal
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Kernel")]
from lab import LabError, Skip  # noqa: E402
from machine import Machine  # noqa: E402
from station import Station  # noqa: E402

SKIPPED = 77
FREQUENCY = 2412
# Radios hear each other if they have a bit in common: a line.
GROUPS = (1, 3, 2)
# The machine is slow: what is promised of time is tested elsewhere.
REACH_SECONDS, GONE_SECONDS, STOP_SECONDS = 60, 5, 20
PINGS, ROUNDS = 20, 3
BULK = 1 << 20
COLUMNS = ("result", "first answer", "pings", "round trip", "TCP", "back after", "restarted",
           "signal and rate")


def interface(mode, number):
    """What makes a node speak through radio `number`: that of itself, or that of a device."""
    return {"WIFIInterface": [{"bind": f"wlan{number}" if number == 1 else f"phy{number}",
                               "mode": mode, "frequency": FREQUENCY, "network": "lab",
                               "beacon": 2, **({"rate": 12} if mode == "monitor" else {})}]}


def devices(station):
    """What the kernel says of the radio of a station and its devices; the power is that of the last
    time that something was sent."""
    return station.run("iw dev | grep -v 'ifindex\\|txpower'; ip -o link | grep 'wlan\\|cjwifi'")


def until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(what)
        time.sleep(0.2)


def start(machine, stations):
    machine.run("\n".join(["cat /proc/uptime >/tmp/begin",
                           *(station.starting() for station in stations)]))


def lasting(origin, target):
    """Pings until a round has no loss; the note about all rounds, and the round trip."""
    counts = []
    for _ in range(ROUNDS):
        received, middle = origin.ping(target, PINGS)
        counts.append(received)
        if received == PINGS:
            break
    else:
        raise LabError(f"{origin.name} -> {target.name}: of {PINGS} pings each "
                       f"{', '.join(map(str, counts))} were answered")
    return sum(counts), PINGS * len(counts), middle


def carries(stations):
    """What passes from end to end, both ways: cells of the table."""
    first, last = stations[0], stations[-1]
    there, back = lasting(first, last), lasting(last, first)
    seconds = first.send(last, BULK)
    return {"pings": f"{there[0] + back[0]} of {there[1] + back[1]}",
            "round trip": f"{max(there[2], back[2]):.0f} ms",
            "TCP": f"{BULK / 125_000 / seconds:.1f} Mbit/s"}


def in_a_line(stations):
    """Each has those beside it as peers, and nobody else."""
    for index, station in enumerate(stations):
        beside = {one.key for one in stations[max(0, index - 1):index + 2]} - {station.key}
        until(lambda: station.neighbours() == beside, REACH_SECONDS,
              f"{station.name} has not those beside it as peers, or others too")


def through(machine, stations, switched, row, through_air=False):
    """Starts `stations`, which are in a line, and sees what passes from end to end; switches one of
    them off and on again. Fills cells of a row."""
    first, last = stations[0], stations[-1]
    start(machine, stations)
    row["first answer"] = f"{first.reach(last, REACH_SECONDS):.1f} s"
    in_a_line(stations)
    before = [station.forwarded() for station in stations[1:-1]]
    row.update(carries(stations))
    if through_air:
        row["signal and rate"] = heard(stations[1])
    for station, count in zip(stations[1:-1], before):
        if station.forwarded() - count < PINGS:
            raise LabError(f"{station.name} between them did not forward")
    switched.kill()
    until(lambda: first.ping(last, 2)[0] == 0, GONE_SECONDS,
          f"{last.name} answers though {switched.name} is off")
    switched.hear()
    start(machine, [switched])
    row["back after"] = f"{first.reach(last, REACH_SECONDS):.1f} s"
    lasting(first, last)
    switched.stop(STOP_SECONDS)
    start(machine, [switched])
    row["restarted"] = f"{first.reach(last, REACH_SECONDS):.1f} s"
    for station in stations:
        station.stop(STOP_SECONDS)


def heard(station):
    """What the radio says of its neighbours."""
    seen = {}

    def complete():
        seen.update({peer["addr"]: (peer.get("signal"), peer.get("bitRate"))
                     for peer in station.peers()})
        return all(all(pair) for pair in seen.values())

    until(complete, REACH_SECONDS, "its radio tells no signal or bit rate of the neighbours")
    signal, rate = max(seen.values())
    return f"{signal} dBm, {rate / 1000:.0f} Mbit/s"


def radio(machine, stations, mode, row):
    """In one mode of 802.11; the radios are as before when the nodes have ended."""
    before = [devices(station) for station in stations]
    for number, station in enumerate(stations):
        station.configure(interface(mode, number))
    through(machine, stations, stations[1], row, through_air=True)
    for station, text in zip(stations, before):
        if (left := devices(station)) != text:
            raise LabError(f"{station.name} leaves its radio otherwise:\n{left}\nbefore:\n{text}")


def case_mesh(machine, stations, row):
    radio(machine, stations, "mesh", row)


def case_ibss(machine, stations, row):
    radio(machine, stations, "ibss", row)


def case_monitor(machine, stations, row):
    radio(machine, stations, "monitor", row)


def case_refusals(machine, stations, row):
    """What cannot be is said, with what to change."""
    station, said = stations[0], []

    def refused(text, before="", after="", **changes):
        asked = interface("mesh", station.radio)
        asked["WIFIInterface"][0].update(changes)
        station.run(before)
        complaint = station.complaint(asked)
        station.run(after)
        if text not in complaint:
            said.append(f"'{text}' was expected; seen: {complaint or 'nothing'}")

    refused("there is no radio and no device phy9", bind="phy9")
    refused("does not have that frequency", frequency=2411)
    refused("nobody may begin to send", frequency=2467)
    refused("shared with radars", frequency=5260)
    refused("used by other", "iw dev wlan0 interface add other type mesh && "
            "ip link set other up && iw dev other mesh join other freq 2462", "iw dev other del")
    # All radios of the machine: index, type, operation, soft, hard.
    switch = "printf '\\0\\0\\0\\0\\1\\3\\{}\\0' >/dev/rfkill"
    refused("rfkill unblock wifi", switch.format(1), switch.format(0))
    if said:
        raise LabError("\n".join(said))


def case_vlan(machine, stations, row):
    """Two nodes on VLANs of one cable, on which nothing else is."""
    pair = [stations[0], stations[2]]
    machine.run("ip link add cable0 type veth")
    names = ("cable0", "veth0")
    for name, station in zip(names, pair):
        machine.run(f"ip link set {name} netns {station.namespace}")
        station.run(f"ip link set {name} up && vconfig add {name} 7 && ip link set {name}.7 up")
        station.configure({"ETHInterface": [{"bind": f"{name}.7", "beacon": 2}]})
    through(machine, pair, pair[1], row)


CASES = (case_mesh, case_ibss, case_monitor, case_vlan, case_refusals)


def line_of_radios(machine):
    """Three stations, each with a radio of its own."""
    return [Station(machine, name, number, group)
            for number, (name, group) in enumerate(zip("abc", GROUPS))]


def show(rows):
    cells = [["", *COLUMNS], *([name, *(row.get(column, "-") for column in COLUMNS)]
                               for name, row in rows.items())]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for line in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def attempt(machine, stations, case, row):
    """Runs a case; what is wrong, or nothing."""
    try:
        case(machine, stations, row)
    except LabError as error:
        problem = str(error)
    except Exception:  # noqa: BLE001  One case must not hide the others.
        problem = traceback.format_exc()
    else:
        return None
    problem += "".join(f"\n--- {station.name}\n{station.log()}" for station in stations)
    for station in stations:
        station.kill()
        station.hear()
    return problem


def run(executable, wanted):
    rows, failed = {}, 0
    with Machine(executable) as machine:
        print(f"  Linux {machine.run('uname -r').strip()} is up after "
              f"{machine.boot_seconds:.0f} s", flush=True)
        stations = line_of_radios(machine)
        for case in CASES:
            name = case.__name__.removeprefix("case_")
            if wanted and name not in wanted:
                continue
            row = rows[name] = {}
            begin = time.monotonic()
            problem = attempt(machine, stations, case, row)
            row["result"] = "FAILED" if problem else "ok"
            failed += problem is not None
            print(f"  {name} ({time.monotonic() - begin:.1f} s) {row['result']}"
                  + (f": {problem}" if problem else ""), flush=True)
    show(rows)
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed or not rows else 0


def interrupt(*_):
    raise KeyboardInterrupt


def main(executable, *wanted):
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return run(executable, wanted)
    except Skip as reason:
        print(reason)
        return SKIPPED
    except LabError as error:
        print(f"wifi-test: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    if len(sys.argv) < 2 or "--help" in sys.argv:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
