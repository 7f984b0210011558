"""What the machine of this test boots: a kernel of Debian with the modules for radios, and the few
programs that its shell needs. Fetched once, into the cache; nothing is installed and nobody needs
to be root."""
import io
import lzma
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "CrossCompile"))
import cache  # noqa: E402
import debian  # noqa: E402
from refusal import Refusal  # noqa: E402

PACKAGES = ("linux-image-amd64", "busybox-static", "bash", "iputils-ping", "iw")
PROGRAMS = ("busybox", "bash", "ping", "iw")
MODULES = ("tun", "veth", "8021q", "mac80211_hwsim")
LIBRARY = re.compile(r"/x86_64-linux-gnu/([^/]+\.so[^/]*)$")
PROGRAM = re.compile(r"bin/([^/]+)$")
# Where those modules are, and all that they depend on.
MODULE = re.compile(
    r"/kernel/(?:net|lib|crypto|drivers/(?:virtio|net))/(?:.*/)?([^/]+)\.ko(\.xz)?$")
ELSEWHERE = re.compile(r"/drivers/net/[^/]+/(?!.*hwsim)")


def members(archive):
    """Each file of a package, in turn: name, and bytes, or the target of a symbolic link."""
    unpacker = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=unpacker.stdout, mode="r|") as files:
        for file in files:
            if file.issym():
                yield file.name, file.linkname
            elif file.isfile():
                yield file.name, files.extractfile(file)
    if unpacker.wait() != 0:
        raise Refusal(f"{archive} cannot be unpacked")


def needs(module):
    """The modules that must be there before this one."""
    names = re.search(rb"\0depends=([^\0]*)\0", module)[1].decode()
    return [name.replace("-", "_") for name in names.split(",") if name]


def in_order(names, modules):
    """`names` and all that they need, each after what it needs; what is part of the kernel itself
    has no file."""
    found = []
    for name in names:
        if name in modules and name not in found:
            found += [one for one in in_order(needs(modules[name]), modules) + [name]
                      if one not in found]
    return found


def unpacked(kernel):
    """The kernel as it is in memory at last, which spares an emulator the unpacking; or as it came,
    where it is packed otherwise."""
    start = kernel.find(b"\xfd7zXZ\0")
    return lzma.LZMADecompressor().decompress(kernel[start:]) if start > 0 else kernel


def used(folder):
    """The libraries in lib that programs in bin name, and those that these name."""
    found, open_ = set(), list((folder / "bin").iterdir())
    while open_:
        names = re.findall(rb"\0((?:lib|ld-)[^\0/]+\.so[^\0/]*)\0", open_.pop().read_bytes())
        for path in (folder / "lib" / name.decode() for name in names):
            while path not in found and path.exists():
                found.add(path)
                open_.append(path)
                path = path.parent / path.readlink() if path.is_symlink() else path
    return found


def fill(folder):
    """Makes `folder`: vmlinux, and what goes into the file system in bin, lib and modules."""
    modules = {}
    for name in ("bin", "lib", "modules"):
        (folder / name).mkdir()
    for archive in debian.binaries(folder, "amd64", *PACKAGES):
        for name, content in members(archive):
            library, program, module = (
                pattern.search(name) for pattern in (LIBRARY, PROGRAM, MODULE))
            if library and isinstance(content, str):
                (folder / "lib" / library[1]).symlink_to(pathlib.Path(content).name)
            elif isinstance(content, str):
                continue
            elif library:
                (folder / "lib" / library[1]).write_bytes(content.read())
            elif program and program[1] in PROGRAMS:
                (folder / "bin" / program[1]).write_bytes(content.read())
            elif module and not ELSEWHERE.search(name):
                data = content.read()
                modules[module[1].replace("-", "_")] = lzma.decompress(data) if module[2] else data
            elif name.startswith("./boot/vmlinuz-"):
                (folder / "vmlinux").write_bytes(unpacked(content.read()))
    for path in set((folder / "lib").iterdir()) - used(folder):
        path.unlink()
    shutil.rmtree(folder / "apt")
    order = in_order(MODULES, modules)
    missing = [name for name in MODULES if name not in order]
    missing += [name for name in PROGRAMS if not (folder / "bin" / name).exists()]
    if missing or not (folder / "vmlinux").exists():
        raise Refusal(f"Debian's packages have no {' '.join(missing) or 'kernel'} where it was")
    for name in order:
        (folder / "modules" / name).write_bytes(modules[name])
    (folder / "modules" / "order").write_text(" ".join(order) + "\n")


class Archive:
    """A file system for a kernel to start with: cpio, as it is read from memory."""

    def __init__(self):
        self.data, self.count = io.BytesIO(), 0

    def _add(self, name, mode, content=b""):
        self.count += 1
        name = name.encode() + b"\0"
        numbers = (self.count, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0)
        self.data.write(b"070701" + b"".join(b"%08X" % number for number in numbers) + name)
        self._align()
        self.data.write(content)
        self._align()

    def _align(self):
        self.data.write(bytes(-self.data.tell() % 4))

    def folder(self, *names):
        for name in names:
            self._add(name, 0o040755)

    def file(self, name, content):
        self._add(name, 0o100755, content)

    def link(self, name, target):
        self._add(name, 0o120777, str(target).encode())

    def finish(self):
        self._add("TRAILER!!!", 0)
        return self.data.getvalue()


def kernel():
    """The folder of the cache that `fill` has made."""
    return cache.folder(f"wifi-{cache.digest(pathlib.Path(__file__))}", fill)


def initramfs(folder, executable, script):
    """The whole file system: what is in `folder`, cjdroute, and the script that is started."""
    archive = Archive()
    archive.folder("bin", "lib", "modules", "dev", "proc", "sys", "run", "tmp", "var", "etc")
    for path in sorted(folder.glob("*/*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            archive.link(name, path.readlink())
        else:
            archive.file(name, path.read_bytes())
    archive.link("lib64", "lib")
    archive.link("sbin", "bin")
    archive.link("var/run", "/run")
    archive.file("etc/passwd", b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
    archive.file("bin/cjdroute", executable.read_bytes())
    archive.file("init", script.read_bytes())
    return archive.finish()
