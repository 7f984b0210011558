"""The machine that this test boots, and a shell in it."""
import base64
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Kernel"))
import system  # noqa: E402
from lab import LabError, Skip  # noqa: E402
from refusal import Refusal  # noqa: E402

QEMU = "qemu-system-x86_64"
BOOT_SECONDS = 120
COMMAND = ("console=ttyS0 quiet loglevel=4 panic=-1 oops=panic mitigations=off "
           "random.trust_cpu=on ieee80211_default_rc_algo=minstrel_ht")


class Machine:
    """A whole computer with three radios, under emulation; it ends with the `with` block."""

    def __init__(self, executable):
        if shutil.which(QEMU) is None:
            raise Skip(f"needs {QEMU}: CrossCompile/prerequisites qemu-system-x86")
        self.process, self.count, self.pending = None, 0, b""
        try:
            found = system.kernel()
        except Refusal as reason:
            raise Skip(str(reason)) from None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cjwifi."))
        (self.folder / "initramfs").write_bytes(
            system.initramfs(found, pathlib.Path(executable), HERE / "init"))
        self.command = [
            QEMU, "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
            "-smp", str(min(2, os.cpu_count() or 1)), "-m", "512", "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot", "-kernel", str(found / "vmlinux"),
            "-initrd", str(self.folder / "initramfs"), "-append", COMMAND,
            "-serial", f"file:{self.folder}/console", "-serial", "stdio"]

    def __enter__(self):
        try:
            self._boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _boot(self):
        begin = time.monotonic()
        with open(self.folder / "said", "wb") as said:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                start_new_session=True)
        if self._line(BOOT_SECONDS) != "ready":
            raise LabError(f"the machine did not come up:\n{self.console()}")
        self.boot_seconds = time.monotonic() - begin

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def console(self):
        """The end of what the kernel and the emulator said."""
        texts = ((self.folder / name).read_text(errors="replace") for name in ("console", "said")
                 if (self.folder / name).exists())
        return "\n".join(text[-3000:].strip() for text in texts)

    def _line(self, seconds):
        """The next line of the shell's answers."""
        deadline = time.monotonic() + seconds
        output = self.process.stdout.fileno()
        while b"\n" not in self.pending:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([output], [], [], left)[0]:
                raise LabError(f"the machine is silent for {seconds} s:\n{self.console()}")
            chunk = os.read(output, 65536)
            if not chunk:
                raise LabError(f"the machine has ended:\n{self.console()}")
            self.pending += chunk
        line, self.pending = self.pending.split(b"\n", 1)
        return line.decode(errors="replace").strip()

    def run(self, script, seconds=60, check=True, namespace=None):
        """What a script writes there; with `check` LabError unless its status is 0."""
        if namespace:
            script = f"exec nsenter -t {namespace} -n sh -c {quoted(script)}"
        self.count += 1
        encoded = base64.b64encode(script.encode()).decode()
        self.process.stdin.write(f"{self.count} {encoded}\n".encode())
        self.process.stdin.flush()
        number, status, *said = self._line(seconds).split(" ")
        said = base64.b64decode("".join(said)).decode(errors="replace")
        if int(number) != self.count:
            raise LabError(f"answer {number} to script {self.count}")
        if check and status != "0":
            raise LabError(f"status {status} of\n{script}\nwhich said\n{said}\n{self.console()}")
        return said


def quoted(text):
    """One word of a shell's."""
    return "'" + text.replace("'", "'\\''") + "'"
