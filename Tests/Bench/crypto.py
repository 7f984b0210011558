#!/usr/bin/env python3
"""make bench-cross, cryptography: what each primitive costs on a router, in executed instructions.

usage: crypto.py [PLATFORM...]

For each platform three programs run under the same QEMU, which counts what they execute: our Swift
cryptography, our build of libsodium, and the portable C of the same primitives as libsodium ships
it, built by the compiler that builds our Swift, for speed. The ratios are those to the portable C;
the Swift cryptography may cost a fifth more.
"""
import pathlib
import shutil
import tempfile

import guest
import debian
import zig
from refusal import Refusal
from toolchain import Clang

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


def portable(platform, folder):
    """The C program; the toolchain's clang compiles it, Zig brings the C library."""
    here = guest.ROOT / "CrossCompile" / "libsodium"
    source = debian.source("libsodium") / "src" / "libsodium"
    include = folder / "include"
    shutil.copytree(source / "include", include)
    shutil.copy(here / "version.h", include / "sodium" / "version.h")
    compiler = zig.Zig(platform)
    clang = Clang(platform, compiler)
    objects = []
    for path in [*(source / name for name in PORTABLE), here / "init.c", here / "x25519.c",
                 guest.HERE / "crypto.c"]:
        objects.append(folder / f"{len(objects)}.o")
        guest.run(
            *clang.words, "-fno-lto", "-O3", "-w", "-include", here / "config.h", "-U__x86_64__",
            "-I", include, "-I", include / "sodium", "-I", source, "-c", path, "-o", objects[-1])
    program = folder / "portable"
    compiler.cc("-O2", "-static", "-Wl,--gc-sections", *objects, "-o", program)
    return program


def compare(platform, plugin, folder):
    """Prints a table; false if the Swift cryptography costs too much."""
    programs = [*guest.built("cryptobench", platform), portable(platform, folder)]
    print(f"\n{platform.name}: instructions{'Swift':>16}{'our libsodium':>22}{'portable C':>12}")
    good = True
    for name, ours, sodium, c in zip(NAMES, *(
            guest.counts(platform, plugin, program, len(NAMES)) for program in programs)):
        good = good and ours <= LIMIT * c
        print(f"  {name:25}{ours:10}{ours / c:7.2f}{sodium:10}{sodium / c:7.2f}{c:10}"
              f"{'' if ours <= LIMIT * c else '   TOO SLOW'}")
    return good


def main(*names):
    good = True
    with guest.counter() as plugin:
        for platform in guest.chosen(names):
            with tempfile.TemporaryDirectory() as folder:
                good = compare(platform, plugin, pathlib.Path(folder)) and good
    if not good:
        raise Refusal(f"the Swift cryptography costs more than {LIMIT} of portable C")


if __name__ == "__main__":
    guest.main(main)
