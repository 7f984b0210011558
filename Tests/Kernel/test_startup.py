"""Starting and ending the node: each trouble has one clear message and the right status, and what
it gives up is given up."""
import ctypes
import json
import os
import pathlib
import platform
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
from lab import LabError, Skip  # noqa: E402
from stage import (  # noqa: E402
    AS_NOBODY, CONFIGURATION, DONE, INPUT, RUNNING, SYSTEM, TUN_DRIVERS, USAGE, Run, Stage, check,
    generated, limit_of, need_mounts, need_program, plain, status_of, without_tun)

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "Vectors"

# What is said of the device in a line of its own.
TUN_LINE = r"TUN|IPv6 is disabled"


def taken_port(stage, name, port, host="127.0.0.1"):
    """A program that has a port and never answers."""
    held = stage.socket_in(stage.namespace(name), socket.AF_INET, socket.SOCK_DGRAM)
    held.bind((host, port))
    return held


# What the machine refuses

def test_ipv6_is_disabled(executable):
    with Stage("start") as stage:
        stage.shell("a", "sysctl -w net.ipv6.conf.all.disable_ipv6=1")
        run = stage.run("a", executable, plain(executable))
        run.expect(DONE, r"WARN .*IPv6 is disabled.*net\.ipv6\.conf\.all\.disable_ipv6=0", TUN_LINE)


def test_ipv6_is_disabled_and_a_bind_wants_it(executable):
    """The file of --genconf binds to [::]: where IPv6 is merely disabled that is no obstacle."""
    with Stage("start") as stage:
        stage.shell("a", "sysctl -w net.ipv6.conf.all.disable_ipv6=1")
        stage.run("a", executable, generated(executable)).expect(DONE, r"IPv6 is disabled")


def test_no_tun_driver(executable):
    need_mounts()
    with Stage("start") as stage:
        for name in ("missing", "dead"):
            run = stage.run(name, executable, plain(executable), mounts=[TUN_DRIVERS[name]])
            run.expect(DONE, r"WARN .*there is no /dev/net/tun.*modprobe tun.*without a network "
                       r"device", TUN_LINE)
            check("ermission" not in run.said, "a missing device is no lack of permission")


def test_the_tun_driver_is_forbidden(executable):
    need_mounts()
    with Stage("start") as stage:
        run = stage.run("a", executable, plain(executable), mounts=[TUN_DRIVERS["forbidden"]])
        run.expect(DONE, r"WARN .*no permission to open /dev/net/tun.*root", TUN_LINE)
        check("there is no" not in run.said, "forbidden is not missing", run.said)


def test_an_unprivileged_user(executable):
    """Without rights it forwards for others, and says what it cannot do, once."""
    need_mounts()
    with Stage("start") as stage:
        run = stage.run("closed", executable, plain(executable), before=AS_NOBODY)
        run.expect(DONE, r"WARN .*no permission to open /dev/net/tun.*root", TUN_LINE)
        run = stage.run("open", executable, plain(executable), before=AS_NOBODY,
                        mounts=[TUN_DRIVERS["open"]])
        run.expect(DONE, r"WARN .*no permission for the device cjstart0.*ip tuntap add", TUN_LINE)
        run = stage.run("low", executable, before=AS_NOBODY, configuration=without_tun(
            executable, interfaces={"UDPInterface": [{"bind": "0.0.0.0:53"}]}))
        run.expect(SYSTEM, r"0\.0\.0\.0:53.*1024")


def test_an_unprivileged_user_with_the_defaults(executable):
    """Who has no rights can give none up: that is no trouble, and no warning."""
    with Stage("start") as stage:
        run = stage.run("a", executable, generated(executable, router={}), before=AS_NOBODY)
        run.expect(DONE)
        check(not re.search(r"WARN|ERROR|CRITICAL", run.said), "no warning was expected", run.said)


def test_a_port_is_in_use(executable):
    with Stage("start") as stage:
        held = taken_port(stage, "a", 9000, "0.0.0.0")
        run = stage.run("a", executable, without_tun(executable))
        run.expect(SYSTEM, r"^cjdroute: .*port in use.*0\.0\.0\.0:9000.*change bind")
        held.close()
        held = taken_port(stage, "a", 11234)
        run = stage.run("a", executable, without_tun(executable))
        run.expect(SYSTEM, r"^cjdroute: admin address 127\.0\.0\.1:11234: another program.*"
                   r"admin\.bind")
        held.close()


def test_an_address_that_the_machine_does_not_have(executable):
    with Stage("start") as stage:
        run = stage.run("a", executable, without_tun(
            executable, interfaces={"UDPInterface": [{"bind": "203.0.113.9:9000"}]}))
        run.expect(SYSTEM, r"^cjdroute: .*203\.0\.113\.9:9000")
        run = stage.run("a", executable, without_tun(
            executable, admin={"bind": "203.0.113.9:11234"}))
        run.expect(SYSTEM, r"^cjdroute: admin address 203\.0\.113\.9:11234.*admin\.bind")


