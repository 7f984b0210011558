#!/usr/bin/env python3
"""What is installed on an OpenWrt box, in a root with busybox: first start, service, reload, the
settings of the original's package, hotplug, images, upgrade and removal. Ends with `N passed, N
failed` (`, N skipped`). With --quick only what needs no root.

uci, procd with rc.common, ubus and /lib/functions.sh are stubs (Packaging/OpenWrt/stubs).
"""
import ipaddress
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "Debian"))
from box import Box as System, Boxes, need, until  # noqa: E402
from trial import Failed, Skip, command, expect, finish  # noqa: E402

FILES, CONTROL, STUBS = HERE / "cjdns" / "files", HERE / "cjdns" / "control", HERE / "stubs"
EXECUTABLE = ROOT / "build" / "x86_64" / "sodium" / "cjdroute"
START_SECONDS = 15
NETWORK = """
config interface 'loopback'
\toption device 'lo'

config interface 'lan'
\toption device 'br-lan'
"""
FIREWALL = """
config zone
\toption name 'wan'
\tlist network 'wan'
"""
# As the original's package has made it, with a peer that its owner has added.
ORIGINAL = """
config cjdns 'cjdns'
\toption ipv6 'fced:0c8c:b37b:b9d0:0a41:f256:6d70:0bcf'
\toption public_key 'hspgcl7wmwwr18hhf0ynwfnzm06r5jj84ghdm49zbcuw7q3yd3y0.k'
\toption private_key '72f6f8ed892d62a35b04052a3addaedfb26ad626972e0cb7bb371100d7b4e2d4'
\toption admin_address '127.0.0.1'
\toption admin_port '11234'
\toption admin_password 'NONE'
\toption tun_device 'tuncjdns'
\toption seccomp '0'

config udp_interface
\toption address '0.0.0.0'
\toption port '2123'

config eth_interface
\toption bind 'eth0'
\toption beacon '2'

config password
\toption user 'it'\\''s me'
\toption password 'a "quoted" \\ password'
"""


def busybox_root(folder):
    """A root with busybox and the stubs, which nothing but this machine's Python is needed for."""
    for path in ("dev", "proc", "sys", "tmp", "root", "stub", "stubs", "host/usr", "etc/config",
                 "etc/rc.d", "etc/init.d", "lib", "usr/lib/opkg/info"):
        (folder / path).mkdir(parents=True)
    for path in command("busybox", "--list-full").split():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        # Nothing in the root leads out of it.
        (folder / path).symlink_to(os.path.relpath("bin/busybox", os.path.dirname(path)))
    (folder / "bin" / "busybox").unlink(missing_ok=True)
    shutil.copy(shutil.which("busybox"), folder / "bin" / "busybox")
    (folder / "var").symlink_to("tmp")

    def write(name, text, mode=0o644):
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_text(text)
        (folder / name).chmod(mode)

    loader = pathlib.Path("/usr/lib64/ld-linux-x86-64.so.2").resolve()
    write("sbin/uci", f"#!/bin/sh\nPYTHONHOME=/host/usr exec /host{loader} --library-path "
          f"/host{loader.parent} /host/usr/bin/python3 -I /stubs/uci \"$@\"\n", 0o755)
    write("bin/ubus", "#!/bin/sh\n[ $1 = call ] || exec [ -e /stub/netifd ]\n"
          "[ ! -e /stub/cjdns/pid ] || echo '{ \"cjdns\": { \"instances\": {} } }'\n", 0o755)
    write("lib/functions.sh", (STUBS / "functions.sh").read_text())
    write("etc/rc.common", (STUBS / "rc.common").read_text(), 0o755)
    write("etc/passwd", "root:x:0:0::/root:/bin/sh\nnobody:*:65534:65534::/var:/bin/false\n")
    write("etc/group", "root:x:0:\nnogroup:x:65534:\n")
    write("etc/config/network", NETWORK)
    write("etc/config/firewall", FIREWALL)
    for name in ("network", "firewall"):
        write(f"etc/init.d/{name}", f"#!/bin/sh\necho {name} $1 >>/stub/reloads\n", 0o755)
    return folder


