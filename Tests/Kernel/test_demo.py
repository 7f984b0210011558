"""The demo does what it says, and leaves nothing behind when it is interrupted."""
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import demo  # noqa: E402
import lab  # noqa: E402
from lab import LabError  # noqa: E402


def namespaces(process):
    """Names of the namespaces that belong to a laboratory of that process."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    prefix = f"cj{process % 100000}"
    return [line.split()[0] for line in listed.splitlines() if line.startswith(prefix)]


def test_the_demo_finds_nothing_to_complain_about(executable):
    problems = demo.demo(executable)
    if problems:
        raise LabError("; ".join(problems))


def test_ctrl_c_leaves_nothing_behind(executable):
    process = subprocess.Popen(
        [sys.executable, os.path.join(HERE, "demo.py"), executable], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 20
    while len(namespaces(process.pid)) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    if not namespaces(process.pid):
        process.kill()
        raise LabError("the demo made no namespaces")
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    if process.returncode == 0:
        raise LabError(f"status 0 after Ctrl-C:\n{said}")
    if namespaces(process.pid):
        raise LabError(f"left behind: {namespaces(process.pid)}")


if __name__ == "__main__":
    lab.main(globals())