def test_a_second_node(executable):
    """Whatever its key and its password: the admin address decides."""
    with Stage("start") as stage:
        first = plain(executable, admin={"bind": "127.0.0.1:11234", "password": "one"})
        stage.run("a", executable, first).expect(DONE)
        pid = stage.pid("a", first)
        second = plain(executable, admin={"bind": "127.0.0.1:11234", "password": "two"})
        run = stage.run("a", executable, second)
        run.expect(RUNNING, r"^cjdroute: Startup failed: cjdroute is already running\..*"
                   r"127\.0\.0\.1:11234")
        check(run.seconds < 1, "the second was slow to see the first", run.seconds)
        check(stage.pid("a", first) == pid, "the first node is not what it was")
        other = without_tun(executable, admin={"bind": "127.0.0.1:11235"},
                            interfaces={"UDPInterface": [{"bind": "0.0.0.0:9001"}]})
        stage.run("b", executable, other).expect(DONE)


def test_the_loopback_device_is_down(executable):
    with Stage("start") as stage:
        stage.ip("a", "link", "set", "lo", "down")
        run = stage.run("a", executable, without_tun(executable))
        run.expect(SYSTEM, r"^cjdroute: .*127\.0\.0\.1:11234.*loopback device \(lo\).*firewall")


def test_the_loopback_device_is_firewalled(executable):
    need_program("nft")
    for hook, device in (("input", "iif"), ("output", "oif")):
        with Stage("start") as stage:
            rules = (f"table inet f {{ chain c {{ type filter hook {hook} priority 0; "
                     f"{device} lo drop; }}\n}}\n")
            done = stage.shell("a", "nft -f -", input=rules)
            if done.returncode != 0:
                raise Skip("nft does not work here: " + done.stderr.strip())
            run = stage.run("a", executable, plain(executable))
            run.expect(SYSTEM, r"^cjdroute: .*127\.0\.0\.1:11234.*firewall")
            check(run.seconds < 5, "the hint came late", run.seconds)
            check("cjstart0" not in stage.ip("a", "link"), "the TUN device stayed")


# What the configuration has wrong

def test_nothing_on_standard_input(executable):
    with Stage("start") as stage:
        for text in (b"", b"\n", b"// only a comment\n"):
            stage.run("a", executable, text).expect(CONFIGURATION, r"^cjdroute\.conf: .*--genconf")


def bad_configurations(executable):
    """Name, configuration, what the message has to name."""
    good = json.dumps(plain(executable), indent=1)

    def changed(find, put):
        check(good.count(find) >= 1, "the test changes nothing", find)
        return good.replace(find, put, 1)
    key = json.loads(good)["privateKey"]
    peer = '"bind": "0.0.0.0:9000", "connectTo": {"%s": {"password": "p", "publicKey": "%s"}}'
    bind = '"bind": "0.0.0.0:9000"'
    return [
        ("a missing comma", changed('",\n "publicKey"', '"\n "publicKey"'), "comma"),
        ("a bracket never closed", good[:-1], "bracket|brace|missing"),
        ("no key", changed('"privateKey"', '"_privateKey"'), "privateKey"),
        ("a short key", changed(key, key[:-1]), "privateKey"),
        ("no admin.bind", changed('"bind": "127.0.0.1:11234"', '"bnd": "x"'), r"admin.*bind"),
        ("an admin.bind that is none", changed("127.0.0.1:11234", "foo"), r"admin\.bind"),
        ("a bad bind", changed("0.0.0.0:9000", "eth0:5"), r"interfaces\.UDPInterface\[0\]\.bind"),
        ("a host name", changed(bind, peer % ("node.example:5", "x")),
         r"interfaces\.UDPInterface\[0\]\.connectTo.*node\.example:5.*ost names"),
        ("a short peer key", changed(bind, peer % ("192.0.2.1:5", "x")), r"publicKey"),
        ("a peer of the other family", changed(bind, peer % ("[2001:db8::1]:5", "x" * 54)),
         r"2001:db8::1"),
        ("a number for a text", changed('"tunDevice": "cjstart0"', '"tunDevice": 5'),
         r"router\.interface\.tunDevice"),
    ]


def test_a_bad_configuration_names_line_column_and_key(executable):
    with Stage("start") as stage:
        names = [name for name, _, _ in bad_configurations(executable)]
        for name, text, pattern in bad_configurations(executable):
            run = stage.run("a", executable, text.encode())
            try:
                run.expect(CONFIGURATION,
                           rf"^cjdroute\.conf: line \d+, column \d+: .*(?:{pattern})")
            except LabError as error:
                raise LabError(f"{name}: {error}") from None
            check(run.output == "", f"{name}: something on standard output", run.output)
            check(len(run.errors.splitlines()) == 1, f"{name}: more than one line", run.errors)
    return f"{len(names)} mistakes"


def sockets_are_deadly():
    """From now on this process, and what it executes, dies of opening a socket (SIGSYS)."""
    number = {"x86_64": 41}.get(platform.machine(), 198)
    libc = ctypes.CDLL(None, use_errno=True)
    load, jump_if, give = 0x20, 0x15, 0x06
    filter_ = b"".join(struct.pack("HBBI", *instruction) for instruction in (
        (load, 0, 0, 0), (jump_if, 0, 1, number), (give, 0, 0, 0x80000000),
        (give, 0, 0, 0x7fff0000)))
    held = ctypes.create_string_buffer(filter_)
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(filter_) // 8, ctypes.addressof(held)))
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, program, 0, 0) != 0:
        os._exit(99)


