"""The packages in Debian systems of their own: installed, meshed, reloaded, upgraded, watched over,
removed, purged, and swapped with a package of the original's name and back; without systemd; and
on emulated machines of other kinds. Ends with `N passed, N failed` (`, N skipped`)."""
import json
import pathlib
import re
import subprocess
import sys
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import stand_in  # noqa: E402
from box import ROOT, Boxes, need, until  # noqa: E402
from trial import Failed, Skip, command, expect, finish  # noqa: E402

PACKAGES = ROOT / "build" / "packages" / "debian"
CONF = "/etc/cjdroute.conf"
NET_ADMIN = "0000000000001000"
START_SECONDS, REACH_SECONDS, WATCH_SECONDS = 20, 30, 20
EMULATED = ("armel", "mipsel")
PLATFORMS = {"amd64": "x86_64", "armel": "arm_xscale", "mipsel": "mipsel_24kc"}


def package_for(architecture):
    found = next(PACKAGES.glob(f"cjdns_*_{architecture}.deb"), None)
    if not found:
        raise Skip(f"no package for {architecture} in {PACKAGES.relative_to(ROOT)}: "
                   f"Packaging/packages debian --platforms {PLATFORMS[architecture]}")
    return found


class Installed:
    """A box and the service in it."""

    def __init__(self, box):
        self.box = box

    def apt(self, *words, package=None):
        words = list(words)
        if package:
            (self.box.path("/root") / package.name).write_bytes(package.read_bytes())
            words.append(f"/root/{package.name}")
        return self.box.run("apt-get", "-y", "-q", *words)

    def show(self, key):
        return self.box.run("systemctl", "show", "--value", "-p", key, "cjdns").strip()

    def log(self):
        return self.box.run("journalctl", "--no-pager", "-o", "cat", "-u", "cjdns", "-u",
                            "cjdns-genconf", check=False)[-2500:]

    def await_service(self):
        until(START_SECONDS, lambda: f"the service is {self.show('ActiveState')}:\n{self.log()}",
              lambda: self.show("ActiveState") == "active")
        return self.show("MainPID")

    def conf(self):
        return json.loads(self.box.run("/usr/bin/cjdroute", "--cleanconf",
                                       text=self.box.read(CONF)))

    def address(self):
        return ":".join(part.lstrip("0") or "0" for part in self.conf()["ipv6"].split(":"))

    def await_tun(self):
        """The address of the node stands on a device that is up."""
        expected = self.address()

        def there():
            said = json.loads(command("ip", "-n", self.box.name, "-j", "-6", "address") or "[]")
            return any(full(entry.get("local", "")) == expected and "UP" in device["flags"]
                       for device in said for entry in device.get("addr_info", ()))

        until(START_SECONDS * self.box.patience, f"no device has {expected}", there)

    def peer_with(self, other, network_address):
        """Lets this node dial the other one: a line in its file, as its operator would write it."""
        theirs = other.conf()
        user = theirs["authorizedPasswords"][0]
        port = theirs["interfaces"]["UDPInterface"][0]["bind"].rsplit(":", 1)[1]
        line = (f'"connectTo": {{ "{network_address}:{port}": {{ "login": "{user["user"]}", '
                f'"password": "{user["password"]}", "publicKey": "{theirs["publicKey"]}" }},\n')
        text = self.box.read(CONF)
        changed = re.sub(r'"connectTo": \{(?=[^}]*192)', line.replace("\\", r"\\").rstrip(",\n"),
                         text, count=1)
        expect(changed != text, "the file of --genconf has no connectTo as expected")
        self.box.path(CONF).write_text(changed)

    def reaches(self, other):
        target = other.address()
        until(REACH_SECONDS * self.box.patience,
              f"{self.box.name} does not reach {other.box.name}",
              lambda: subprocess.run(
                  ["ip", "netns", "exec", self.box.name, "ping", "-6", "-c", "1", "-W", "1",
                   target], capture_output=True).returncode == 0)

    def mode(self, name=CONF):
        status = self.box.path(name).stat()
        return f"{status.st_mode & 0o7777:o} {status.st_uid}:{status.st_gid}"


def full(address):
    """An IPv6 address as `cjdroute publictoip6` writes it: no leading zeros, nothing left out."""
    if "::" in address:
        head, tail = (part.split(":") if part else [] for part in address.split("::"))
        return ":".join(head + ["0"] * (8 - len(head) - len(tail)) + tail)
    return address