class Box(System):
    """A box with processes, files and a network of its own, and what the package installs."""

    def __init__(self, boxes, name, base):
        super().__init__(boxes, name, base, systemd=False)
        boxes.boxes.append(self)
        self.start("--bind-ro=/usr:/host/usr", f"--bind-ro={STUBS}:/stubs")
        self.shell("mkdir -p /tmp/run")

    def shell(self, line, check=True):
        return self.run("sh", "-c", line, check=check)

    def unpack(self, executable=EXECUTABLE):
        """What opkg does with the data of the package and its list."""
        names = sorted(path.relative_to(FILES) for path in FILES.rglob("*")
                       if path.is_symlink() or path.is_file())
        for name in names:
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy(FILES / name, target, follow_symlinks=False)
        self.path("/usr/sbin/cjdroute").unlink(missing_ok=True)
        shutil.copy(executable, self.path("/usr/sbin/cjdroute"))
        self.write("/usr/lib/opkg/info/cjdns.list", "".join(
            f"/{name}\n" for name in [*names, "usr/sbin/cjdroute"]))
        for name in ("postinst", "prerm"):
            self.write(f"/usr/lib/opkg/info/cjdns.{name}", (CONTROL / name).read_text(), 0o755)

    def install(self):
        self.unpack()
        self.shell("/usr/lib/opkg/info/cjdns.postinst configure")

    def get(self, name):
        return self.shell(f"uci -q get '{name}'", check=False).strip()

    def conf(self):
        said = self.shell("cjdroute --cleanconf </etc/config/cjdns")
        return json.loads(said.replace("\\x", "\\u00"))

    def service(self, what):
        return self.shell(f"/etc/init.d/cjdns {what}", check=False)

    def node(self):
        """The process of the node, once its address stands on its device."""
        def there():
            said = command("ip", "-n", self.name, "-6", "address")
            return "inet6 fc" in said and self.shell("pidof cjdroute", check=False).strip()

        return until(START_SECONDS,
                     lambda: f"no node: {self.shell('cat /stub/*/log', False)}", there)

    def devices(self):
        return command("ip", "-n", self.name, "-6", "address")

    def sockets(self):
        return command("ip", "netns", "exec", self.name, "ss", "-lun")


def the_scripts_are_for_busybox(_):
    scripts = [path for path in [*FILES.rglob("*"), *CONTROL.iterdir(), *(HERE / "stubs").iterdir()]
               if path.is_file() and not path.is_symlink()
               and re.match(r"#!/bin/sh|# shellcheck shell", path.read_text())]
    expect(len(scripts) >= 8, f"there are {scripts}")
    command("shellcheck", "--shell=dash", *scripts)
    for script in scripts:
        command(*(["busybox", "sh"] if shutil.which("busybox") else ["dash"]), "-n", script)


def the_executable_reads_the_settings(_):
    said = subprocess.run([EXECUTABLE, "--cleanconf"], input=ORIGINAL, text=True,
                          capture_output=True)
    conf = json.loads(said.stdout.replace("\\x", "\\u00"))
    expect(conf["authorizedPasswords"] == [
        {"user": "it's me", "password": 'a "quoted" \\ password'}], said.stdout)
    expect(conf["interfaces"]["UDPInterface"][0]["bind"] == "0.0.0.0:2123", said.stdout)
    said = subprocess.run([EXECUTABLE, "--nobg"], input=ORIGINAL.replace("'2123'", "'21x23'"),
                          text=True, capture_output=True)
    expect(said.returncode == 3 and "'0.0.0.0:21x23' is no IP" in said.stderr, said.stderr)