def test_a_bad_configuration_opens_nothing(executable):
    """A socket is deadly to it: the bad file is refused nevertheless, and a good one is not."""
    def run(text):
        return subprocess.run([executable], input=text.encode(), capture_output=True,
                              preexec_fn=sockets_are_deadly).returncode
    good = run(json.dumps(without_tun(executable)))
    if good == 99:
        raise Skip("needs seccomp filters")
    check(good == -signal.SIGSYS, "a good file opens a socket; the trap does not work", good)
    for name, text, _ in bad_configurations(executable):
        status = run(text)
        check(status == CONFIGURATION, f"{name}: the file is refused before a socket is opened",
              status)


def test_every_recorded_configuration(executable):
    """Those that cjdns was started with: zero or not zero, and whether a node runs."""
    with open(VECTORS / "conf-startup-v20.7.json") as file:
        cases = json.load(file)["cases"]
    with open(VECTORS / "deviations.json") as file:
        known = json.load(file)
    known = known if isinstance(known, list) else known["deviations"]
    differs = {d["case"]: d["expected"]["starts"] for d in known
               if d["file"] == "conf-startup-v20.7.json"}
    for case in cases:
        wanted = differs.get(case["name"], case["exit_status"] == 0)
        with Stage("start") as stage:
            configuration = case["config"]
            run = stage.run("a", executable, configuration)
            check((run.status == 0) == wanted,
                  f"{case['name']}: {'success' if wanted else 'failure'} was expected",
                  f"{run.status}, {run.said}")
            runs = [pid for pid in stage.pids(stage.namespace("a"))]
            check(bool(runs) == wanted, f"{case['name']}: processes left", runs)
            if wanted:
                check(stage.answers("a", configuration), f"{case['name']}: it does not answer")
    return f"{len(cases)} configurations"


def test_a_key_without_its_feature_is_named_once(executable):
    with Stage("start") as stage:
        clean = stage.run("clean", executable, plain(executable)).expect(DONE)
        check("not supported" not in clean.said and "no longer" not in clean.said,
              "nothing is missing of that file", clean.said)
        wanted = {
            "pidFile": "/tmp/pid",
            "resetAfterInactivitySeconds": 100,
            "spellingMistake": 1,
        }
        configuration = without_tun(executable, **wanted)
        key = configuration["publicKey"]
        configuration["router"] = {
            "supernodes": [key], "dnsSeeds": ["seed.example"],
            "ipTunnel": {"outgoingConnections": [generated(executable)["publicKey"]]}}
        configuration["security"].append({"seccomp": 1})
        run = stage.run("a", executable, configuration)
        names = [*wanted, "supernodes", "dnsSeeds", "ipTunnel", "seccomp"]
        run.expect(DONE, *(rf"WARN .*\b{name}\b" for name in names))
        return f"{len(names)} keys"


ORIGINAL = b"""
{
    // Secret. Its owner is the node.
    "privateKey": "%(key)s",

    // For the reader.
    "publicKey": "%(public)s",
    "ipv6": "%(address)s",

    // Who may connect.
    "authorizedPasswords": [
        // One for each friend.
        { "password": "5kf592hwhqq1s7tkduqlh8xh1033dpn", "user": "default-login" }

        // { "password": "0n8j6gv7p8vj5lbmtjxc02dwg05b2cz", "user": "my-second-peer" },

        /*
         "your.external.ip.goes.here:11279": {
             "login": "default-login",
             "password": "5kf592hwhqq1s7tkduqlh8xh1033dpn",
             "publicKey": "%(public)s",
             "peerName": "your-name-goes-here"
         },
         */
    ],

    "admin": {
        // With a port of the loopback address.
        "bind": "127.0.0.1:11234",

        "password": "NONE"
    },

    "interfaces": {
        "UDPInterface": [
            {
                "bind": "0.0.0.0:11279",

                // "dscp": 46,

                "beacon": 2,
                "beaconDevices": [ "all" ],
                "beaconPort": 64512,

                "connectTo": {
                    // Peers.
                }
            },
            {
                "bind": "[::]:11279",

                "connectTo": {
                }
            }
        ],

        "_disabled_ETHInterface": [
            {
                "bind": "all",
                "beacon": 2,
                "connectTo": {
                }
            }
        ]

    },

    "router": {
        "supernodes": [
            // "6743gf5tw80ExampleExampleExampleExamplevlyb23zfnuzv0.k",
        ],

        "interface": {
            "type": "TUNInterface"

            // "tunDevice": "tun0"
        },

        "_disabled_interface": {
            "type": "SocketInterface",
            "socketFullPath": "/var/run/cjdns.sock"
        },

        "ipTunnel": {
            "allowedConnections": [
                // { "publicKey": "f64hExampleExamplej7Example.k", "ip4Address": "192.168.1.24" },
            ],

            "outgoingConnections": [
            ]
        }
    },

    "security": [
        { "setuser": "nobody", "keepNetAdmin": 1 },
        { "chroot": "/var/run/" },
        { "nofiles": 0 },
        { "noforks": 1 },
        { "seccomp": 1 },
        { "setupComplete": 1 }
    ],

    "logging": {
        // "logTo":"stdout"
    },

    "noBackground": 0,

    // "pipe": "/tmp",

    "version": 2
}
"""

