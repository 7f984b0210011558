"""The walk through the 2013 instructions, row by row of the table in the specification: what they
promise or tell a user to do works, as long as it is about this program."""
import os
import pathlib
import pty
import re
import secrets
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
from lab import Wiretap  # noqa: E402
from stage import (  # noqa: E402
    CONFIGURATION, DONE, RUNNING, TUN_DRIVERS, Stage, check, generated, need_mounts, need_program,
    plain, status_of, without_tun)
from test_admin import SHELL_CALL, PythonClient, Wire, dialling, quiet  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]

# The rows that are no check here: what they are instead.
ELSEWHERE = {
    "P2": "builds for other machines", "P3": "no promise", "P4": "no promise",
    "P5": "the tests of Sessions and test_mesh", "P7": "make interop", "P8": "no name service",
    "B0": "make prerequisites", "B1": "git", "S3": "a command of the system",
    "S5": "people", "S10": "documentation", "S14": "people", "C3": "documentation",
    "N1": "a command of the system", "N4": "documentation", "N6": "a command of the system",
    "N7": "the same as N2 to N5", "O1": "not required", "X1": "optional",
}
ROWS = [f"{letter}{number}" for letter, first, last in (
    ("P", 1, 8), ("B", 0, 2), ("S", 1, 16), ("C", 1, 3), ("N", 1, 7), ("O", 1, 1), ("A", 1, 5),
    ("X", 1, 1)) for number in range(first, last + 1)]


def test_every_row_is_a_check_or_has_its_place(_):
    names = (re.match(r"test_([A-Z]\d+)_", name) for name in globals())
    checks = {name.group(1) for name in names if name}
    for row in ROWS:
        check((row in checks) != (row in ELSEWHERE), f"row {row}")
    check(checks <= {*ROWS, "D1", "D2", "D3"}, "a check of no row", checks)
    return f"{len(checks)} rows are checks, {len(ELSEWHERE)} are not of this program"


def written(stage, executable, name="cjdroute.conf"):
    """A file as `./cjdroute --genconf >> cjdroute.conf` writes it; its path."""
    path = os.path.join(stage.folder, name)
    subprocess.run(["sh", "-c", '"$0" --genconf >> "$1"', executable, path], check=True)
    return path


def text_of(path):
    with open(path) as file:
        return file.read()


def values(executable, path):
    """What the file says, as --cleanconf shows it."""
    import json
    with open(path, "rb") as file:
        return json.loads(subprocess.run([executable, "--cleanconf"], stdin=file, check=True,
                                         capture_output=True).stdout)


def typed(stage, name, executable, path, *redirection):
    """`sudo ./cjdroute < cjdroute.conf`, and what is behind it; the status and all output."""
    folder = os.path.join(stage.folder, "bin")
    os.makedirs(folder, exist_ok=True)
    link = os.path.join(folder, "cjdroute")
    if not os.path.lexists(link):
        os.symlink(executable, link)
    words = " ".join(redirection)
    shown = stage.shell(name, f"cd {stage.folder}; bin/cjdroute < {path} {words}", timeout=15)
    return shown.returncode, shown.stdout + shown.stderr


def credentials(path):
    """The lines of the file that are for a friend: the port in the comment, and the entry."""
    found = re.search(r'"your\.external\.ip\.goes\.here:(\d+)"\s*:\s*(\{[^}]*\})', text_of(path))
    check(found is not None, "the file shows no credentials")
    return int(found.group(1)), found.group(2)


def befriend(path, entry):
    """Puts an entry into the first, empty `connectTo` of the file, as a person would."""
    text = text_of(path)
    place = re.search(r'"connectTo"\s*:\s*\{', text)
    with open(path, "w") as file:
        file.write(text[:place.end()] + "\n" + entry + "\n" + text[place.end():])


# Promises

def test_P1_a_generated_file_is_enough(executable):
    with Stage("walk") as stage:
        path = written(stage, executable)
        status, said = typed(stage, "a", executable, path)
        check(status == 0, "status", said)
        address = values(executable, path)["ipv6"]
        check(address.startswith("fc"), "an address in fc00::/8", address)
        made = subprocess.run([executable, "privatetopublic"], text=True, capture_output=True,
                              input=values(executable, path)["privateKey"]).stdout.split()
        check(made[1:] == [values(executable, path)["publicKey"], address], "of the key", made)
        pong = stage.shell("a", f"ping -6 -n -c 1 -W 2 {address}")
        check(pong.returncode == 0, "its own address does not answer", pong.stdout)


