"""The state file: what a node that restarts knows of those who had come in."""
import hashlib
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
from lab import Lab, LabError  # noqa: E402

SLACK = 5 if os.environ.get("CI") else 1


def state_pair(mesh, executable):
    """Two nodes; the second, which is dialled, has a state file."""
    a, b = mesh.pair(executable)
    b.configuration["stateFile"] = os.path.join(mesh.folder, "state")
    return a, b


def established(node):
    return any(peer["state"] == b"ESTABLISHED" for peer in node.peers())


def content(node):
    with open(node.configuration["stateFile"]) as file:
        return file.read()


def test_one_that_had_come_in_is_dialled_after_a_restart(executable):
    with Lab("state") as mesh:
        a, b = state_pair(mesh, executable)
        mesh.start([a, b])
        a.reach(b, 15)
        b.stop()
        path = b.configuration["stateFile"]
        text = content(b)
        if not re.fullmatch(rf"cjdns-swift state 1\npeer 0 10\.1\.1\.1:9000 {re.escape(a.key)}\n"
                            r"slot \d+ \d+\nend [0-9a-f]{16}\n", text):
            raise LabError(f"the state file is not as it should be: {text!r}")
        if os.stat(path).st_mode & 0o777 != 0o600:
            raise LabError("others can read the state file")
        # What the dialler says must not bring it back: the node that restarts does.
        mesh.cut("a", "w1a")
        time.sleep(1.5)
        mesh.cut("a", "w1a", drop=False)
        b.start()
        begin = time.monotonic()
        mesh.until(lambda: established(b), 2 * SLACK, "the peer of before is not back")
        seconds = time.monotonic() - begin
        a.reach(b, 2 * SLACK)
        written = os.stat(path).st_mtime_ns
        b.stop()
        if os.stat(path).st_mtime_ns != written:
            raise LabError("the state file was written although nothing has changed")
        return f"back {seconds:.2f} s after the start"


def test_a_peer_keeps_its_slot_over_a_restart(executable):
    with Lab("state") as mesh:
        a, b = state_pair(mesh, executable)
        mesh.start([a, b])
        a.reach(b, 15)
        b.stop()
        # Another one than its key would choose: slot 200 has the label 1 1100 0111 00, in ten bits.
        body = re.sub(r"slot \d+", "slot 200", content(b)).split("end ")[0]
        text = body + f"end {hashlib.sha256(body.encode()).hexdigest()[:16]}\n"
        with open(b.configuration["stateFile"], "w") as file:
            file.write(text)
        b.start()
        mesh.until(lambda: established(b), 2 * SLACK, "the peer of before is not back")
        labels = [peer["addr"].decode().split(".", 1)[1][:19] for peer in b.peers()]
        if labels != ["0000.0000.0000.071c"]:
            raise LabError(f"the peer has another slot: {labels}")
        b.stop()
        if content(b) != text:
            raise LabError(f"another slot is remembered: {content(b)!r}")


def test_it_is_written_without_rights(executable):
    with Lab("state") as mesh:
        a, b = state_pair(mesh, executable)
        root = os.path.join(mesh.folder, "root")
        os.mkdir(root)
        b.configuration["security"] = [
            {"setuser": "nobody"}, {"chroot": root}, {"nofiles": 1}, {"noforks": 1},
            {"setupComplete": 1}]
        mesh.start([a, b])
        a.reach(b, 15)
        b.stop()
        if a.key not in content(b):
            raise LabError(f"the peer is not in the state file: {content(b)!r}\n{b.log()}")


def test_a_file_that_is_broken_is_replaced(executable):
    with Lab("state") as mesh:
        a, b = state_pair(mesh, executable)
        path = b.configuration["stateFile"]
        with open(path, "w") as file:
            file.write("cjdns-swift state 1\npeer 0 10.1.1.1:9000 " + 5000 * "x" + "\n")
        mesh.start([a, b])
        a.reach(b, 15)
        b.stop()
        lines = [line for line in b.log().splitlines() if "stateFile" in line]
        if len(lines) != 1 or "WARN" not in lines[0] or "broken" not in lines[0]:
            raise LabError(f"one warning was expected: {lines}")
        if not content(b).startswith("cjdns-swift state 1\npeer 0 10.1.1.1:9000 " + a.key):
            raise LabError(f"it was not replaced: {content(b)[:200]!r}")


def test_what_cannot_be_a_state_file_is_named_and_left_alone(executable):
    with Lab("state") as mesh:
        a = mesh.node("a", executable)
        for path in (mesh.folder, "/dev/null", "/nowhere/state"):
            a.configuration["stateFile"] = path
            a.start()
            a.stop()
            lines = [line for line in a.log().splitlines()
                     if f"stateFile: cannot use {path}" in line]
            if len(lines) != 1:
                raise LabError(f"{path}: one warning was expected: {a.log()}")


if __name__ == "__main__":
    lab.main(globals())