# As hands wrote it in 2013: no version, commas as they come, the words of that year.
OF_2013 = b"""{
    "privateKey": "%(key)s",
    "publicKey": "%(public)s"
    "ipv6": "%(address)s",
    "authorizedPasswords": [ {"password": "5kf592hwhqq1s7tkduqlh8xh1033dpn"}, ],
    "admin": { "bind": "127.0.0.1:11234", "password": "NONE" }
    "interfaces": {
        "UDPInterface": [ { "bind": "0.0.0.0:11279", "connectTo": { } } ]
    },
    "router": { "interface": { "type": "TUNInterface" }, "ipTunnel": {} },
    "resetAfterInactivitySeconds": 100,
    "pidFile": "cjdroute.pid",
    "security": [ "nofiles", { "setuser": "nobody", "exemptAngel": 1 } ]
}
"""


def filled(template, executable):
    """A configuration of another program, with keys of its own."""
    own = generated(executable)
    names = {"key": "privateKey", "public": "publicKey", "address": "ipv6"}
    return template % {name.encode(): own[key].encode() for name, key in names.items()}, own


def test_a_configuration_that_the_original_wrote(executable):
    with Stage("start") as stage:
        text, own = filled(ORIGINAL, executable)
        stage.run("a", executable, text).expect(DONE, r"seccomp")
        admin = {"admin": {"bind": "127.0.0.1:11234"}}
        status = status_of(stage.pid("a", admin))
        check(status["Uid"].split()[0] == "65534", "it is not nobody", status["Uid"])
        check(own["ipv6"].replace("fc", "", 1)[:2] in stage.ip("a", "-6", "addr"), "no address")
        names = {i["name"] for i in stage.admin("a", admin).pages(
            "InterfaceController_interfaces", "ifaces")}
        check(names == {b"UDP/IPv4/0.0.0.0:11279", b"UDP/IPv6/[::]:11279"}, "its links", names)


def test_a_configuration_of_2013(executable):
    with Stage("start") as stage:
        text, _ = filled(OF_2013, executable)
        stage.run("a", executable, text).expect(DONE, r"pidFile", r"resetAfterInactivitySeconds")
        pid = stage.pid("a", {"admin": {"bind": "127.0.0.1:11234"}})
        check(limit_of(pid, "Max open files") == "0", "nofiles", limit_of(pid, "Max open files"))
        check(int(status_of(pid)["CapEff"], 16) == 1 << 12, "exemptAngel", status_of(pid)["CapEff"])


# The background

def test_the_caller_returns_when_the_node_answers(executable):
    with Stage("start") as stage:
        configuration = plain(executable)
        run = stage.run("a", executable, configuration).expect(DONE)
        check(stage.answers("a", configuration, 0.1), "it does not answer when its caller is back")
        check(run.seconds < 2, "start-up took long", run.seconds)
        pid = stage.pid("a", configuration)
        check(os.getsid(pid) == pid, "it is in the session of its caller", os.getsid(pid))
        with open(f"/proc/{pid}/comm") as file:
            name = file.read().strip()
        check(name == os.path.basename(executable)[:15], "pgrep finds it under another name", name)
        check(os.readlink(f"/proc/{pid}/fd/0") == "/dev/null", "it keeps its standard input")
        return f"back after {run.seconds:.2f} s"


def test_the_log_goes_on_in_the_file(executable):
    with Stage("start") as stage:
        configuration = plain(executable)
        stage.run("a", executable, configuration).expect(DONE, r"^\d{10} INFO \w+:\d+ .* runs")
        stage.ip("a", "link", "del", "cjstart0")
        stage.until(lambda: "the TUN device has been deleted" in stage.text("a"), 3,
                    "the log has no line of what happened later:\n%LOG%"
                    + os.path.join(stage.folder, "a.out"))
        pid = stage.pid("a", configuration)
        os.kill(pid, signal.SIGTERM)
        stage.ended(pid)
        check("ended in order" in stage.text("a"), "its last words are missing", stage.text("a"))


def test_without_logTo_it_lets_go_of_the_output(executable):
    """Who reads its output by a pipe sees the end, and not that of the node."""
    with Stage("start") as stage:
        configuration = plain(executable, logging={})
        command = stage.command("a", executable)
        done = subprocess.run(command, input=json.dumps(configuration).encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10)
        check(done.returncode == 0, "status", done)
        check(b" runs" in done.stdout, "it says that it runs", done.stdout)
        check(stage.answers("a", configuration), "it does not answer")


def test_closed_descriptors_are_no_trap(executable):
    """What is opened must not take the place of a standard output that the caller has closed."""
    with Stage("start") as stage:
        held = taken_port(stage, "a", 9000, "0.0.0.0")
        closed = ["sh", "-c", 'exec "$@" >&- 2>&-', "sh"]
        stage.run("a", executable, plain(executable), before=closed).expect(SYSTEM)
        held.close()
        configuration = plain(executable)
        stage.run("a", executable, configuration, before=closed).expect(DONE)
        pid = stage.pid("a", configuration)
        for number in (0, 1, 2):
            opened = os.readlink(f"/proc/{pid}/fd/{number}")
            check(opened == "/dev/null", f"descriptor {number}", opened)