def an_install_has_a_key_a_network_a_zone_and_a_service(make):
    box = make("fresh")
    box.write("/stub/netifd", "")
    box.install()
    node = box.node()
    key = box.get("cjdns.cjdns.private_key")
    expect(re.fullmatch("[0-9a-f]{64}", key), f"the key is {key!r}")
    said = box.shell(f"publictoip6 {box.get('cjdns.cjdns.public_key')}").strip()
    expect(ipaddress.ip_address(said) == ipaddress.ip_address(box.get("cjdns.cjdns.ipv6")),
           "key and address differ")
    expect(box.path("/etc/config/cjdns").stat().st_mode & 0o777 == 0o600, "others read the key")
    expect(not box.path("/etc/uci-defaults/cjdns").exists(), "the defaults are still to be run")
    expect(box.path("/etc/rc.d/S90cjdns").is_symlink(), "it is not enabled")
    expect(box.get("network.cjdns.device") == "tuncjdns", "there is no network")
    expect(box.get("network.cjdns_down.type") == "blackhole", "packets may leak")
    expect(box.get("firewall.cjdns.input") == "REJECT", "there is no zone")
    expect(box.get("firewall.cjdns_ssh.enabled") == "0", "SSH is open")
    port = box.get("cjdns.@udp_interface[0].port")
    expect(box.get("firewall.cjdns_wan.dest_port") == port != "", "the port is closed")
    expect("tuncjdns" in box.devices(), "the device has another name")
    expect(box.read("/stub/reloads") == "network reload\nfirewall reload\n",
           "what is new is unknown")
    status = box.shell(f"cat /proc/{node}/status")
    expect(re.search(r"Uid:\s65534", status) and "CapEff:\t0000000000001000" in status,
           "it has not given up its rights")
    params = box.read("/stub/cjdns/params")
    expect("respawn 30 5 10" in params and "trigger cjdns" in params, params)


def an_image_has_no_key_until_it_boots(make):
    box = make("image")
    box.unpack()
    # The image lies in a folder of the machine that makes it, here of the box.
    box.shell("mkdir /image && cp -a /etc /lib /usr /image && "
              "IPKG_INSTROOT=/image /usr/lib/opkg/info/cjdns.postinst configure")
    expect(not box.path("/image/etc/config/cjdns").exists(), "the image has a key")
    expect(box.path("/image/etc/uci-defaults/cjdns").exists(), "its defaults are gone")
    expect(box.path("/image/etc/rc.d/S90cjdns").is_symlink(), "it is not enabled")
    box.shell(". /etc/uci-defaults/cjdns")
    expect(len(box.get("cjdns.cjdns.private_key")) == 64, "its first boot makes no key")
    expect(not box.path("/stub/reloads").exists(), "the boot reloads what is not there yet")


def without_settings_the_service_makes_them(make):
    box = make("lost")
    box.install()
    box.node()
    key = box.get("cjdns.cjdns.private_key")
    box.service("stop")
    box.path("/etc/config/cjdns").unlink()
    box.service("start")
    box.node()
    expect(box.get("cjdns.cjdns.private_key") not in ("", key), "there is no new key")


def the_settings_of_the_original_stay(make):
    box = make("swap")
    box.write("/etc/config/cjdns", ORIGINAL, 0o600)
    box.write("/etc/config/firewall", FIREWALL + "config zone\n\toption name 'cjdns'\n")
    box.install()
    box.node()
    expect(box.read("/etc/config/cjdns") == ORIGINAL, box.read("/etc/config/cjdns"))
    expect(str(ipaddress.ip_address(box.get("cjdns.cjdns.ipv6"))) in box.devices(),
           "another address")
    expect(box.get("firewall.cjdns") == "", "there is a second zone")
    conf = box.conf()
    expect(conf["authorizedPasswords"] == [
        {"user": "it's me", "password": 'a "quoted" \\ password'}], conf["authorizedPasswords"])
    expect(conf["interfaces"]["ETHInterface"][0]["bind"] == "eth0", conf)
    expect(conf["security"]["chroot"] == "/var/run/cjdns", conf)


