"""Readers of both kinds of packages that share no code with what writes them: .ipk by GNU tar, .apk
by what `man 5 apk-v3` says. Each gives a `Package`, or says what is wrong by `Broken`."""
import collections
import hashlib
import pathlib
import subprocess
import tempfile
import zlib

# `files`: by absolute path (mode, bytes) or ("->", target); `folders`: mode by path.
Package = collections.namedtuple("Package", "fields files folders scripts times")
MODES = {"-rwxr-xr-x": 0o755, "-rw-r--r--": 0o644, "-rw-------": 0o600, "drwxr-xr-x": 0o755,
         "lrwxrwxrwx": 0o777}
INFO = ("name version hashes description arch license origin maintainer url repo-commit build-time "
        "installed-size file-size provider-priority depends provides replaces install-if "
        "recommends layer tags").split()
SCRIPTS = ("trigger pre-install post-install pre-deinstall post-deinstall pre-upgrade "
           "post-upgrade").split()
NUMBERS = {"build-time", "installed-size", "file-size"}


class Broken(Exception):
    pass


def demand(true, what):
    if not true:
        raise Broken(what)


def untar(archive, into):
    """(mode, owner, seconds, path, target) of each member, in their order; GNU tar unpacks."""
    into.mkdir()
    options = dict(check=True, capture_output=True, text=True, env={"TZ": "UTC", "LC_ALL": "C"})
    subprocess.run(["gzip", "--test", archive], **options)
    subprocess.run(["tar", "-xzf", archive, "-C", into, "--same-permissions"], **options)
    said = subprocess.run(["tar", "-tvzf", archive, "--numeric-owner", "--full-time"], **options)
    for line in said.stdout.splitlines():
        mode, owner, _, day, time, name = line.split(None, 5)
        name, _, target = name.partition(" -> ")
        yield mode, owner, f"{day} {time}", name, target


def stanza(text):
    fields = {}
    for line in text.splitlines():
        name, colon, value = line.partition(": ")
        demand(colon and name not in fields and value.strip() == value != "", f"line '{line}'")
        fields[name] = value
    return fields


def read_ipk(path):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        outside = list(untar(path, folder / "outside"))
        demand([member[3] for member in outside] ==
               ["./debian-binary", "./data.tar.gz", "./control.tar.gz"], f"members {outside}")
        demand((folder / "outside" / "debian-binary").read_text() == "2.0\n", "debian-binary")
        parts = {name: list(untar(folder / "outside" / f"{name}.tar.gz", folder / name))
                 for name in ("data", "control")}
        members = [*outside, *parts["data"], *parts["control"]]
        demand({member[1] for member in members} == {"0/0"}, "a file that is not root's")
        files, folders = {}, {}
        for mode, _, _, name, target in parts["data"]:
            name = name.removeprefix(".").rstrip("/")
            demand(mode in MODES, f"{mode} {name}")
            above = name.rpartition("/")[0]
            demand(not above or above in folders, f"{name} before its folder")
            demand(name not in {**files, **folders}, f"{name} twice")
            if mode[0] == "d":
                folders[name] = MODES[mode]
            elif mode[0] == "l":
                files[name] = ("->", target)
            else:
                files[name] = (MODES[mode], (folder / "data" / name.lstrip("/")).read_bytes())
        scripts = {path.name: path.read_text() for path in (folder / "control").iterdir()}
        for mode, _, _, name, _ in parts["control"]:
            runs = name.split("/")[-1] in ("preinst", "postinst", "prerm", "postrm")
            demand(name == "./" or MODES[mode] == (0o755 if runs else 0o644), f"{mode} {name}")
        return Package(stanza(scripts.pop("control")), files, folders, scripts,
                       {member[2] for member in members})


class Tree:
    """The first block: each value is demanded to lie in it, and on its boundary."""

    def __init__(self, data):
        self.data = data
        demand(len(data) >= 8 and data[:4] == bytes(4), "another version of the format")
        self.root = self.word(4)

    def take(self, offset, size, alignment=1):
        demand(offset % alignment == 0 and 8 <= offset <= offset + size <= len(self.data),
               f"a value of {size} bytes at {offset}")
        return self.data[offset:offset + size]

    def word(self, offset):
        return int.from_bytes(self.data[offset:offset + 4], "little")

    def number(self, value):
        kind, low = value >> 28, value & 0xFFFFFFF
        if kind == 2:
            return int.from_bytes(self.take(low, 4, 4), "little")
        demand(kind in (0, 1) and (kind or not low), f"{value:#x} is no number")
        return low

    def text(self, value):
        kind, low = value >> 28, value & 0xFFFFFFF
        if value == 0:
            return b""
        demand(kind in (8, 9, 10), f"{value:#x} is no text")
        width = 1 << kind - 8
        return self.take(low + width, int.from_bytes(self.take(low, width, width), "little"))

    def slots(self, value, kind):
        if value == 0:
            return []
        demand(value >> 28 == kind, f"{value:#x} is not of kind {kind}")
        low = value & 0xFFFFFFF
        count = int.from_bytes(self.take(low, 4, 4), "little")
        whole = self.take(low, 4 * count, 4)
        demand(count > 1 and whole[-4:] != bytes(4), f"slots at {low}")
        return [int.from_bytes(whole[4 * slot:4 * slot + 4], "little") for slot in range(1, count)]

    def array(self, value):
        return self.slots(value, 13)

    def object(self, value, fields):
        slots = self.slots(value, 14)
        demand(len(slots) <= fields, f"{len(slots)} of {fields} fields")
        return slots + [0] * (fields - len(slots))

    def sorted(self, array, key):
        names = [key(value) for value in array]
        demand(names == sorted(set(names)), f"the order of {names}")
        return names

    def info(self, value):
        """The fields that say what a package is."""
        fields = {}
        for name, slot in zip(INFO, self.object(value, len(INFO))):
            if not slot:
                continue
            if name == "depends":
                fields[name] = self.sorted(self.array(slot), lambda other: self.text(
                    self.object(other, 3)[0]).decode())
            elif name in NUMBERS:
                fields[name] = self.number(slot)
            else:
                text = self.text(slot)
                fields[name] = text.hex() if name in ("hashes", "repo-commit") else text.decode()
        return fields