def test_the_caller_gets_the_status_of_a_failure(executable):
    """What goes wrong after the fork is told, too."""
    with Stage("start") as stage:
        held = taken_port(stage, "a", 9000, "0.0.0.0")
        run = stage.run("a", executable, plain(executable)).expect(SYSTEM, "0.0.0.0:9000")
        check(run.seconds < 2, "it was slow", run.seconds)
        held.close()
        check(stage.pids(stage.namespace("a")) == [], "something was left behind")


def test_it_stays_in_front_if_asked(executable):
    with Stage("start") as stage:
        for name, arguments, changes in (("option", ["--nobg"], {"noBackground": 0}),
                                         ("key", [], {"noBackground": 1})):
            configuration = plain(executable, **changes)
            process = stage.front(name, executable, configuration, *arguments)
            check(stage.pid(name, configuration) == process.pid, "it is another process")
            time.sleep(0.3)
            check(process.poll() is None, "it went to the background", process.poll())


def test_a_signal_ends_it_in_order(executable):
    with Stage("start") as stage:
        for number in (signal.SIGTERM, signal.SIGINT):
            for place in ("front", "back"):
                name = f"{place}{number}"
                configuration = plain(executable)
                if place == "front":
                    process = stage.front(name, executable, configuration, "--nobg")
                else:
                    stage.run(name, executable, configuration).expect(DONE)
                check("cjstart0" in stage.ip(name, "link"), "no TUN device")
                pid = stage.pid(name, configuration)
                os.kill(pid, number)
                if place == "front":
                    check(process.wait(5) == 0, "status", process.returncode)
                stage.ended(pid)
                check("ended in order" in stage.text(name), "last words", stage.text(name))
                check("cjstart0" not in stage.ip(name, "link"), "the TUN device stayed")


def test_a_reader_of_the_log_that_stands_still(executable):
    """A full pipe costs lines, which are counted, but never stops the node."""
    with Stage("start") as stage:
        configuration = without_tun(executable)
        out, into = os.pipe()
        os.set_blocking(into, False)
        filled_count = 0
        try:
            while True:
                filled_count += os.write(into, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(into, True)
        process = subprocess.Popen(stage.command("a", executable, "--nobg"), stdout=into,
                                   stdin=subprocess.PIPE, start_new_session=True)
        stage.processes.append(process)
        os.close(into)
        process.stdin.write(json.dumps(configuration).encode())
        process.stdin.close()
        stage.until(lambda: stage.answers("a", configuration), 5, "it stands still, too")
        while filled_count > 0:
            filled_count -= len(os.read(out, filled_count))
        process.terminate()
        check(process.wait(5) == 0, "status", process.returncode)
        with os.fdopen(out) as file:
            text = file.read()
        check(re.search(r" WARN \S+ \d+ lines of the log were lost", text), "the loss is not told",
              text)
        check("ended in order" in text, "the last line", text)


def test_signals_that_do_not_end_it(executable):
    """Of a terminal that is closed, and of a pipe that nobody reads."""
    with Stage("start") as stage:
        configuration = without_tun(executable)
        stage.run("a", executable, configuration).expect(DONE)
        pid = stage.pid("a", configuration)
        os.kill(pid, signal.SIGPIPE)
        time.sleep(0.2)
        check(stage.answers("a", configuration), "SIGPIPE ended it")


# What it gives up

def drop(executable, security, name="a", **changes):
    """Starts it with `security`, and returns what /proc says of it."""
    with Stage("start") as stage:
        changes = dict(changes)
        if security is not None:
            changes["security"] = security
        configuration = plain(executable, **changes)
        if security is None:
            del configuration["security"]
        run = stage.run(name, executable, configuration).expect(DONE)
        pid = stage.pid(name, configuration)
        found = status_of(pid)
        found.update(root=os.readlink(f"/proc/{pid}/root"), cwd=os.readlink(f"/proc/{pid}/cwd"),
                     files=limit_of(pid, "Max open files"), said=run.said,
                     processes=limit_of(pid, "Max processes"))
        check("cjstart0" in stage.ip(name, "link"), "no TUN device")
        found["alive"] = stage.answers(name, configuration)
        check(found["alive"], "it does not answer")
        return found


def test_it_becomes_another_user(executable):
    for keep, capabilities in ((1, 1 << 12), (0, 0), (None, 0)):
        entry = {"setuser": "nobody"}
        if keep is not None:
            entry["keepNetAdmin"] = keep
        found = drop(executable, [entry, {"chroot": 0}, {"noforks": 0}])
        check(found["Uid"].split() == ["65534"] * 4, "user", found["Uid"])
        check(found["Gid"].split() == ["65534"] * 4, "group", found["Gid"])
        check(found["Groups"].split() == [], "further groups", found["Groups"])
        for which in ("CapEff", "CapPrm"):
            check(int(found[which], 16) == capabilities, f"{which} with keepNetAdmin {keep}",
                  found[which])
        check(int(found["CapInh"], 16) == 0, "CapInh", found["CapInh"])
        check(found["NoNewPrivs"] == "1", "NoNewPrivs", found["NoNewPrivs"])
        check("WARN" not in found["said"], "a warning", found["said"])


def test_a_user_with_capabilities(executable):
    """Started by a service manager: it needs no root, and keeps no more than it is to keep."""
    need_mounts()
    caps = "+net_admin,+net_raw,+net_bind_service"
    user = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups", "--inh-caps", caps,
            "--ambient-caps", caps]
    for keep, capabilities in ((1, 1 << 12), (0, 0)):
        with Stage("start") as stage:
            configuration = plain(executable, security=[
                {"setuser": "nobody", "keepNetAdmin": keep}, {"chroot": 0}])
            run = stage.run("a", executable, configuration, before=user,
                            mounts=[TUN_DRIVERS["open"]])
            run.expect(DONE)
            check(not re.search(r"WARN|ERROR", run.said), "a warning", run.said)
            check("/8 " in stage.ip("a", "-6", "addr", "show", "dev", "cjstart0"), "no address")
            found = status_of(stage.pid("a", configuration))
            check(found["Uid"].split() == ["54321"] * 4, "its user", found["Uid"])
            for which in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
                check(int(found[which], 16) == (capabilities if which in ("CapEff", "CapPrm")
                                                else 0), f"{which} with keepNetAdmin {keep}",
                      found[which])