class Tests:
    def __init__(self, boxes):
        self.boxes, self.counts = boxes, {"passed": 0, "FAILED": 0, "skipped": 0}

    def run(self, test, *arguments):
        name = " ".join([test.__name__.replace("_", " "), *(a for a in arguments
                                                            if isinstance(a, str))])
        try:
            note = test(*arguments)
            result, text = "passed", f": {note}" if note else ""
        except Skip as why:
            result, text = "skipped", f": {why}"
        except (Failed, OSError, subprocess.SubprocessError, KeyError, ValueError) as why:
            result, text = "FAILED", f": {why}\n" + "".join(traceback.format_exc(limit=-2))
        self.counts[result] += 1
        print(f"{result} {name}{text}", flush=True)
        return result == "passed"

    def close(self):
        counts = self.counts
        skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
        print(f"{counts['passed']} passed, {counts['FAILED']} failed{skipped}")
        return counts["FAILED"] > 0


def a_fresh_install_has_a_key_an_address_and_a_service(a, package):
    said = a.apt("install", package=package)
    expect("apt-get" not in said or "error" not in said.lower(), said)
    a.await_service()
    expect(a.mode() == "600 0:0", f"{CONF} has mode and owner {a.mode()}")
    a.await_tun()
    log = a.log()
    expect(re.search(r"the address of this node is fc", log), f"the log names no address:\n{log}")
    expect(a.show("NRestarts") == "0", f"it was restarted:\n{log}")
    expect("blackhole fc00::/8" in a.box.run("ip", "-6", "route"), "there is no blackhole route")


def status_of(a):
    said = a.box.run("cat", f"/proc/{a.show('MainPID')}/status")
    return dict(re.findall(r"(?m)^(\w+):\s+(.*)$", said))


def nothing_of_the_service_runs_as_root(a):
    status = status_of(a)
    user = a.box.run("id", "-u", "cjdns").strip()
    expect(status["Uid"].split() == [user] * 4, f"its user is {status['Uid']}, cjdns {user}")
    expect(status["Seccomp"] == "2" and status["NoNewPrivs"] == "1", "system calls are not limited")
    for kind in ("CapPrm", "CapEff"):
        expect(status[kind] == NET_ADMIN, f"it has the rights {status[kind]}")
    score = a.box.run("systemd-analyze", "security", "cjdns").strip().splitlines()[-1]
    level = float(re.search(r"([\d.]+) OK", score)[1])
    expect(level <= 2.0, score)
    return f"exposure {level} of 10"


def started_as_root_it_gives_up_its_rights_itself(a):
    """With the lines of docs/debian.md, `security` in the configuration does the work."""
    text = (ROOT / "docs" / "debian.md").read_text()
    lines = re.search(r"systemctl edit cjdns\n\n(.*?)```", text, re.S)[1]
    place = "/etc/systemd/system/cjdns.service.d/root.conf"
    for drop_in in (lines, None):
        if drop_in:
            a.box.write(place, drop_in)
        else:
            a.box.path(place).unlink()
        a.box.run("systemctl", "daemon-reload")
        a.box.run("systemctl", "restart", "cjdns")
        a.await_service()
        user = "nobody" if drop_in else "cjdns"
        status = status_of(a)
        expect(status["Uid"].split() == [a.box.run("id", "-u", user).strip()] * 4,
               f"its user is {status['Uid']}, not {user}:\n{a.log()}")
        expect(status["CapPrm"] == NET_ADMIN, f"it has the rights {status['CapPrm']}")


def a_reload_adds_a_peer_and_restarts_nothing(a, b):
    process = a.show("MainPID")
    a.peer_with(b, "192.0.2.2")
    said = a.box.run("systemctl", "reload", "cjdns", check=False) + a.log()
    a.reaches(b)
    b.reaches(a)
    expect(a.show("MainPID") == process, f"another process runs after the reload:\n{said}")


