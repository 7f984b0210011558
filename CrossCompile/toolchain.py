"""The tools of the installed Swift toolchain, and its clang as C compiler of one platform."""
import os
import pathlib
import re
import shutil
import subprocess

import cache
from refusal import Refusal

VERIFIED = "6.3"
FLAGS = ["-flto=full", "-nostdlibinc", "-DNDEBUG", "-fomit-frame-pointer", "-ffunction-sections",
         "-fdata-sections", "-fno-stack-protector", "-fno-asynchronous-unwind-tables",
         "-fno-unwind-tables"]


def toolchain():
    """The folder of the Swift tools, refused if nobody has tried this version."""
    compiler = shutil.which("swiftc")
    if not compiler:
        raise Refusal(f"swiftc is not on the PATH: install Swift {VERIFIED} from swift.org")
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"Swift version ([\d.]+)", said)
    found = version.group(1) if version else "unknown"
    if not (found + ".").startswith(VERIFIED + ".") and not os.environ.get("SWIFT_UNVERIFIED"):
        raise Refusal(f"this is Swift {found}; appliance builds are verified with {VERIFIED} only. "
                      "Install that, or set SWIFT_UNVERIFIED=1 to try")
    return pathlib.Path(compiler).resolve().parent


class Clang:
    """Makes bitcode of C, which the linker optimises together with that of Swift. The headers of
    the C library are Zig's."""

    def __init__(self, platform, zig):
        self.tools = toolchain()
        self.words = [self.tools / "clang", *platform["clang"].split(), *FLAGS]
        for header in zig.system_headers():
            self.words += ["-isystem", header]
        said = subprocess.run([self.tools / "clang", "--version"], capture_output=True, text=True)
        self.identity = cache.digest(
            zig.identity, said.stdout, platform["clang"], pathlib.Path(__file__))

    def compile(self, source, output, *flags, fast=False):
        """`source` to bitcode, or assembly to an object. What is `fast` stays in one piece: nothing
        is taken out of it that repeats elsewhere."""
        if source.suffix == ".S" or not fast:
            subprocess.run([*self.words, *flags, "-c", source, "-o", output], check=True)
            return
        ir = subprocess.run([*self.words, *flags, "-S", source, "-o", "-"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
        ir = re.sub(r"^(attributes #\d+ = \{)", r'\1 "nooutline"', ir, flags=re.M)
        level = [flag for flag in flags if str(flag).startswith("-O")][-1:]
        subprocess.run([*self.words, *level, "-w", "-c", "-x", "ir", "-", "-o", output], check=True,
                       input=ir, text=True)

    def archive(self, path, objects):
        subprocess.run([self.tools / "llvm-ar", "rcsD", path, *objects], check=True)