def test_what_it_gives_up_if_nothing_is_said(executable):
    found = drop(executable, None)
    check(found["Uid"].split() == ["65534"] * 4, "user", found["Uid"])
    check(int(found["CapEff"], 16) == 1 << 12, "CapEff", found["CapEff"])
    check(found["root"] == os.path.realpath("/var/run"), "root", found["root"])
    check(found["cwd"] == found["root"], "working directory", found["cwd"])
    check(found["processes"] == "0", "process limit", found["processes"])
    check(found["files"] != "0", "open-file limit", found["files"])
    check(found["NoNewPrivs"] == "1", "NoNewPrivs", found["NoNewPrivs"])


def test_it_keeps_what_it_is_told_to_keep(executable):
    found = drop(executable, [{"setuser": 0}, {"chroot": 0}, {"noforks": 0}, {"nofiles": 0}])
    check(found["Uid"].split() == ["0"] * 4, "user", found["Uid"])
    check(found["root"] == "/", "root", found["root"])
    check(found["processes"] != "0", "process limit", found["processes"])


def test_chroot_and_limits(executable):
    folder = "/var/empty" if os.path.isdir("/var/empty") else "/var/log"
    found = drop(executable, [{"setuser": 0}, {"chroot": folder}, {"nofiles": 1}, {"noforks": 1}])
    check(found["root"] == os.path.realpath(folder), "root", found["root"])
    check(found["files"] == "0", "open-file limit", found["files"])
    check(found["processes"] == "0", "process limit", found["processes"])
    check("WARN" not in found["said"], "a warning", found["said"])


def test_a_chroot_that_is_not_there_is_a_warning(executable):
    found = drop(executable, [{"setuser": 0}, {"chroot": "/no/such/folder"}])
    check(re.search(r"WARN .*security\.chroot.*/no/such/folder", found["said"]), "no warning",
          found["said"])
    check(found["root"] == "/", "root", found["root"])


def test_an_unknown_user_is_fatal(executable):
    with Stage("start") as stage:
        configuration = plain(executable, security=[{"setuser": "nobody-of-that-name"}])
        stage.run("a", executable, configuration).expect(
            SYSTEM, r"^cjdroute: security\.setuser: .*'nobody-of-that-name'")
        check("cjstart0" not in stage.ip("a", "link"), "it opened the TUN device")


def test_a_machine_without_the_user_nobody(executable):
    """Nobody named another: a warning, and it stays what it is."""
    need_mounts()
    with Stage("start") as stage:
        passwd = os.path.join(stage.folder, "passwd")
        with open(passwd, "w") as file:
            file.write("root:x:0:0:root:/root:/bin/sh\n")
        configuration = plain(executable)
        del configuration["security"]
        run = stage.run("a", executable, configuration,
                        mounts=[f"mount --bind {passwd} /etc/passwd"])
        run.expect(DONE, r"WARN .*there is no user 'nobody'")


# The TUN device

def premade(stage, name, device="cjmade0", user="65534"):
    made = stage.shell(name, f"ip tuntap add mode tun user {user} dev {device}")
    if made.returncode != 0:
        raise Skip("persistent TUN devices cannot be made here: " + made.stderr.strip())


def test_a_device_made_for_an_unprivileged_user(executable):
    need_mounts()
    with Stage("start") as stage:
        premade(stage, "a")
        configuration = plain(executable, router={
            "interface": {"type": "TUNInterface", "tunDevice": "cjmade0"}})
        stage.shell("a", f"ip addr add {configuration['ipv6']}/8 dev cjmade0; "
                    "ip link set cjmade0 mtu 1304 up")
        run = stage.run("a", executable, configuration, before=AS_NOBODY,
                        mounts=[TUN_DRIVERS["open"]])
        run.expect(DONE, r"INFO .*TUN device cjmade0")
        check(not re.search(r"WARN|ERROR", run.said), "all was prepared, but it warns", run.said)
        answer = stage.shell("a", f"ping -6 -n -c 1 -W 2 {configuration['ipv6']}")
        check(answer.returncode == 0, "its own address does not answer", answer.stdout)
        check("LOWER_UP" in stage.ip("a", "link", "show", "cjmade0"), "it is not attached")
        pid = stage.pid("a", configuration)
        os.kill(pid, signal.SIGTERM)
        stage.ended(pid)
        check("cjmade0" in stage.ip("a", "link"), "a persistent device is not its to delete")