def blocks(data, schema):
    """(kind, offset and bytes) of each block of a whole file."""
    demand(data[:4] == b"ADBd", "it does not begin as compressed")
    inflate = zlib.decompressobj(-15)
    data = inflate.decompress(data[4:])
    demand(inflate.eof and not inflate.unused_data, "something behind the compressed")
    demand(data[:8] == b"ADB." + schema, f"it is no '{schema.decode()}'")
    found = []
    offset = 8
    while offset < len(data):
        word = int.from_bytes(data[offset:offset + 4], "little")
        kind, size = word >> 30, word & 0x3FFFFFFF
        demand(size >= 4 and offset + size <= len(data), f"a block of {size} bytes")
        found.append((kind, data[offset + 4:offset + size]))
        padding = data[offset + size:offset + size + -size % 8]
        demand(padding == bytes(-size % 8), "padding")
        offset += size + -size % 8
    kinds = [kind for kind, _ in found]
    demand(kinds == sorted(kinds) and kinds.count(0) == 1 and max(kinds) < 3, f"blocks {kinds}")
    return found


def read_apk(data):
    """The package; the digest by which an index knows it is `fields["digest"]`."""
    found = blocks(data, b"pckg")
    tree = Tree(found[0][1])
    bodies = [body for kind, body in found if kind == 2]
    info, paths, scripts, *rest = tree.object(tree.root, 5)
    demand(not any(rest), "triggers")
    fields = tree.info(info)
    unique = bytes.fromhex(fields["hashes"])
    demand(tree.data.count(unique) == 1 and unique == hashlib.sha256(
        tree.data.replace(unique, bytes(len(unique)))).digest()[:20], "its name among packages")
    files, folders, times = {}, {}, {fields["build-time"]}

    def rights(value):
        mode, user, group, more = tree.object(value, 4)
        demand((tree.text(user), tree.text(group), more) == (b"root", b"root", 0), "not root's")
        return tree.number(mode)

    def name_of(value, width):
        return tree.text(tree.object(value, width)[0]).decode()

    places = tree.array(paths)
    names = tree.sorted(places, lambda place: name_of(place, 3))
    for number, (place, folder) in enumerate(zip(places, names), 1):
        _, acl, inside = tree.object(place, 3)
        demand(not folder or folder.rpartition("/")[0] in names, f"{folder} without its folder")
        folders["/" + folder if folder else ""] = rights(acl)
        inside = tree.array(inside)
        tree.sorted(inside, lambda entry: name_of(entry, 6))
        for position, entry in enumerate(inside, 1):
            name, acl, size, time, digest, target = tree.object(entry, 6)
            path = f"/{folder}/{tree.text(name).decode()}"
            times.add(tree.number(time))
            size, digest, target = tree.number(size), tree.text(digest), tree.text(target)
            if target:
                demand(target[:2] == b"\x00\xa0" and not digest, f"{path} is no link")
                files[path] = ("->", target[2:].decode())
                continue
            body = b""
            if size:
                demand(bodies, f"{path} is missing")
                body = bodies.pop(0)
                place_of = tuple(int.from_bytes(body[at:at + 4], "little") for at in (0, 4))
                demand(place_of == (number, position), f"{path} is at {place_of}")
                body = body[8:]
            demand(len(body) == size and hashlib.sha256(body).digest() == digest, f"{path} differs")
            files[path] = (rights(acl), body)
    demand(not bodies, "more files than are named")
    scripts = {name: tree.text(text).decode()
               for name, text in zip(SCRIPTS, tree.object(scripts, len(SCRIPTS))) if text}
    fields["digest"] = hashlib.sha256(tree.data).hexdigest()
    return Package(fields, files, folders, scripts, times)


def read_adb(data):
    """The packages of an index of apk."""
    found = blocks(data, b"indx")
    demand(len([kind for kind, _ in found if kind == 2]) == 0, "an index with files")
    tree = Tree(found[0][1])
    _, packages, _ = tree.object(tree.root, 3)
    return [tree.info(package) for package in tree.array(packages)]


def read_packages(text):
    """The packages of an index of opkg."""
    return [stanza(part) for part in text.split("\n\n")]