def test_P6_plugging_in_wires_is_enough(executable):
    """Two files as they were written, one wire."""
    with Stage("walk") as stage:
        stage.wire("a", "b")
        paths = {name: written(stage, executable, f"{name}.conf") for name in "ab"}
        for name, path in paths.items():
            status, said = typed(stage, name, executable, path)
            check(status == 0, "status", said)
        other = values(executable, paths["b"])["ipv6"]
        begin = time.monotonic()
        stage.until(lambda: stage.shell("a", f"ping -6 -n -c 1 -W 1 {other}").returncode == 0, 10,
                    "they do not find each other")
        return f"after {time.monotonic() - begin:.1f} s"


# Building

def test_B2_the_build_tells_what_comes_next(_):
    need_program("make")
    shown = subprocess.run(["make", "--no-print-directory", "-n", "appliance"], cwd=ROOT,
                           capture_output=True, text=True)
    last = shown.stdout.splitlines()[-1]
    check("Build completed successfully, type ./cjdroute to begin setup." in last, "last line",
          shown)


# Setting up

def test_S1_the_bare_command_is_help(executable):
    """At a terminal; it does not wait for input."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([executable], stdin=theirs, stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.PIPE)
    try:
        output, errors = process.communicate(timeout=5)
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)
    check(process.returncode == 0 and errors == "", "status", (process.returncode, errors))
    for words in ("--genconf", "--cleanconf", "sudo ./cjdroute < cjdroute.conf", "linux"):
        check(words in output, f"help without '{words}'", output)


def test_S2_the_errors_of_the_tun_device_are_told_apart(executable):
    need_mounts()
    with Stage("walk") as stage:
        for kind, words in (("missing", "there is no /dev/net/tun"),
                            ("forbidden", "no permission to open /dev/net/tun")):
            run = stage.run(kind, executable, plain(executable), mounts=[TUN_DRIVERS[kind]])
            run.expect(DONE, words)


def test_S4_genconf_writes_the_configuration_and_nothing_else(executable):
    done = subprocess.run([executable, "--genconf"], capture_output=True, text=True)
    check(done.returncode == 0 and done.stderr == "", "status", done.stderr)
    check(done.stdout.startswith("{") and done.stdout.rstrip().endswith("}"), "something besides",
          done.stdout[:200])
    check('"version": 2' in done.stdout, "version 2")


def test_S6_there_is_a_place_for_nodes_to_connect_to(executable):
    text = subprocess.run([executable, "--genconf"], capture_output=True, text=True).stdout
    places = re.findall(r'// Nodes to connect to[^\n]*\n\s*"connectTo"\s*:\s*\{', text)
    check(len(places) >= 2, "the comment and the empty section after it", len(places))
    for udp in generated(executable)["interfaces"]["UDPInterface"]:
        check(udp["connectTo"] == {}, "it is not empty", udp)


def pair_by_hand(stage, executable, entry):
    """Two nodes; `a` gets `entry(port, credentials of b)` into its file, then both start."""
    _, address = stage.wire("a", "b")
    # Without beacons, or they would find each other without our doing.
    paths = {}
    for name in "ab":
        paths[name] = written(stage, executable, f"{name}.conf")
        text = re.sub(r'"beacon": 2', '"beacon": 0', text_of(paths[name]))
        with open(paths[name], "w") as file:
            file.write(text)
    befriend(paths["a"], entry(address, paths["b"]))
    for name, path in paths.items():
        status, said = typed(stage, name, executable, path)
        check(status == 0, "status", said)
    other = values(executable, paths["b"])["ipv6"]
    stage.until(lambda: stage.shell("a", f"ping -6 -n -c 1 -W 1 {other}").returncode == 0, 10,
                "they do not connect")


def test_S7_an_address_a_password_and_a_key_are_enough(executable):
    for more in ("", '"authType": 1, "trust": 5000, '):
        with Stage("walk") as stage:
            def entry(address, path):
                there = values(executable, path)
                port = there["interfaces"]["UDPInterface"][0]["bind"].rsplit(":", 1)[1]
                return (f'"{address}:{port}": {{ {more}"password": '
                        f'"{there["authorizedPasswords"][0]["password"]}", '
                        f'"publicKey": "{there["publicKey"]}" }}')
            pair_by_hand(stage, executable, entry)


def test_S8_as_many_connections_as_you_want(executable):
    with Stage("walk") as stage:
        configuration, _ = dialling(executable, 200)
        run = stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        count = len(admin.pages("InterfaceController_peerStats", "peers"))
        check(count == 200, "peers", count)
        return f"200, started in {run.seconds:.2f} s"


def test_S9_the_credentials_to_give_away_work_as_they_are_shown(executable):
    """The placeholder replaced by the IPv4 address, and pasted at the friend's."""
    with Stage("walk") as stage:
        def entry(address, path):
            port, fields = credentials(path)
            bound = values(executable, path)["interfaces"]["UDPInterface"][0]["bind"]
            check(bound.endswith(f":{port}"), "the port of the comment is not that of bind", bound)
            for key in ("password", "publicKey"):
                check(f'"{key}"' in fields, f"no {key} in the credentials", fields)
            return f'"{address}:{port}": {fields}'
        pair_by_hand(stage, executable, entry)


