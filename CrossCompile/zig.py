"""Zig's C compiler, linker and musl, as the PyPI package `ziglang` ships them."""
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import zipfile

import cache
from refusal import Refusal
from toolchain import toolchain

RUNTIME = pathlib.Path(__file__).resolve().parent / "runtime.c"
PINNED = pathlib.Path(__file__).resolve().parent / "ziglang.txt"


def _install(folder):
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True).returncode != 0:
        raise Refusal("pip is missing: run `make prerequisites` (or install python3-pip)")
    print("fetching ziglang (C compiler, linker, musl) from PyPI", flush=True)
    result = subprocess.run(
        [*pip, "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes",
         "-r", str(PINNED), "-d", str(folder)])
    wheels = list(folder.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != 1:
        raise Refusal("pip could not fetch the pinned ziglang (CrossCompile/ziglang.txt), see "
                      "above: is PyPI reachable, and is this an x86_64 or aarch64 machine?")
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(folder)
    wheels[0].unlink()
    (folder / "ziglang" / "zig").chmod(0o755)


class Zig:
    """The compiler for one platform."""

    def __init__(self, platform):
        self.name = platform.name
        self.folder = cache.folder(f"ziglang-{cache.digest(PINNED)}", _install)
        self.path = self.folder / "ziglang" / "zig"
        self.flags = ["-target", platform["zig_target"], f"-mcpu={platform['cpu']}"]
        self.identity = cache.digest(PINNED, *self.flags)

    def environment(self):
        """Zig's own caches go where ours are."""
        return dict(os.environ, ZIG_GLOBAL_CACHE_DIR=str(cache.ROOT / "zig"),
                    ZIG_LOCAL_CACHE_DIR=str(cache.ROOT / "zig"))

    def run(self, *arguments, **options):
        return subprocess.run(
            [str(self.path), *map(str, arguments)], env=self.environment(), **options)

    def cc(self, *arguments):
        self.run("cc", *self.flags, *arguments, check=True)

    def system_headers(self):
        """The folders of musl's and the kernel's headers, without the compiler's own."""
        said = self.run("cc", *self.flags, "-E", "-v", "-x", "c", "/dev/null",
                        capture_output=True, text=True, check=True).stderr
        listed = said.split("#include <...> search starts here:")[1].split("End of search")[0]
        return [line.strip() for line in listed.splitlines()
                if "/libc/include/" in line]

    def runtime(self):
        """A folder of what every executable is linked with: crt1.o and the C library."""
        def make(folder):
            print(f"compiling the C library for {self.name}", flush=True)
            # For one thread: its malloc is then the small one.
            flags = [*self.flags, "-fsingle-threaded", "-fstrip", "-fomit-frame-pointer"]
            source, probe = folder / "probe.c", folder / "probe"
            source.write_text("int main(void) { return 0; }\n")
            said = self.run("build-exe", source, "-lc", "-static", *flags, "-O", "ReleaseSmall",
                            "--verbose-link", f"-femit-bin={probe}", capture_output=True,
                            text=True).stderr
            line = [line for line in said.splitlines() if f"-o {probe}" in line][-1:]
            if not line:
                raise Refusal(f"{said}\nZig has no C library for {self.name}")
            for word in shlex.split(line[0]):
                name = pathlib.Path(word).name
                if name == "crt1.o" or name.endswith(".a"):
                    shutil.copy(word, folder / name)
            # memcpy and memset run for each packet, and may not be made of calls of themselves.
            self.run("build-lib", self.path.parent / "lib" / "compiler_rt.zig", *flags, "-O",
                     "ReleaseFast", "-fno-builtin", "-ffunction-sections", "-fno-unwind-tables",
                     f"-femit-bin={folder / 'libcompiler_rt.a'}", check=True)
            self.cc("-O2", "-fno-builtin", "-fno-vectorize", "-ffunction-sections", "-c", RUNTIME,
                    "-o", folder / "runtime.o")
            for extra in folder.glob("probe*"):
                extra.unlink()
            # Nothing is unwound; and Zig marks code for MIPS64 without a floating-point unit as if
            # it used one.
            objcopy = [toolchain() / "llvm-objcopy", "--wildcard", "--remove-section=.eh_frame",
                       "--remove-section=.rel*.eh_frame", "--remove-section=.MIPS.abiflags"]
            for path in folder.iterdir():
                subprocess.run([*objcopy, path], check=True)

        key = cache.digest(self.identity, RUNTIME, pathlib.Path(__file__))
        return cache.folder(f"{self.name}-runtime-{key}", make)
