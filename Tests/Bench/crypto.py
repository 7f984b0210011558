#!/usr/bin/env python3
"""make bench-cross, cryptography: what each primitive costs on a router, in executed instructions.

usage: crypto.py [PLATFORM...]

For each platform three programs run under the same QEMU, which counts what they execute: our Swift
cryptography, our build of libsodium, and the portable C of the same primitives as libsodium ships
it, built by the compiler that builds our Swift, for speed. The ratios are those to the portable C;
the Swift cryptography may cost a fifth more. Needs the Debian package qemu-user, whose QEMU loads
plugins.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "CrossCompile"))
import debian  # noqa: E402
import library  # noqa: E402
import platforms  # noqa: E402
import swift  # noqa: E402
import zig  # noqa: E402
from refusal import Refusal  # noqa: E402

LIMIT = 1.2
# Of src/libsodium; no assembly, no vectors.
PORTABLE = """
    crypto_core/hsalsa20/ref2/core_hsalsa20_ref2.c
    crypto_core/salsa/ref/core_salsa_ref.c
    crypto_core/ed25519/ref10/ed25519_ref10.c
    crypto_hash/sha256/cp/hash_sha256_cp.c
    crypto_hash/sha512/cp/hash_sha512_cp.c
    crypto_onetimeauth/poly1305/onetimeauth_poly1305.c
    crypto_onetimeauth/poly1305/donna/poly1305_donna.c
    crypto_scalarmult/curve25519/scalarmult_curve25519.c
    crypto_secretbox/crypto_secretbox_easy.c
    crypto_stream/salsa20/ref/salsa20_ref.c
    crypto_stream/salsa20/stream_salsa20.c
    crypto_verify/sodium/verify.c
    sodium/runtime.c
    sodium/utils.c
""".split()
# The order of the marks in CryptoBench and crypto.c.
NAMES = ["X25519", "X25519 of the base point", "HSalsa20", "seal 1,300 bytes", "open 1,300 bytes",
         "seal 100 bytes", "open 100 bytes", "SHA-256 of 64 bytes", "SHA-256 of 1,000 bytes",
         "SHA-512 of 64 bytes", "SHA-512 of 1,000 bytes"]


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode != 0:
        raise Refusal(f"{' '.join(map(str, command))}\n{result.stderr[-2000:]}")
    return result.stdout


def portable(platform, compiler, tools, folder):
    """The C program; the toolchain's clang compiles it, Zig brings the C library."""
    here = ROOT / "CrossCompile" / "libsodium"
    source = debian.source("libsodium") / "src" / "libsodium"
    include = folder / "include"
    shutil.copytree(source / "include", include)
    shutil.copy(here / "version.h", include / "sodium" / "version.h")
    own = pathlib.Path(run(tools / "clang", "-print-resource-dir").strip()) / "include"
    headers = [word for path in [own, *compiler.system_headers()] for word in ("-isystem", path)]
    objects = []
    for path in [*(source / name for name in PORTABLE), here / "init.c", here / "x25519.c",
                 HERE / "crypto.c"]:
        objects.append(folder / f"{len(objects)}.o")
        run(tools / "clang", *platform["clang"].split(), "-O3", "-fomit-frame-pointer",
            "-fno-stack-protector", "-ffunction-sections", "-w", "-nostdinc", *headers,
            "-include", here / "config.h", "-U__x86_64__", "-I", include,
            "-I", include / "sodium", "-I", source, "-c", path, "-o", objects[-1])
    program = folder / "portable"
    compiler.cc("-O2", "-static", "-Wl,--gc-sections", *objects, "-o", program)
    return program


def counts(platform, counter, program):
    """Executed instructions of each primitive."""
    processor = ["-cpu", platform["qemu_cpu"]] if platform["qemu_cpu"] else []
    said = run(platform["qemu"], *processor, "-plugin", counter, program)
    found = dict(map(int, line.split()) for line in said.splitlines())
    if sorted(found) != list(range(1, len(NAMES) + 1)):
        raise Refusal(f"{program} under {platform['qemu']} counted {sorted(found)}")
    return [found[number] for number in sorted(found)]


def compare(platform, counter, tools, folder):
    """Prints a table; false if the Swift cryptography costs too much."""
    compiler = zig.Zig(platform)
    libraries = [library.netlink(platform, compiler), library.sodium(platform, compiler)]
    for crypto in ("compact", "sodium"):
        swift.build("cryptobench", platform, crypto, compiler, libraries)
    programs = [*(swift.stripped("cryptobench", platform, crypto)
                  for crypto in ("compact", "sodium")),
                portable(platform, compiler, tools, folder)]
    print(f"\n{platform.name}: instructions{'Swift':>16}{'our libsodium':>22}{'portable C':>12}")
    good = True
    for name, ours, sodium, c in zip(NAMES, *(counts(platform, counter, program)
                                              for program in programs)):
        good = good and ours <= LIMIT * c
        print(f"  {name:25}{ours:10}{ours / c:7.2f}{sodium:10}{sodium / c:7.2f}{c:10}"
              f"{'' if ours <= LIMIT * c else '   TOO SLOW'}")
    return good


def main(*names):
    tools = swift.toolchain()
    every = [platforms.Platform(path.name) for path in sorted(platforms.FOLDER.iterdir())]
    chosen = [platforms.Platform(name) for name in names] or every
    good = True
    with tempfile.TemporaryDirectory() as temporary:
        temporary = pathlib.Path(temporary)
        counter = temporary / "count.so"
        run(tools / "clang", "-O2", "-shared", "-fPIC", HERE / "count.c", "-o", counter)
        for platform in chosen:
            if not shutil.which(platform["qemu"]):
                raise Refusal(f"{platform['qemu']} is missing: install the package qemu-user")
            folder = temporary / platform.name
            folder.mkdir()
            good = compare(platform, counter, tools, folder) and good
    if not good:
        raise Refusal(f"the Swift cryptography costs more than {LIMIT} of portable C")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refusal as refusal:
        sys.exit(f"error: {refusal}")