def test_S11_the_start_returns_to_the_prompt(executable):
    with Stage("walk") as stage:
        path = written(stage, executable)
        begin = time.monotonic()
        status, said = typed(stage, "a", executable, path)
        check(status == 0, "status", said)
        check(stage.answers("a", values(executable, path)), "it does not answer")
        return f"{time.monotonic() - begin:.1f} s"


def test_S12_the_log_goes_to_a_file(executable):
    with Stage("walk") as stage:
        for to, goes_on in (("", False), ('"logTo": "stdout"', True)):
            name = "b" if goes_on else "a"
            path = written(stage, executable, f"{name}.conf")
            text = re.sub(r'"logging": \{[^}]*\}', f'"logging": {{ {to} }}', text_of(path))
            with open(path, "w") as file:
                file.write(text)
            log = os.path.join(stage.folder, f"{name}.log")
            status, said = typed(stage, name, executable, path, f"> {log}")
            check(status == 0 and said == "", "something besides the log", said)
            check(re.search(r"^\d{10} INFO \w+:\d+ .* runs", text_of(log), re.M), "start-up",
                  text_of(log))
            pid = stage.pid(name, values(executable, path))
            check((os.path.realpath(f"/proc/{pid}/fd/1") == log) == goes_on, "the file is kept")
            os.kill(pid, signal.SIGTERM)
            stage.ended(pid)
            check(("ended in order" in text_of(log)) == goes_on, "the running log", text_of(log))


def test_S13_it_is_found_and_ended_by_its_name(executable):
    """`killall cjdroute`; and `killall cjdns` if it was started by that name (an alias). In a
    process namespace of its own, where it is the only one."""
    need_program("killall")
    need_program("pgrep")
    with Stage("walk") as stage:
        for name in ("cjdroute", "cjdns"):
            path = written(stage, executable, f"{name}.conf")
            link = os.path.join(stage.folder, name)
            os.symlink(executable, link)
            script = f"""{link} < {path} > /dev/null || exit 9
                [ "$(pgrep -x {name} | wc -l)" = 1 ] || exit 8
                ip link | grep -q tun0 || exit 7
                killall {name} || exit 6
                for i in 1 2 3 4 5 6 7 8 9 10; do pgrep -x {name} || break; sleep 0.2; done
                pgrep -x {name} && exit 5
                ip link | grep -q tun0 && exit 4
                exit 0"""
            shown = stage.shell(name, 'unshare -p -f --mount-proc bash -c "$0"'.replace(
                '"$0"', "'" + script.replace("'", "'\\''") + "'"))
            check(shown.returncode == 0, f"step of {name}", shown)


def test_S15_it_starts_as_root_and_drops_its_rights(executable):
    with Stage("walk") as stage:
        path = written(stage, executable)
        status, said = typed(stage, "a", executable, path)
        check(status == 0, "status", said)
        found = status_of(stage.pid("a", values(executable, path)))
        check(found["Uid"].split() == ["65534"] * 4, "user", found["Uid"])
        check(found["Groups"].split() == [], "groups", found["Groups"])
        check(int(found["CapEff"], 16) == 1 << 12, "capabilities", found["CapEff"])
        check(found["NoNewPrivs"] == "1", "new privileges", found["NoNewPrivs"])


def test_S16_the_file_may_be_for_root_alone(executable):
    """`chmod 400`: the program reads it from standard input only."""
    with Stage("walk") as stage:
        path = written(stage, executable)
        os.chmod(path, 0o400)
        status, said = typed(stage, "a", executable, path)
        check(status == 0, "status", said)
        check(os.stat(path).st_mode & 0o777 == 0o400, "it changed the file's rights")


