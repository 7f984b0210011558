"""Programs of a router under QEMU, which counts the instructions that they execute (count.c).

Needs the Debian package qemu-user, whose QEMU loads plugins.
"""
import contextlib
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "CrossCompile"))
import library  # noqa: E402
import platforms  # noqa: E402
import swift  # noqa: E402
import zig  # noqa: E402
from refusal import Refusal  # noqa: E402

CRYPTOGRAPHIES = ("compact", "sodium")


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise Refusal(f"{' '.join(map(str, command))}\n{result.stderr[-2000:]}")
    return result.stdout


@contextlib.contextmanager
def counter():
    """The plugin, compiled for this machine."""
    with tempfile.TemporaryDirectory() as folder:
        plugin = pathlib.Path(folder) / "count.so"
        run(swift.toolchain() / "clang", "-O2", "-shared", "-fPIC", HERE / "count.c", "-o", plugin)
        yield plugin


def chosen(names):
    """The platforms of that name, all that can be built if there is none."""
    for name in names or platforms.names():
        platform = platforms.Platform(name)
        if platform.values.get("unsupported"):
            print(f"skipped {name}: {platform['unsupported']}")
            continue
        if not shutil.which(platform["qemu"]):
            raise Refusal(f"{platform['qemu']} is missing: install the package qemu-user")
        yield platform


def built(product, platform):
    """The product's executable with each of CRYPTOGRAPHIES."""
    compiler = zig.Zig(platform)
    libraries = [library.netlink(platform, compiler), library.sodium(platform, compiler)]
    for crypto in CRYPTOGRAPHIES:
        swift.build(product, platform, crypto, compiler, libraries)
        yield swift.stripped(product, platform, crypto)


def counts(platform, plugin, program, number):
    """Executed instructions of each of `number` things that the program marks: of one that it does
    several times what is typical."""
    processor = ["-cpu", platform["qemu_cpu"]] if platform["qemu_cpu"] else []
    said = run(platform["qemu"], *processor, "-plugin", plugin, program)
    found = {}
    for line in said.splitlines():
        mark, count = map(int, line.split())
        found.setdefault(mark, []).append(count)
    if sorted(found) != list(range(1, number + 1)):
        raise Refusal(f"{program} under {platform['qemu']} counted {sorted(found)}")
    return [statistics.median_low(found[mark]) for mark in sorted(found)]


def main(work):
    """Runs `work` with the names that the command line has; it may refuse."""
    try:
        work(*sys.argv[1:])
    except Refusal as refusal:
        sys.exit(f"error: {refusal}")