def a_broken_file_changes_nothing(a, b):
    text, process = a.box.read(CONF), a.show("MainPID")
    a.box.path(CONF).write_text(text.replace('"admin": {', '"admin": ', 1))
    try:
        said = a.box.run("sh", "-c", "systemctl reload cjdns; echo status $?")
        expect("status 0" not in said, "the reload of a broken file has status 0")
        expect(re.search(r"line \d+, column \d+", a.log()), f"the log has no place:\n{a.log()}")
        expect(a.show("MainPID") == process and a.show("ActiveState") == "active",
               "the node does not run on")
        a.reaches(b)
    finally:
        a.box.path(CONF).write_text(text)


def an_upgrade_keeps_key_and_peers(a, b, package):
    text, process = a.box.read(CONF), a.show("MainPID")
    a.apt("install", package=package)
    expect(a.await_service() != process, "the old executable still runs")
    expect(a.box.read(CONF) == text, f"{CONF} has changed")
    expect(a.mode() == "600 0:0", f"{CONF} has mode and owner {a.mode()}")
    a.await_tun()
    a.reaches(b)
    b.reaches(a)


def a_node_that_hangs_is_started_anew(a):
    a.box.write("/etc/systemd/system/cjdns.service.d/watch.conf", "[Service]\nWatchdogSec=2\n")
    a.box.run("systemctl", "daemon-reload")
    a.box.run("systemctl", "restart", "cjdns")
    process = a.await_service()
    # It lives on by its signs of life.
    for _ in range(2):
        a.box.run("sleep", "2")
        expect(a.show("MainPID") == process, f"it was taken for hanging:\n{a.log()}")
    a.box.run("kill", "-STOP", process)
    until(WATCH_SECONDS, f"it hangs:\n{a.log()}",
          lambda: a.show("MainPID") not in ("0", process) and a.show("ActiveState") == "active")
    a.box.path("/etc/systemd/system/cjdns.service.d/watch.conf").unlink()
    a.box.run("systemctl", "daemon-reload")
    a.box.run("systemctl", "restart", "cjdns")
    a.await_service()


def a_file_with_an_error_is_not_tried_for_ever(a):
    text = a.box.read(CONF)
    a.box.path(CONF).write_text("{ nonsense")
    a.box.run("systemctl", "restart", "cjdns", check=False)
    until(START_SECONDS, f"it is {a.show('ActiveState')}",
          lambda: a.show("ActiveState") == "failed")
    a.box.path(CONF).write_text(text)
    a.box.run("systemctl", "restart", "cjdns")
    a.await_service()


def removed_and_reinstalled_it_is_the_same_node(a, package):
    text, address = a.box.read(CONF), a.address()
    a.apt("remove", "cjdns")
    expect(a.box.read(CONF) == text, f"{CONF} did not outlive the removal")
    expect("tun" not in a.box.run("ip", "-6", "address"), "there still is a TUN device")
    expect("blackhole" not in a.box.run("ip", "-6", "route"), "there still is a blackhole route")
    a.apt("install", package=package)
    a.await_service()
    a.await_tun()
    expect(a.address() == address, "it is another node")


def purged_it_leaves_no_key(a, package):
    address = a.address()
    a.apt("purge", "cjdns")
    for name in (CONF, "/var/lib/cjdns", "/etc/init.d/cjdns", "/etc/apparmor.d/cjdns"):
        expect(not a.box.path(name).exists(), f"{name} is still there")
    a.apt("install", package=package)
    a.await_service()
    a.await_tun()
    expect(a.address() != address, "the key is that of before")


def installed_over_the_original_it_is_the_same_node(c, original, package):
    executable = ROOT / "build" / "x86_64" / "sodium" / "cjdroute"
    text = stand_in.configuration(command(executable, "--genconf"))
    c.box.write(CONF, text, 0o640)
    c.apt("install", package=original)
    c.await_service()
    expect("stand-in" in c.box.run("cjdroute", "--version"), "the stand-in is not there")
    c.apt("install", package=package)
    c.await_service()
    expect("cjdns-swift" in c.box.run("cjdroute", "--version"), "ours is not there")
    expect(c.box.read(CONF) == text and c.mode() == "640 0:0", f"{CONF} was touched")
    c.await_tun()
    running = c.box.run("ps", "-A", "-o", "args")
    expect("sleep 1000000" not in running, f"the original still runs:\n{running}")
    for name in ("/etc/init/cjdns.conf", "/usr/lib/cjdns/peerStats"):
        expect(not c.box.path(name).exists(), f"the original's {name} is still there")


