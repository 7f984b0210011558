"""Each package in build/packages/debian, of whatever architecture: what it says of itself, what
lintian says of it, and its executable and scripts at work, under QEMU where that is needed. Ends
with `N passed, N failed` (`, N skipped`)."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "Packaging"), str(ROOT / "CrossCompile")]
import platforms  # noqa: E402
from refusal import Refusal  # noqa: E402
from trial import Failed, command as run, expect  # noqa: E402

PACKAGES = ROOT / "build" / "packages" / "debian"
# What Debian expects of a processor at least, where that is another one than the platform names.
BASELINE = {"powerpc": "7400", "mips": "24Kc", "armhf": "cortex-a9", "ppc64": "970fx"}
# Word size, byte order and machine, as they stand in an ELF file.
ELF = {
    "amd64": (2, 1, 62), "i386": (1, 1, 3), "arm64": (2, 1, 183), "armhf": (1, 1, 40),
    "armel": (1, 1, 40), "mips": (1, 2, 8), "mipsel": (1, 1, 8), "mips64": (2, 2, 8),
    "powerpc": (1, 2, 20), "powerpcspe": (1, 2, 20), "ppc64": (2, 2, 21), "ppc64el": (2, 1, 21),
    "riscv64": (2, 1, 243),
}
KEY = "ph4vbntrs6p454ffx1juy9kd82w7gtqv179qp8gclg9kxstvyj70.k"
ADDRESS = "fc39:2ce:f5e9:a19a:dda8:be07:3f42:b653"


def emulator(platform, architecture):
    words = platform.emulator
    if words and architecture in BASELINE:
        words = [words[0], "-cpu", BASELINE[architecture]]
    return words


def header(path):
    data = path.read_bytes()[:20]
    order = "little" if data[5] == 1 else "big"
    return data[4], data[5], int.from_bytes(data[18:20], order)


def packaged(path):
    """One package: unpacked, looked at, run."""
    architecture = path.stem.rsplit("_", 1)[1]
    bill = json.loads(path.with_suffix(".spdx.json").read_text())
    name = re.search(r"of Platforms/(\S+) with", bill["packages"][0]["comment"])[1]
    platform = platforms.Platform(name)
    expect(run("dpkg-deb", "-f", path, "Architecture").strip() == architecture, "another name")
    # Machine code may look like a word that is spelt wrong.
    said = subprocess.run(["lintian", "--pedantic", "--display-info", "--allow-root",
                           "--suppress-tags", "spelling-error-in-binary", path],
                          text=True, capture_output=True).stdout
    expect(not said, said)
    with tempfile.TemporaryDirectory(prefix="cjdns-unpacked-") as folder:
        folder = pathlib.Path(folder)
        run("dpkg-deb", "-x", path, folder)
        cjdroute = folder / "usr/bin/cjdroute"
        expect(header(cjdroute) == ELF[architecture], f"an executable of {header(cjdroute)}")
        words = emulator(platform, architecture)
        expect("cjdns-swift" in run(*words, cjdroute, "--version"), "no version")
        # What the script calls runs as the kernel of such a machine would run it.
        wrapper = folder / "wrapper"
        wrapper.write_text(f'#!/bin/sh\nexec {" ".join(words)} {cjdroute} "$@"\n')
        wrapper.chmod(0o755)
        conf = folder / "cjdroute.conf"
        run(folder / "usr/libexec/cjdns/genconf", conf, env=dict(os.environ, CJDROUTE=wrapper))
        expect(conf.stat().st_mode & 0o777 == 0o600, "others can read the configuration")
        json.loads(run(wrapper, "--cleanconf", input=conf.read_text()))
        if not words:
            expect(run(folder / "usr/bin/publictoip6", KEY).strip() == ADDRESS, "another address")
        expect(run(wrapper, "publictoip6", KEY).strip() == ADDRESS, "another address")
        return f"{path.stat().st_size} bytes, {' '.join(words[1:])}".rstrip(", ")


def main():
    packages = sorted(PACKAGES.glob("cjdns_*.deb"))
    if not packages:
        print("skipped: there are no packages: make packages")
        return 77
    passed = failed = skipped = 0
    for path in packages:
        try:
            note = packaged(path)
        except Refusal as why:
            skipped += 1
            print(f"skipped {path.name}: {why}", flush=True)
        except (Failed, OSError, KeyError, ValueError, TypeError) as why:
            failed += 1
            print(f"FAILED {path.name}: {why}", flush=True)
        else:
            passed += 1
            print(f"passed {path.name}: {note}", flush=True)
    # A mistake in PATH or file names would otherwise be a package less, not a failure.
    with open(PACKAGES / "SHA256SUMS") as sums:
        listed = {line.split()[1] for line in sums if line.strip().endswith(".deb")}
    if listed != {path.name for path in packages}:
        failed += 1
        print(f"FAILED SHA256SUMS names {', '.join(sorted(listed))}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
