"""Five faults between two nodes, each with a flow of a packet per 100 ms and with an idle link."""
import os
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
from lab import Lab, LabError  # noqa: E402

# What is promised; machines that test are slower than those that route.
SLACK = 5 if os.environ.get("CI") else 1
FLOW_SECONDS, IDLE_SECONDS = 2, 5


class Flow:
    """A ping each 100 ms, with the time of every answer."""

    def __init__(self, origin, target):
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", origin.namespace, "stdbuf", "-oL", "ping", "-6", "-n", "-i",
             "0.1", "-O", target.address], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)
        origin.lab.processes.append(self.process)
        self.answers = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            if re.search(r"time=", line):
                self.answers.append(time.monotonic())

    def back_after(self, moment, seconds):
        """Seconds from `moment` to the first answer after it; LabError after so many."""
        while time.monotonic() - moment < seconds:
            for answer in self.answers:
                if answer > moment:
                    return answer - moment
            time.sleep(0.01)
        raise LabError(f"the flow is not back {seconds} s after the cause is gone")

    def stop(self):
        self.process.kill()
        self.process.wait()


def fault(executable, provoke, mend):
    """Both kinds of traffic through one fault. `provoke` makes it and `mend` takes it away."""
    notes = []
    for kind, limit in (("flow", FLOW_SECONDS), ("idle", IDLE_SECONDS)):
        with Lab("recovery") as mesh:
            a, b = mesh.pair(executable)
            mesh.start([a, b])
            a.reach(b, 15)
            flow = Flow(a, b) if kind == "flow" else None
            time.sleep(1.5)
            provoke(mesh, a, b)
            mend(mesh, a, b)
            moment = time.monotonic()
            if flow:
                seconds = flow.back_after(moment, limit * SLACK)
                flow.stop()
            else:
                time.sleep(limit * SLACK)
                begin = time.monotonic()
                a.reach(b, 1.1)
                seconds = time.monotonic() - begin
            notes.append(f"{kind} {seconds:.2f} s")
    return ", ".join(notes)


def test_cold_start(executable):
    with Lab("recovery") as mesh:
        a, b = mesh.pair(executable)
        begin = time.monotonic()
        mesh.start([a, b])
        flow = Flow(a, b)
        flow.back_after(begin, FLOW_SECONDS * SLACK + 1)
        return f"{time.monotonic() - begin:.2f} s from the start of the first process"


def test_twenty_seconds_of_loss(executable):
    def provoke(mesh, a, b):
        mesh.cut("a", "w1a")
        mesh.cut("b", "w1b")
        time.sleep(20)

    def mend(mesh, a, b):
        mesh.cut("a", "w1a", drop=False)
        mesh.cut("b", "w1b", drop=False)
    return fault(executable, provoke, mend)


def test_the_address_of_the_dialler_changes(executable):
    def provoke(mesh, a, b):
        mesh._ip("-n", a.namespace, "addr", "flush", "dev", "w1a", "scope", "global")

    def mend(mesh, a, b):
        mesh._ip("-n", a.namespace, "addr", "add", "10.1.1.77/24", "dev", "w1a")
    return fault(executable, provoke, mend)


def test_the_listener_restarts(executable):
    def provoke(mesh, a, b):
        b.stop(kill=True)
        time.sleep(1)

    def mend(mesh, a, b):
        b.start()
    return fault(executable, provoke, mend)


def test_the_dialler_restarts(executable):
    def provoke(mesh, a, b):
        a.stop(kill=True)
        time.sleep(1)

    def mend(mesh, a, b):
        a.start()
    return fault(executable, provoke, mend)


if __name__ == "__main__":
    lab.main(globals())
