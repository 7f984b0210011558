"""Starts the executable the way a person does: with its configuration on standard input, from a
shell, as this or that user, in the background; and looks at what then runs."""
import json
import os
import re
import signal
import socket
import subprocess
import time

from lab import Admin, Lab, LabError, Skip

# The statuses of docs/configuration.md.
DONE, SYSTEM, USAGE, CONFIGURATION, RUNNING, INPUT = range(6)

# A device folder of its own, in the mount namespace of one process, with a TUN driver in it that is
# missing, forbidden, for everybody, or a number without a driver.
TUN_DRIVERS = {
    "missing": "mount -t tmpfs tmpfs /dev/net",
    "forbidden": "mount -t tmpfs -o nodev tmpfs /dev/net && mknod /dev/net/tun c 10 200",
    "open": "mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200",
    "dead": "mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 254",
}

AS_NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]


def check(condition, text, shown=None):
    """LabError with `text`, and what was seen instead, unless `condition` holds."""
    if not condition:
        raise LabError(text if shown is None else f"{text}; seen: {shown}")


class Run:
    """A program that ended, or went to the background: what it said, and how long it took."""

    def __init__(self, status, output, errors, seconds):
        self.status, self.output, self.errors, self.seconds = status, output, errors, seconds

    @property
    def said(self):
        return self.output + self.errors

    def expect(self, status, *patterns):
        """LabError unless it ended with `status`, and exactly one line fits each pattern."""
        check(self.status == status, f"status {status} was expected",
              f"{self.status}, and:\n{self.said}")
        lines = self.said.splitlines()
        for pattern in patterns:
            count = sum(re.search(pattern, line) is not None for line in lines)
            check(count == 1, f"one line about '{pattern}' was expected",
                  f"{count} of:\n{self.said}")
        return self