# The device

def test_C1_the_address_is_on_the_device(executable):
    with Stage("walk") as stage:
        path = written(stage, executable)
        typed(stage, "a", executable, path)
        address = values(executable, path)["ipv6"]
        shown = stage.ip("a", "-6", "-o", "addr", "show", "scope", "global")
        check(re.search(rf"tun0\s+inet6 {re.escape(short(address))}/8 ", shown), address, shown)
        routes = stage.ip("a", "-6", "route", "show", "fc00::/8")
        check("tun0" in routes, "the route to all nodes", routes)


def short(address):
    return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address))


def test_C2_ports_of_the_own_address_are_closed_and_stay_here(executable):
    """The kernel answers: refused where nobody listens, and nothing of it leaves by the wire."""
    with Stage("walk") as stage:
        stage.wire("a", "b")
        path = written(stage, executable)
        typed(stage, "a", executable, path)
        address = values(executable, path)["ipv6"]
        tap = Wiretap(stage, "a", "w1a")
        for port in (22, 80, 139, 445, 11234):
            tried = stage.socket_in(stage.namespace("a"), socket.AF_INET6, socket.SOCK_STREAM)
            tried.settimeout(2)
            begin = time.monotonic()
            try:
                tried.connect((address, port))
                check(False, f"port {port} is open")
            except ConnectionRefusedError:
                check(time.monotonic() - begin < 1, f"port {port} was refused late")
        listener = stage.socket_in(stage.namespace("a"), socket.AF_INET6, socket.SOCK_STREAM)
        listener.bind((address, 8080))
        listener.listen()
        tried = stage.socket_in(stage.namespace("a"), socket.AF_INET6, socket.SOCK_STREAM)
        tried.settimeout(2)
        tried.connect((address, 8080))
        mark = secrets.token_bytes(24)
        tried.send(mark)
        accepted, _ = listener.accept()
        check(accepted.recv(100) == mark, "a service that listens is reached")
        packed = socket.inet_pton(socket.AF_INET6, address)
        for packet in tap.stop():
            check(mark not in packet and packet[22:38] != packed and packet[38:54] != packed,
                  "a packet to the own address left by the wire")


# As a normal user

USER = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"]


def prepared(stage, executable):
    """What root does once and at every boot; the file of the user."""
    need_mounts()
    path = written(stage, executable)
    text = re.sub(r'"type": "TUNInterface"', '"type": "TUNInterface", "tunDevice": "cjdroute0"',
                  text_of(path), count=1)
    with open(path, "w") as file:
        file.write(text)
    configuration = values(executable, path)
    check(configuration["router"]["interface"]["tunDevice"] == "cjdroute0", "the test's own edit")
    made = stage.shell("a", "ip tuntap add mode tun user 54321 dev cjdroute0")
    if made.returncode != 0:
        raise lab.Skip("persistent TUN devices cannot be made here: " + made.stderr.strip())
    return text.encode(), configuration


def test_N2_a_device_made_for_a_user(executable):
    with Stage("walk") as stage:
        text, _ = prepared(stage, executable)
        run = stage.run("a", executable, text, before=USER, mounts=[TUN_DRIVERS["open"]])
        run.expect(DONE)
        stage.ip("a", "link", "set", "cjdroute0", "up")
        check("LOWER_UP" in stage.ip("a", "link", "show", "cjdroute0"), "it is not attached")


def test_N3_an_address_and_a_device_that_root_has_prepared(executable):
    with Stage("walk") as stage:
        text, configuration = prepared(stage, executable)
        stage.shell("a", f"ip addr add {configuration['ipv6']}/8 dev cjdroute0; "
                    "ip link set cjdroute0 up")
        run = stage.run("a", executable, text, before=USER, mounts=[TUN_DRIVERS["open"]])
        # The MTU is still 1500, which is all that root has forgotten.
        run.expect(DONE, r"WARN .*cjdroute0.*mtu 1304")
        pong = stage.shell("a", f"ping -6 -n -c 1 -W 2 {configuration['ipv6']}")
        check(pong.returncode == 0, "its own address does not answer", pong.stdout)