def a_cjdroute_conf_becomes_the_settings_and_they_one(make):
    box = make("conf")
    box.write("/etc/config/cjdns", ORIGINAL, 0o600)
    box.unpack()
    key = "hspgcl7wmwwr18hhf0ynwfnzm06r5jj84ghdm49zbcuw7q3yd3y0.k"
    peer = {"publicKey": key, "password": "it's \"p\" \\ é", "login": "l", "peerName": "a: b"}
    conf = {
        "privateKey": "72f6f8ed892d62a35b04052a3addaedfb26ad626972e0cb7bb371100d7b4e2d4",
        "authorizedPasswords": [{"password": "one", "user": "u"}, {"password": "two"}],
        "admin": {"bind": "127.0.0.1:11235", "password": "NONE"},
        "interfaces": {
            "UDPInterface": [
                {"bind": "[::]:4001", "connectTo": {"[2001:db8::1]:99": peer, "192.0.2.1:5": peer},
                 "beacon": 2, "beaconDevices": ["lan", "wan"]},
                {"bind": "0.0.0.0:4002", "connectTo": {}}],
            "ETHInterface": {"bind": "eth0", "connectTo": {"02:00:00:00:00:01": peer}}},
        "router": {
            "interface": {"type": "TUNInterface", "tunDevice": "mesh"}, "tableSize": 500,
            "supernodes": [key], "ipTunnel": {
                "allowedConnections": [{"publicKey": key, "ip4Address": "192.0.2.9"}],
                "outgoingConnections": [key]}},
        "security": [{"setuser": "nobody"}, {"seccomp": 1}],
        "logging": {"logTo": "stdout"}, "stateFile": "/var/run/cjdns/peers"}
    text = json.dumps(conf, indent=2, ensure_ascii=False)
    box.write("/etc/old.conf", text.replace('\\"', "\\x22").replace("\\\\", "\\x5c"))
    said = box.shell("cjdrouteconf set </etc/old.conf 2>&1")
    expect(said.strip() == "cjdrouteconf: left out: tableSize", said)
    expect(box.read("/etc/config/cjdns") == ORIGINAL, "it commits by itself")
    box.shell("uci commit cjdns")
    made = json.loads(box.shell("cjdrouteconf get").replace("\\x", "\\u00"))
    del conf["router"]["tableSize"]
    conf["interfaces"]["ETHInterface"] = [conf["interfaces"]["ETHInterface"]]
    for name in ("privateKey", "authorizedPasswords", "admin", "router", "logging", "stateFile"):
        expect(made[name] == conf[name], f"{name}: {made[name]}")
    for name in ("UDPInterface", "ETHInterface"):
        expect(made["interfaces"][name] == conf["interfaces"][name],
               f"{name}: {made['interfaces'][name]}")
    expect(made["security"]["seccomp"] == 1, made["security"])
    # Once more, over what is there; then one with an error.
    before = box.read("/etc/config/cjdns")
    box.shell("cjdrouteconf get | cjdrouteconf set && uci commit cjdns")
    again = json.loads(box.shell("cjdrouteconf get").replace("\\x", "\\u00"))
    expect(again == made, again)
    said = box.shell("echo '{ \"router\": }' | cjdrouteconf set 2>&1; echo status $?")
    expect("line 1" in said and "status 0" not in said, said)
    expect(not box.shell("uci changes cjdns") and len(before) > 500, "an error changes something")


def a_reload_drops_nothing_and_a_wrong_file_changes_nothing(make):
    box = make("reload")
    box.install()
    node = box.node()
    box.shell("uci add cjdns password; uci set cjdns.@password[-1].user=bob; "
            "uci set cjdns.@password[-1].password=0123456789abcdef; uci commit cjdns")
    said = box.service("reload")
    expect("new user: bob" in said and box.node() == node, said)
    good = box.read("/etc/config/cjdns")
    box.write("/etc/config/cjdns", good + "\nconfig udp_interface\n\toption port 'x'\n", 0o600)
    said = box.service("reload")
    line = good.count("\n") + 3
    expect(f"line {line}, column 14: interfaces.UDPInterface[2].bind: '0.0.0.0:x'" in said and
           box.node() == node, said)
    box.write("/etc/config/cjdns", good, 0o600)
    box.shell("uci set cjdns.cjdns.tun_device=other; uci commit cjdns")
    said = box.service("reload")
    expect("needs a restart: router: TUN device other" in said, said)
    expect(box.node() != node, "it was not restarted")
    expect("other" in box.devices(), "the device has not changed")
    box.service("stop")
    box.service("reload")
    box.node()