class Stage(Lab):
    """A laboratory whose programs may go to the background; they end with it."""

    def __exit__(self, *arguments):
        for namespace in self.names.values():
            for pid in self.pids(namespace):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        super().__exit__(*arguments)

    @staticmethod
    def pids(namespace):
        listed = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True)
        return [int(pid) for pid in listed.stdout.split()]

    def command(self, name, executable, *arguments, before=(), mounts=()):
        """The command line that runs `executable` in a namespace; `before` are words to put before
        it, `mounts` shell commands that change what it sees of the file system."""
        words = [*before, executable, *arguments]
        if mounts:
            words = ["unshare", "-m", "sh", "-e", "-c", "\n".join([*mounts, 'exec "$@"']), "sh",
                     *words]
        return ["ip", "netns", "exec", self.namespace(name), *words]

    def run(self, name, executable, configuration=b"", *arguments, before=(), mounts=(),
            seconds=15):
        """Runs it to its end, or until it is in the background."""
        if isinstance(configuration, dict):
            configuration = json.dumps(configuration, indent=1).encode()
        output, errors = (os.path.join(self.folder, f"{name}.{end}") for end in ("out", "err"))
        source = os.path.join(self.folder, f"{name}.conf")
        with open(source, "wb") as file:
            file.write(configuration)
        command = self.command(name, executable, *arguments, before=before, mounts=mounts)
        begin = time.monotonic()
        # Files, as a process in the background would keep pipes open.
        with open(output, "wb") as out, open(errors, "wb") as err, open(source, "rb") as given:
            try:
                status = subprocess.run(command, stdin=given, stdout=out, stderr=err,
                                        timeout=seconds, start_new_session=True).returncode
            except subprocess.TimeoutExpired:
                raise LabError(f"it did not end within {seconds} s and said:\n"
                               + self.text(name, "out") + self.text(name, "err")) from None
        taken = time.monotonic() - begin
        return Run(status, self.text(name, "out"), self.text(name, "err"), taken)

    def text(self, name, end="out"):
        """What the last program of `run` has written by now."""
        with open(os.path.join(self.folder, f"{name}.{end}"), errors="replace") as file:
            return file.read()

    def front(self, name, executable, configuration, *arguments, before=(), mounts=()):
        """Starts it and leaves it in the foreground, once it answers; the Popen."""
        text = json.dumps(configuration).encode()
        with open(os.path.join(self.folder, f"{name}.out"), "wb") as log:
            process = subprocess.Popen(
                self.command(name, executable, *arguments, before=before, mounts=mounts),
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        self.processes.append(process)
        process.stdin.write(text)
        process.stdin.close()
        self.until(lambda: process.poll() is not None or self.answers(name, configuration), 10,
                   "it does not answer; its log:\n%LOG%"
                   + os.path.join(self.folder, f"{name}.out"))
        check(process.poll() is None, f"it ended with status {process.poll()}",
              self.text(name, "out"))
        return process

    def admin(self, name, configuration):
        host, port = configuration["admin"]["bind"].rsplit(":", 1)
        family = socket.AF_INET6 if "[" in host else socket.AF_INET
        found = self.socket_in(self.namespace(name), family, socket.SOCK_DGRAM)
        return Admin(found, (host.strip("[]"), int(port)),
                     configuration["admin"].get("password", "NONE"))

    def answers(self, name, configuration, seconds=0.3):
        try:
            reply = self.admin(name, configuration).exchange({"q": "ping"}, seconds)
            return reply.get("q") == b"pong"
        except (TimeoutError, OSError):
            return False

    def pid(self, name, configuration):
        """The number of the node that answers."""
        return self.admin(name, configuration).exchange({"q": "Core_pid"})["pid"]

    def ip(self, name, *arguments):
        return self._ip("-n", self.namespace(name), *arguments)

    def shell(self, name, script, **options):
        """Runs a shell script in a namespace; the CompletedProcess, with text."""
        options = {"capture_output": True, "text": True, "timeout": 60, **options}
        return subprocess.run(["ip", "netns", "exec", self.namespace(name), "bash", "-c", script],
                              **options)

    def ended(self, pid, seconds=5):
        """Waits until a process that is not our child is gone."""
        def gone():
            try:
                with open(f"/proc/{pid}/stat") as file:
                    return file.read().rsplit(")", 1)[1].split()[0] == "Z"
            except FileNotFoundError:
                return True
        self.until(gone, seconds, f"process {pid} still runs after {seconds} s")


def generated(executable, **changes):
    """A new configuration, with every default that --genconf writes, but for `changes`."""
    text = subprocess.run([executable, "--genconf"], capture_output=True, check=True).stdout
    clean = subprocess.run([executable, "--cleanconf"], input=text, capture_output=True,
                           check=True).stdout
    configuration = json.loads(clean)
    configuration.update(changes)
    return configuration


def plain(executable, **changes):
    """A configuration that gives nothing up and logs to the standard output."""
    return generated(
        executable,
        **{"security": [{"setuser": 0}, {"chroot": 0}, {"noforks": 0}],
           "router": {"interface": {"type": "TUNInterface", "tunDevice": "cjstart0"}},
           "interfaces": {"UDPInterface": [{"bind": "0.0.0.0:9000"}]},
           "logging": {"logTo": "stdout"}, **changes})


def without_tun(executable, **changes):
    """`plain` without a TUN device."""
    return plain(executable, **{"router": {}, **changes})


def status_of(pid):
    """The fields of /proc/PID/status."""
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def limit_of(pid, name):
    """The soft limit of that name, as text."""
    with open(f"/proc/{pid}/limits") as file:
        for line in file:
            if line.startswith(name):
                return line[len(name):].split()[0]
    return None


def need_mounts():
    """Skip where a process cannot have mounts and devices of its own."""
    tried = subprocess.run(["unshare", "-m", "sh", "-e", "-c", TUN_DRIVERS["open"]
                            + "\nexec 3<>/dev/net/tun"], capture_output=True, text=True)
    if tried.returncode != 0:
        raise Skip("needs a mount namespace with a device in it: " + tried.stderr.strip())


def need_program(name):
    """Skip where a program is not installed."""
    if subprocess.run(["sh", "-c", f"command -v {name}"], capture_output=True).returncode != 0:
        raise Skip(f"needs {name}")
