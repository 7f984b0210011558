"""The C libraries, compiled for one platform from a list of files and a committed configuration."""
import concurrent.futures
import os
import pathlib
import shutil

import cache
import debian
from toolchain import Clang

FOLDER = pathlib.Path(__file__).resolve().parent


def _listed(path, architecture):
    """Of a list of files: those for `architecture`, each with its flags."""
    for line in path.read_text().splitlines():
        name, *rest = line.split("#")[0].split() or [""]
        if name and (not rest or rest[0] in ("any", architecture)):
            yield name, rest[1:]


def _archive(clang, folder, name, jobs, fast):
    """Compiles `jobs` (source, flags) into lib/lib<name>.a."""
    objects = folder / "objects"
    objects.mkdir()

    def compile(job):
        number, (source, flags) = job
        result = objects / f"{number:03}-{source.stem}.o"
        clang.compile(source, result, "-w", *flags, fast=fast)
        return result

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(compile, enumerate(jobs)))
    (folder / "lib").mkdir()
    clang.archive(folder / "lib" / f"lib{name}.a", made)
    shutil.rmtree(objects)


def _describe(folder, name, library, version):
    """What the Swift package manager asks pkg-config for."""
    (folder / "pkgconfig").mkdir()
    (folder / "pkgconfig" / f"{name}.pc").write_text(
        f"prefix=${{pcfiledir}}/..\nName: {name}\nDescription: {name}\nVersion: {version}\n"
        f"Cflags: -I${{prefix}}/include\nLibs: -L${{prefix}}/lib -l{library}\n")


def sodium(platform, zig):
    """libsodium: what a node needs of it; what each packet meets is optimised for speed."""
    here = FOLDER / "libsodium"
    clang = Clang(platform, zig)

    def make(folder):
        print(f"compiling libsodium for {platform.name}", flush=True)
        source = debian.source("libsodium") / "src" / "libsodium"
        include = folder / "include"
        shutil.copytree(source / "include", include)
        shutil.copy(here / "version.h", include / "sodium" / "version.h")
        flags = ["-O3", "-include", here / "config.h", "-I", include,
                 "-I", include / "sodium", "-I", source]
        _archive(clang, folder, "sodium", [
            *((source / name, [*flags, *own])
              for name, own in _listed(here / "files", platform.architecture)),
            *((own_source, [*flags, "-Os"]) for own_source in sorted(here.glob("*.c")))],
            fast=True)
        _describe(folder, "libsodium", "sodium", "1.0.18")

    key = cache.digest(clang.identity, here, debian.CHECKSUMS, pathlib.Path(__file__))
    return cache.folder(f"{platform.name}-libsodium-{key}", make)


def netlink(platform, zig):
    """libnl-3: messages and sockets of netlink, optimised for size."""
    here = FOLDER / "libnl"
    clang = Clang(platform, zig)

    def make(folder):
        print(f"compiling libnl for {platform.name}", flush=True)
        source = debian.source("libnl3")
        shutil.copytree(source / "include" / "netlink", folder / "include" / "netlink")
        flags = ["-Oz", "-D_GNU_SOURCE", "-I", here, "-I", source / "include",
                 "-I", source / "include" / "linux-private"]
        _archive(clang, folder, "nl-3", [
            (source / name, [*flags, *own])
            for name, own in _listed(here / "files", platform.architecture)], fast=False)
        _describe(folder, "libnl-3.0", "nl-3", "3.7.0")

    key = cache.digest(clang.identity, here, debian.CHECKSUMS, pathlib.Path(__file__))
    return cache.folder(f"{platform.name}-libnl-{key}", make)