def an_address_that_comes_late_is_used(make):
    box = make("late")
    box.install()
    box.node()
    box.shell("uci add cjdns udp_interface; uci set cjdns.@udp_interface[-1].address=192.0.2.7; "
              "uci set cjdns.@udp_interface[-1].port=2222; uci commit cjdns")
    come = "ACTION=ifup INTERFACE=wan; . /etc/hotplug.d/iface/90-cjdns"
    # While the node runs.
    command("ip", "-n", box.name, "address", "add", "192.0.2.7/24", "dev", "lo")
    node = box.node()
    box.shell(come)
    expect("192.0.2.7:2222" in box.sockets() and box.node() == node,
           box.sockets())
    # Without it the node cannot start.
    command("ip", "-n", box.name, "address", "del", "192.0.2.7/24", "dev", "lo")
    box.service("restart")
    until(START_SECONDS, "it runs", lambda: not box.shell("pidof cjdroute", check=False))
    command("ip", "-n", box.name, "address", "add", "192.0.2.7/24", "dev", "lo")
    box.shell(come)
    box.node()
    expect("192.0.2.7:2222" in box.sockets(), box.sockets())
    # Who has stopped it means it.
    box.service("stop")
    box.shell(come)
    expect(not box.shell("pidof cjdroute", check=False), "it was started")


def a_broken_executable_breaks_nothing_else(make):
    box = make("broken")
    box.unpack(pathlib.Path("/bin/false"))
    said = box.shell("/usr/libexec/cjdns-setup", check=False)
    expect("makes no key" in said, said)
    expect(box.read("/etc/config/network") == NETWORK, "the network has changed")
    expect(box.get("cjdns.cjdns.private_key") == "", "it has a key")


def an_upgrade_keeps_all_and_a_removal_the_settings(make):
    box = make("upgrade")
    box.install()
    node = box.node()
    settings = {name: box.read(f"/etc/config/{name}") for name in ("cjdns", "network", "firewall")}
    box.shell("PKG_UPGRADE=1 /usr/lib/opkg/info/cjdns.prerm upgrade")
    expect(not box.shell("pidof cjdroute", check=False), "the old one still runs")
    box.install()
    expect(box.node() != node, "the old one still runs")
    for name, text in settings.items():
        expect(box.read(f"/etc/config/{name}") == text, f"{name} has changed")
    box.shell("/usr/lib/opkg/info/cjdns.prerm remove")
    expect(not list(box.root.glob("etc/rc.d/*cjdns")), "it is still enabled")
    expect(box.read("/etc/config/cjdns") == settings["cjdns"], "the settings have changed")
    for line in box.read("/lib/upgrade/keep.d/cjdns").split():
        expect(box.path(line).exists(), f"{line} is kept and not there")


QUICK = [the_scripts_are_for_busybox, the_executable_reads_the_settings]
TESTS = [an_install_has_a_key_a_network_a_zone_and_a_service,
         an_image_has_no_key_until_it_boots, without_settings_the_service_makes_them,
         the_settings_of_the_original_stay,
         a_cjdroute_conf_becomes_the_settings_and_they_one,
         a_reload_drops_nothing_and_a_wrong_file_changes_nothing,
         an_address_that_comes_late_is_used, a_broken_executable_breaks_nothing_else,
         an_upgrade_keeps_all_and_a_removal_the_settings]


def run(test, make):
    try:
        test(make)
        result, text = "passed", ""
    except (Failed, OSError, subprocess.SubprocessError, KeyError, ValueError) as why:
        result, text = "FAILED", f": {why}"
    print(f"{result} {test.__name__.replace('_', ' ')}{text}", flush=True)
    return result == "passed"


def main():
    if os.uname().machine != "x86_64" or not EXECUTABLE.is_file():
        raise Skip("needs x86_64, and CrossCompile/build x86_64 sodium cjdroute")
    results = [run(test, None) for test in QUICK]
    if "--quick" not in sys.argv:
        need("busybox", "ss")
        with Boxes() as boxes:
            base = busybox_root(boxes.folder / "base")
            results += [run(test, lambda name: Box(boxes, name, base)) for test in TESTS]
        print("stubs: uci, procd with rc.common, ubus, /lib/functions.sh")
    print(f"{sum(results)} passed, {results.count(False)} failed")
    return not all(results)


if __name__ == "__main__":
    finish(main)
