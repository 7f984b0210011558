"""Systems of their own, to install packages in: each a Debian root with its own processes, users,
network and, if wanted, its own systemd.

All is made in a mount namespace of this process, under names with its process id, and is gone when
the `with` block of Boxes ends. Needs root, debootstrap, systemd-nspawn, iproute2.
"""
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "Packaging"), str(ROOT / "CrossCompile")]
import cache  # noqa: E402
from trial import Failed, Skip, command  # noqa: E402

CLONE_NEWNS = 0x20000
SUITE = "bookworm"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
FORMATS = pathlib.Path("/proc/sys/fs/binfmt_misc")
NATIVE = "amd64"
# How QEMU's user mode calls the processor.
EMULATORS = {"armel": "arm", "mipsel": "mipsel"}
TUN_DEVICE = os.makedev(10, 200)
BOOT_SECONDS, END_SECONDS, EMULATED = 60, 20, 10
WITH_SYSTEMD = "systemd,systemd-sysv,dbus,iproute2,procps"
WITHOUT = "systemd-standalone-sysusers,procps"


def until(seconds, what, question):
    """Waits until `question()` is true, and answers with that; Failed after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise Failed(f"after {seconds} s {what() if callable(what) else what}")
        time.sleep(0.2)
    return answer


def need(*programs):
    if os.geteuid() != 0:
        raise Skip("needs root")
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        raise Skip(f"{', '.join(missing)} missing; Packaging/test installs what it needs")


def debian_root(architecture, packages):
    """A folder with a fresh Debian of that architecture; it is made once and never changed."""
    def make(folder):
        print(f"making a Debian root for {architecture}", flush=True)
        foreign = ["--foreign"] if architecture != NATIVE else []
        try:
            command("debootstrap", *foreign, f"--arch={architecture}", "--variant=minbase",
                    f"--include={packages}", SUITE, folder / "root")
            if foreign:
                command("chroot", folder / "root", "/debootstrap/debootstrap", "--second-stage",
                        env={"PATH": os.environ["PATH"], "DEBIAN_FRONTEND": "noninteractive"})
        except Failed as why:
            raise Skip(f"debootstrap cannot make a root for {architecture}: {why}") from why
        shutil.rmtree(folder / "root" / "var" / "cache" / "apt" / "archives")
        (folder / "root" / "var" / "cache" / "apt" / "archives" / "partial").mkdir(parents=True)

    key = cache.digest(packages, SUITE)
    return cache.folder(f"debian-{architecture}-{key}", make) / "root"


class Box:
    """One system. `systemd`: it boots that; otherwise nothing runs but what is asked for."""

    def __init__(self, boxes, name, base, systemd, patience=1):
        self.name, self.patience, self.systemd = f"{boxes.name}{name}", patience, systemd
        self.folder = boxes.folder / name
        self.root = self.folder / "root"
        for part in ("upper", "work", "root"):
            (self.folder / part).mkdir(parents=True)
        command("mount", "-t", "overlay", "overlay", "-o",
                f"lowerdir={base},upperdir={self.folder}/upper,workdir={self.folder}/work",
                self.root)
        self.tun = self.folder / "tun"
        # Nothing here is udev, which would let everybody open it.
        os.mknod(self.tun, 0o20600, TUN_DEVICE)
        self.write("/etc/hostname", self.name + "\n")
        command("ip", "netns", "add", self.name)
        command("ip", "-n", self.name, "link", "set", "lo", "up")
        self.group = CGROUPS / self.name
        self.group.mkdir()
        self.process = self.leader = None

    def start(self, *options):
        """`options`: more of systemd-nspawn."""
        what = ["--boot"] if self.systemd else ["--as-pid2", "sleep", "infinity"]
        said = open(self.folder / "console", "wb")

        def enter():
            (self.group / "cgroup.procs").write_text("0")

        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", f"--directory={self.root}", "--register=no",
             "--keep-unit", f"--machine={self.name}", "--console=pipe", "--resolv-conf=off",
             f"--network-namespace-path=/run/netns/{self.name}", f"--bind={self.tun}:/dev/net/tun",
             "--capability=CAP_NET_ADMIN", *options, *what],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, preexec_fn=enter)
        self.leader = until(BOOT_SECONDS, self.console, self._find_leader)
        if self.systemd:
            until(BOOT_SECONDS, lambda: "it has not booted: " + self.console(), lambda: self.run(
                "systemctl", "is-system-running", check=False).strip() in ("running", "degraded"))

    def console(self):
        return (self.folder / "console").read_text(errors="replace")[-2000:]

    def _find_leader(self):
        if self.process.poll() is not None:
            raise Failed(f"systemd-nspawn ended with {self.process.returncode}: {self.console()}")
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            children = (task / "children").read_text().split()
            for child in children:
                if pathlib.Path("/proc", child, "root", "proc", "uptime").exists() and \
                        os.readlink(f"/proc/{child}/ns/pid") != os.readlink("/proc/self/ns/pid"):
                    return child
        return None

    def run(self, *words, check=True, text=None, seconds=120):
        """Runs a command in there; what it printed."""
        inside = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root",
                  "DEBIAN_FRONTEND=noninteractive", *map(str, words)]
        said = subprocess.run(
            ["nsenter", "-t", self.leader, "-a", *inside], input=text, text=True, errors="replace",
            stdin=None if text is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=seconds * self.patience)
        if check and said.returncode != 0:
            raise Failed(f"{self.name}: status {said.returncode} of {' '.join(map(str, words))}:\n"
                         + said.stdout[-3000:])
        return said.stdout

    def path(self, name):
        return self.root / name.lstrip("/")

    def read(self, name):
        return self.path(name).read_text()

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def remove(self):
        self.stop()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)
        groups = [path for path in self.group.rglob("*") if path.is_dir()]
        for group in [*sorted(groups, reverse=True), self.group]:
            try:
                group.rmdir()
            except OSError:
                # Its last process has not quite gone, or the kernel removed it.
                time.sleep(0.5)
                shutil.rmtree(group, ignore_errors=True)


class Boxes:
    """A set of systems that can be wired to each other."""

    def __init__(self):
        need("debootstrap", "systemd-nspawn", "ip", "nsenter")
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNS) != 0:
            raise Skip("mount namespaces cannot be made here")
        command("mount", "--make-rprivate", "/")
        subprocess.run(["umount", "--lazy", "--recursive", CGROUPS], capture_output=True)
        try:
            command("mount", "-t", "cgroup2", "cgroup2", CGROUPS)
        except Failed as why:
            raise Skip(f"systemd needs cgroups of version 2: {why}") from why
        self.name = f"cj{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cjdns-boxes-"))
        command("mount", "-t", "tmpfs", "-o", "mode=0755", "boxes", self.folder)
        self.boxes, self.formats, self.cables = [], [], 0

    def __enter__(self):
        # Whoever ends this process lets it clean up.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        return self

    def emulate(self, architecture):
        """Lets the kernel run programs of that architecture, unless it does."""
        name = EMULATORS[architecture]
        need(f"qemu-{name}-static")
        if not (FORMATS / "register").exists():
            try:
                command("mount", "-t", "binfmt_misc", "binfmt_misc", FORMATS)
            except Failed as why:
                raise Skip("the kernel runs no programs by emulators (binfmt_misc)") from why
        if (FORMATS / f"qemu-{name}").exists():
            return
        ours = f"{self.name}-{name}"
        rule = pathlib.Path(f"/usr/lib/binfmt.d/qemu-{name}.conf").read_text().strip()
        rule = re.sub(r"^:[^:]*:", f":{ours}:", rule)
        # F: the emulator is opened now and need not be in the root.
        rule = rule if "F" in rule.rsplit(":", 1)[1] else rule + "F"
        # The escapes are the kernel's to read.
        (FORMATS / "register").write_bytes(rule.encode())
        self.formats.append(FORMATS / ours)

    def box(self, name, architecture=NATIVE, systemd=True, packages=None):
        if architecture != NATIVE:
            self.emulate(architecture)
        base = debian_root(architecture, packages or (WITH_SYSTEMD if systemd else WITHOUT))
        box = Box(self, name, base, systemd, 1 if architecture == NATIVE else EMULATED)
        self.boxes.append(box)
        return box

    def wire(self, one, other, network):
        """A cable between two systems, with addresses .1 and .2 of `network` at its ends."""
        self.cables += 1
        ends = [f"{self.name}{self.cables}{end}"[-15:] for end in "xy"]
        command("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for number, (box, end) in enumerate(zip((one, other), ends), 1):
            command("ip", "link", "set", end, "netns", box.name)
            command("ip", "-n", box.name, "address", "add", f"{network}.{number}/24", "dev", end)
            command("ip", "-n", box.name, "link", "set", end, "up")

    def __exit__(self, *_):
        for box in self.boxes:
            try:
                box.remove()
            except (OSError, subprocess.SubprocessError) as why:
                print(f"{box.name} is not quite removed: {why}", file=sys.stderr)
        for file in self.formats:
            file.write_text("-1")
        subprocess.run(["umount", "--lazy", "--recursive", self.folder], capture_output=True)
        self.folder.rmdir()