def test_a_device_that_an_unprivileged_user_cannot_set_up(executable):
    """It says what root has to do, and runs."""
    need_mounts()
    with Stage("start") as stage:
        premade(stage, "a")
        configuration = plain(executable, router={
            "interface": {"type": "TUNInterface", "tunDevice": "cjmade0"}})
        run = stage.run("a", executable, configuration, before=AS_NOBODY,
                        mounts=[TUN_DRIVERS["open"]])
        run.expect(DONE, r"WARN .*cjmade0: no permission to set it up.*ip addr add fc.*/8 dev "
                   r"cjmade0; ip link set cjmade0 mtu 1304 up$", TUN_LINE)
        command = re.search(r"root do it: (.*)", run.output).group(1)
        check(stage.shell("a", command).returncode == 0, "the advice does not work", command)
        answer = stage.shell("a", f"ping -6 -n -c 1 -W 2 {configuration['ipv6']}")
        check(answer.returncode == 0, "its own address does not answer", answer.stdout)


def test_a_device_that_has_the_address_already(executable):
    """Of an earlier run, or by hand; with root's rights nothing is amiss."""
    with Stage("start") as stage:
        premade(stage, "a", user="0")
        configuration = plain(executable, router={
            "interface": {"type": "TUNInterface", "tunDevice": "cjmade0"}})
        stage.shell("a", f"ip addr add {configuration['ipv6']}/8 dev cjmade0; "
                    "ip link set cjmade0 up")
        for _ in range(2):
            run = stage.run("a", executable, configuration).expect(DONE)
            check(not re.search(r"WARN|ERROR", run.said), "a warning", run.said)
            shown = stage.ip("a", "-6", "addr", "show", "dev", "cjmade0")
            check(shown.count("/8 ") == 1, "one address of /8 was expected", shown)
            check("mtu 1304" in shown, "the MTU", shown)
            pid = stage.pid("a", configuration)
            os.kill(pid, signal.SIGTERM)
            stage.ended(pid)


def test_a_device_of_another_program(executable):
    """One message for a device in use, one for what is no TUN device, one for a bad name."""
    with Stage("start") as stage:
        first = plain(executable)
        stage.run("a", executable, first).expect(DONE)
        stage.ip("a", "link", "add", "cjveth0", "type", "veth", "peer", "name", "cjveth1")
        for number, (device, pattern) in enumerate((
                ("cjstart0", r"WARN .*another program has the device cjstart0"),
                ("cjveth0", r"WARN .*cjveth0 is no TUN device"),
                ("a-name-that-is-too-long", r"WARN .*tunDevice: .*at most 15"))):
            other = plain(executable, admin={"bind": f"127.0.0.1:{11300 + number}"},
                          interfaces={}, router={
                              "interface": {"type": "TUNInterface", "tunDevice": device}})
            stage.run("a", executable, other).expect(DONE, pattern, TUN_LINE)


# Where the log goes

def test_the_log_of_the_system(executable):
    """Opened before the drop: lines arrive from nobody in an empty root."""
    need_mounts()
    with Stage("start") as stage:
        path, devices = (os.path.join(stage.folder, name) for name in ("log", "dev"))
        received, server = [], socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        server.bind(path)
        os.chmod(path, 0o666)
        server.settimeout(0.2)
        going = threading.Event()

        def read():
            while not going.is_set():
                try:
                    received.append(server.recv(4096))
                except TimeoutError:
                    continue
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        try:
            configuration = plain(executable, logging={"logTo": "syslog"}, security=[
                {"setuser": "nobody", "keepNetAdmin": 1}, {"chroot": "/var/run/"}])
            run = stage.run("a", executable, configuration, mounts=[
                f"mkdir {devices}", f"mount -t tmpfs tmpfs {devices}", f"cd {devices}", "mkdir net",
                "mknod -m 666 null c 1 3", "mknod -m 666 random c 1 8",
                "mknod -m 666 urandom c 1 9", "mknod -m 666 net/tun c 10 200",
                f"ln -s {path} log", f"mount --bind {devices} /dev", "cd /"])
            run.expect(DONE)
            stage.until(lambda: any(b" runs" in line for line in received), 3,
                        "no line arrived at /dev/log")
            stage.ip("a", "link", "del", "cjstart0")
            stage.until(lambda: any(b"has been deleted" in line for line in received), 3,
                        "no line arrived after the drop")
        finally:
            going.set()
            thread.join()
            server.close()
        info = next(line for line in received if b" runs" in line)
        error = next(line for line in received if b"has been deleted" in line)
        check(info.startswith(b"<30>") and error.startswith(b"<27>"),
              "the priorities of daemon.info and daemon.err", (info[:4], error[:4]))
        check(b"cjdroute" in info, "its name", info)