def and_back_to_the_original(c, original):
    text = c.box.read(CONF)
    c.apt("install", "--allow-downgrades", package=original)
    c.await_service()
    expect("stand-in" in c.box.run("cjdroute", "--version"), "the original is not there")
    expect(c.box.read(CONF) == text, f"{CONF} was touched")
    given = c.box.path("/run/original.conf") if c.box.path("/run/original.conf").exists() else None
    expect((given.read_text() if given else c.box.run("cat", "/run/original.conf")) == text,
           "the original was not started with the file")
    running = c.box.run("ps", "-A", "-o", "args")
    expect("sleep 1000000" in running, f"the original does not run:\n{running}")
    expect("tun" not in c.box.run("ip", "-6", "address"), "our node still runs")


def without_systemd(architecture, boxes, other=None):
    """The init script of a system of that kind; meshed with `other`."""
    package = package_for(architecture)
    d = Installed(boxes.box(f"-{architecture}", architecture, systemd=False))
    box = d.box
    box.start()
    # Nothing here is process 1 that starts services; packages may do so all the same.
    box.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 0\n", 0o755)
    (box.path("/root") / package.name).write_bytes(package.read_bytes())
    box.run("dpkg", "--install", f"/root/{package.name}", seconds=300)
    until(START_SECONDS * box.patience, "the init script says it does not run",
          lambda: "status 0" in box.run("sh", "-c", "service cjdns status; echo status $?"))
    expect(d.mode() == "600 0:0", f"{CONF} has mode and owner {d.mode()}")
    d.await_tun()
    address = d.address()
    if other:
        boxes.wire(d.box, other.box, "198.51.100" if architecture == "armel" else "203.0.113")
        d.peer_with(other, "198.51.100.2" if architecture == "armel" else "203.0.113.2")
        box.run("service", "cjdns", "reload")
        d.reaches(other)
        other.reaches(d)
    box.run("service", "cjdns", "restart", seconds=300)
    d.await_tun()
    if other:
        d.reaches(other)
    box.run("service", "cjdns", "stop")
    expect(not re.search("tun[0-9]", command("ip", "-n", box.name, "link")), "it was not stopped")
    box.run("service", "cjdns", "start")
    box.run("dpkg", "--remove", "cjdns")
    until(START_SECONDS, "it runs after it was removed",
          lambda: not re.search("tun[0-9]", command("ip", "-n", box.name, "link")))
    box.run("dpkg", "--install", f"/root/{package.name}", seconds=300)
    expect(d.address() == address, "reinstalled, it is another node")
    box.run("dpkg", "--purge", "cjdns")
    expect(not box.path(CONF).exists(), f"{CONF} is still there")
    box.stop()


def main():
    need("dpkg-deb")
    with Boxes() as boxes:
        tests = Tests(boxes)
        package = package_for("amd64")
        older, original = boxes.folder / "older", boxes.folder / "original"
        command(HERE / "build", "--into", older, "--version", "0.0.9", "x86_64")
        older = next(older.glob("*.deb"))
        original = stand_in.build(original)
        a, b, c = (Installed(boxes.box(name)) for name in "abc")
        boxes.wire(a.box, b.box, "192.0.2")
        for installed in (a, b, c):
            installed.box.start()
        run = tests.run
        if all([run(a_fresh_install_has_a_key_an_address_and_a_service, a, older),
                run(a_fresh_install_has_a_key_an_address_and_a_service, b, package)]):
            run(nothing_of_the_service_runs_as_root, b)
            run(started_as_root_it_gives_up_its_rights_itself, b)
            run(a_reload_adds_a_peer_and_restarts_nothing, a, b)
            run(a_broken_file_changes_nothing, a, b)
            run(an_upgrade_keeps_key_and_peers, a, b, package)
            run(a_node_that_hangs_is_started_anew, a)
            run(a_file_with_an_error_is_not_tried_for_ever, a)
            run(removed_and_reinstalled_it_is_the_same_node, a, package)
            run(purged_it_leaves_no_key, a, package)
        a.box.stop()
        if run(installed_over_the_original_it_is_the_same_node, c, original, package):
            run(and_back_to_the_original, c, original)
        c.box.stop()
        run(without_systemd, "amd64", boxes)
        for architecture in EMULATED:
            run(without_systemd, architecture, boxes, b)
        return tests.close()


if __name__ == "__main__":
    finish(main)
