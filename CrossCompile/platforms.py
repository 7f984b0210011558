"""The files of Platforms/: what kind of machine, said once, in `key = value` lines."""
import pathlib
import platform as machine
import shutil
import subprocess

import cache
from refusal import Refusal

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Platforms"
KEYS = {
    # The standard library that is loaded, as if it were for the proxy target that Swift compiles.
    "stdlib", "swift_triple",
    # The real target: flags of clang, and how Zig names it.
    "clang", "zig_target", "cpu", "float", "byte_order",
    # What runs it here, whom it serves, and bytes of cjdroute with libsodium and with our own.
    "qemu", "qemu_cpu", "openwrt", "debian", "sodium_size_max", "compact_size_max",
    # Classes of instructions that the processor has not: names of `check`.
    "lacks",
}
OPTIONAL = {
    # Why it cannot be built, with the evidence.
    "unsupported",
    # What is to be small is compiled for the processor with this of its features, in LLVM's words.
    "small",
    # The processor has MIPS16e: how the names of the GNU compiler and linker for it begin.
    "binutils",
    # The cryptography of packages, if not libsodium.
    "package_crypto",
    # `yes`: of the platforms with this architecture of Debian, it is the one that is packaged.
    "debian_package",
}


def names():
    return sorted(path.name for path in FOLDER.iterdir())


class Platform:
    def __init__(self, name):
        path = FOLDER / name
        if not path.is_file():
            raise Refusal(f"there is no platform '{name}'; there are: {', '.join(names())}")
        self.name = name
        self.values = {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.split("#")[0].strip()
            if not line:
                continue
            key, separator, value = (part.strip() for part in line.partition("="))
            if not separator or key not in KEYS | OPTIONAL:
                raise Refusal(f"Platforms/{name}:{number}: '{line}' is not `key = value` with a "
                              f"key of: {', '.join(sorted(KEYS))}")
            # What is too long for a line goes on in another one with the same key.
            self.values[key] = f"{self.values[key]} {value}" if key in self.values else value
        missing = KEYS - self.values.keys()
        if missing:
            raise Refusal(f"Platforms/{name} does not say: {', '.join(sorted(missing))}")

    def __getitem__(self, key):
        return self.values[key]

    @property
    def architecture(self):
        return self["zig_target"].split("-")[0]

    @property
    def crypto_of_packages(self):
        return self.values.get("package_crypto", "sodium")

    def install_tools(self):
        """Installs Debian's compiler for it, where the platform's file asks for one and it is not
        there. Several builds may ask at once."""
        binutils = self.values.get("binutils")
        if not binutils or shutil.which(f"{binutils}gcc"):
            return
        with cache.lock(cache.ROOT / "locks" / "prerequisites"):
            said = subprocess.run([FOLDER.parent / "CrossCompile" / "prerequisites",
                                   f"gcc-{binutils.rstrip('-')}"])
        if said.returncode != 0 or not shutil.which(f"{binutils}gcc"):
            raise Refusal(f"{binutils}gcc is missing: install gcc-{binutils.rstrip('-')}")

    @property
    def serves_debian(self):
        """Whether the package of this architecture of Debian is made of it, rather than of another
        platform with that name."""
        return self.values.get("debian_package") == "yes"

    @property
    def emulator(self):
        """The words before an executable of this platform that make it run here; none where it runs
        by itself."""
        if self.architecture == machine.machine():
            return []
        program = shutil.which(self["qemu"] + "-static")
        if not program:
            raise Refusal(f"{self['qemu']}-static is missing: run `make prerequisites` (or install "
                          "qemu-user-static)")
        return [program, *(["-cpu", self["qemu_cpu"]] if self["qemu_cpu"] else [])]