# The command line

def test_options(executable):
    def run(*arguments, given=b""):
        done = subprocess.run([executable, *arguments], input=given, capture_output=True,
                              timeout=10)
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode(), 0)
    for option in ("--help", "-h"):
        helped = run(option).expect(DONE, r"--genconf-seed", r"sudo \./?cjdroute < cjdroute\.conf"
                                    r"|sudo cjdroute < cjdroute\.conf")
        check(helped.errors == "", "help belongs on standard output", helped.errors)
    for option in ("--version", "-v"):
        run(option).expect(DONE, r"^Cjdns version: \S", r"^Cjdns protocol version: 2\d$",
                           r"sodium|compact")
    run("--nonsense").expect(USAGE, r"unrecognized option '--nonsense'.*--help")
    run("--help", "more").expect(USAGE, r"too many arguments.*--help")
    run("--genconf", "--nonsense").expect(USAGE, r"--nonsense")
    run("core", "/tmp/x").expect(USAGE, r"one process")
    run("--pidfile").expect(USAGE, r"--pidfile")
    run("--genconf-seed", given=b"short").expect(INPUT, r"64 bytes")
    run("--cleanconf", given=b"{").expect(CONFIGURATION, r"line 1, column 1")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([executable, "--genconf"], stdout=full, stderr=subprocess.PIPE)
    check(done.returncode == SYSTEM and b"disk full" in done.stderr, "a full disk", done)
    for option in ("--genconf", "--cleanconf"):
        text = run("--genconf").output.encode()
        done = run(option, given=text).expect(DONE)
        check(done.errors == "", "nothing is to be said besides", done.errors)


def test_a_configuration_is_not_appended_unseen(executable):
    """genconf into a file that holds something warns: only what stands first in it counts."""
    with Stage("start") as stage:
        path = os.path.join(stage.folder, "cjdroute.conf")
        done = subprocess.run(["sh", "-c", '"$0" --genconf >> "$1"; "$0" --genconf >> "$1"',
                               executable, path], capture_output=True, text=True)
        check(done.stderr.count("\n") == 1 and "first" in done.stderr, "one warning", done.stderr)


def test_the_helpers_by_name(executable):
    with Stage("start") as stage:
        for name in ("publictoip6", "privatetopublic", "makekeys", "randombytes", "mkpasswd"):
            os.symlink(executable, os.path.join(stage.folder, name))

        def run(name, *arguments, given=""):
            done = subprocess.run([os.path.join(stage.folder, name), *arguments], timeout=10,
                                  input=given, capture_output=True, text=True)
            return Run(done.returncode, done.stdout, done.stderr, 0)
        own = generated(executable)
        private, public, address = own["privateKey"], own["publicKey"], own["ipv6"]
        compact = ":".join(group.lstrip("0") or "0" for group in address.split(":"))
        check(run("publictoip6", public).expect(DONE).output == compact + "\n", "publictoip6")
        for key, word in (("short.k", "TOO_SHORT"), (public[:-1] + "x", "MALFORMED"),
                          ("!" + public[1:], "DECODE_FAILED")):
            bad = run("publictoip6", key)
            check(bad.status != 0 and bad.errors == f"ERROR: Key_parse_{word}\n", key, bad.said)
            check(bad.output == "", "an error on standard output", bad.output)
        check("sage" in run("publictoip6").expect(DONE).output, "no usage")
        for given in (private, private + "\nmore of it"):
            lines = run("privatetopublic", given=given).expect(DONE).output.splitlines()
            check(lines == [private, public, address], "privatetopublic", lines)
        check("sage" in run("privatetopublic", "x").expect(DONE).output, "no usage")
        run("privatetopublic", given="0" * 63).expect(INPUT, "64 hex digits")
        words = {run("mkpasswd").expect(DONE).output for _ in range(20)}
        check(len(words) == 20, "passwords repeat")
        for word in words:
            check(re.fullmatch(r"[0-9bcdfghjklmnpqrstuvwxyz]{31}\n", word), "mkpasswd", word)


def test_endless_helpers_end_with_their_reader(executable):
    with Stage("start") as stage:
        for name, count in (("makekeys", 1), ("randombytes", 4096)):
            path = os.path.join(stage.folder, name)
            os.symlink(executable, path)
            # Python ignores SIGPIPE, and so would its child; a shell does not. Both must end.
            for restore in (True, False):
                process = subprocess.Popen([path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                           stdin=subprocess.DEVNULL, restore_signals=restore)
                stage.processes.append(process)
                if name == "makekeys":
                    line = process.stdout.readline().decode()
                    check(re.fullmatch(r"[0-9a-f]{64} fc[0-9a-f:]{37} \w{52}\.k\n", line),
                          "makekeys", line)
                else:
                    first, second = process.stdout.read(count), process.stdout.read(count)
                    check(len(set(first)) > 200 and first != second, "these are not random")
                process.stdout.close()
                status = process.wait(5)
                check(status in (0, -signal.SIGPIPE), "status", status)
                check(process.stderr.read() == b"", "it complains")


if __name__ == "__main__":
    lab.main(globals())