def test_N5_the_node_of_a_normal_user(executable):
    """It cannot change its user nor its root, which is no reason to stop; it talks to others."""
    with Stage("walk") as stage:
        stage.wire("a", "b")
        text, configuration = prepared(stage, executable)
        stage.shell("a", f"ip addr add {configuration['ipv6']}/8 dev cjdroute0; "
                    "ip link set cjdroute0 mtu 1304 up")
        run = stage.run("a", executable, text, before=USER, mounts=[TUN_DRIVERS["open"]])
        run.expect(DONE)
        check(not re.search(r"WARN|ERROR|CRITICAL", run.said), "warnings", run.said)
        pid = stage.pid("a", configuration)
        check(status_of(pid)["Uid"].split() == ["54321"] * 4, "its user")
        friend = written(stage, executable, "b.conf")
        typed(stage, "b", executable, friend)
        other = values(executable, friend)["ipv6"]
        stage.until(lambda: stage.shell("a", f"ping -6 -n -c 1 -W 1 {other}").returncode == 0, 10,
                    "it does not reach its neighbour")


# The admin interface

def test_A1_it_listens_where_the_file_says(executable):
    with Stage("walk") as stage:
        check(generated(executable)["admin"]["bind"] == "127.0.0.1:11234", "the default")
        for bind in ("127.0.0.1:11234", "127.0.0.1:21234"):
            configuration = quiet(executable, admin={"bind": bind, "password": "NONE"},
                                  interfaces={})
            stage.run("a", executable, configuration).expect(DONE)
            check(stage.answers("a", configuration), f"it does not answer at {bind}")


def test_A2_the_python_library_gives_access(executable):
    with Stage("walk") as stage:
        stage.run("a", executable, quiet(executable, "secret")).expect(DONE)
        client = PythonClient(stage, "a", "secret")
        check(client.is_entitled, "the password is refused")
        check("peers" in client.call("InterfaceController_peerStats"), "peers")


def test_A3_one_line_of_shell(executable):
    need_program("nc")
    with Stage("walk") as stage:
        stage.run("a", executable, quiet(executable)).expect(DONE)
        shown = stage.shell("a", "echo -n 'd1:q4:pinge' | nc -u -w1 127.0.0.1 11234")
        check(shown.stdout.endswith("1:q4:ponge"), "the reply", shown)


def test_A4_cookie_and_hash_in_shell(executable):
    """The pattern of sed expects a cookie without padding."""
    for program in ("nc", "sha256sum", "sed"):
        need_program(program)
    with Stage("walk") as stage:
        stage.run("a", executable, quiet(executable, "secret")).expect(DONE)
        right = stage.shell("a", SHELL_CALL % "secret").stdout
        wrong = stage.shell("a", SHELL_CALL % "guess").stdout
        check(right == "d1:q4:ponge" and wrong == "d5:error12:Auth failed.e", "the replies",
              (right, wrong))


def test_A5_the_names_of_2013(executable):
    with Stage("walk") as stage:
        stage.run("a", executable, quiet(executable)).expect(DONE)
        wire = Wire(stage, "a")
        check(wire.call("memory")["bytes"] > 0, "memory")
        functions = PythonClient(stage, "a", "NONE").functions
        for name in ("ping", "memory", "Admin_availableFunctions", "Admin_asyncEnabled",
                     "AdminLog_subscribe", "AdminLog_unsubscribe", "AuthorizedPasswords_add",
                     "AuthorizedPasswords_flush", "Core_exit", "Core_initTunnel",
                     "UDPInterface_new", "UDPInterface_beginConnection", "NodeStore_dumpTable",
                     "RouterModule_lookup", "RouterModule_pingNode", "Security_setUser",
                     "Security_noFiles", "SwitchPinger_ping"):
            check(name in functions, f"there is no {name}")
        reply = wire.call("AuthorizedPasswords_flush")
        check(reply["error"] == b"none", "flush", reply)


# Duties that follow from the rest

def test_D1_an_empty_file_is_an_error(executable):
    with Stage("walk") as stage:
        stage.run("a", executable, b"").expect(CONFIGURATION, r"--genconf")


def test_D2_twice_is_once(executable):
    with Stage("walk") as stage:
        configuration = without_tun(executable)
        stage.run("a", executable, configuration).expect(DONE)
        stage.run("a", executable, configuration).expect(RUNNING, r"already running")
        check(len(stage.pids(stage.namespace("a"))) == 1, "two nodes run")


def test_D3_a_file_of_2013(executable):
    from test_startup import test_a_configuration_of_2013
    test_a_configuration_of_2013(executable)


if __name__ == "__main__":
    lab.main(globals())
