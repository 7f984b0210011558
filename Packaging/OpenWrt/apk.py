"""Packages of apk-tools 3 and their index, by its description of the format, `man 5 apk-v3`.

A file is blocks. The first is a tree of objects, arrays, byte strings and numbers; a value is a
word with a kind above and an offset or a small number below. Signatures of that block may follow;
then, in a package, one block for each file that is not empty.
"""
import hashlib
import pathlib
import subprocess

from contents import deflated, folders, size
from release import Refusal

PACKAGE, INDEX = b"pckg", b"indx"
TREE, SIGNATURE, DATA = range(3)
NUMBER, NUMBER_32, NUMBER_64 = 0x1, 0x2, 0x3
BYTES_8, BYTES_16, BYTES_32 = 0x8, 0x9, 0xA
ARRAY, OBJECT = 0xD, 0xE
NOTHING = 0
# Which field of what is described by `man 5 apk-package` has which number.
INFO = {name: number for number, name in enumerate(
    ("name", "version", "hashes", "description", "arch", "license", "origin", "maintainer", "url",
     "repo-commit", "build-time", "installed-size", "file-size", "provider-priority", "depends",
     "provides", "replaces", "install-if", "recommends", "layer", "tags"), 1)}
SCRIPTS = {name: number for number, name in enumerate(
    ("trigger", "pre-install", "post-install", "pre-deinstall", "post-deinstall", "pre-upgrade",
     "post-upgrade"), 1)}
UNIQUE_SIZE = 20
LINK = 0o120000
SHA_512 = 4
# Where the key's own bits begin in the public key of a P-256 key, as it is written.
PRIME256V1 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


class Tree:
    """The first block. Equal values are stored once."""

    def __init__(self):
        self.data = bytearray(8)
        self.known = {}

    def place(self, data, alignment, once=True):
        """The offset of the bytes."""
        key = (bytes(data), alignment)
        if once and key in self.known:
            return self.known[key]
        self.data += bytes(-len(self.data) % alignment)
        offset = len(self.data)
        self.data += data
        if once:
            self.known[key] = offset
        return offset

    def number(self, value):
        if value < 1 << 28:
            return NUMBER << 28 | value
        if value < 1 << 32:
            return NUMBER_32 << 28 | self.place(value.to_bytes(4, "little"), 4)
        return NUMBER_64 << 28 | self.place(value.to_bytes(8, "little"), 4)

    def bytes(self, value, once=True):
        value = value.encode() if isinstance(value, str) else value
        if not value:
            return NOTHING
        kind, width = next(pair for pair in ((BYTES_8, 1), (BYTES_16, 2), (BYTES_32, 4))
                           if len(value) < 1 << 8 * pair[1])
        return kind << 28 | self.place(len(value).to_bytes(width, "little") + value, width, once)

    def _slots(self, kind, values):
        values = list(values)
        while values and values[-1] == NOTHING:
            values.pop()
        if not values:
            return NOTHING
        words = (len(values) + 1, *values)
        return kind << 28 | self.place(b"".join(word.to_bytes(4, "little") for word in words), 4)

    def object(self, fields):
        """Of values by number, from 1."""
        return self._slots(OBJECT, (fields.get(number, NOTHING)
                                    for number in range(1, max(fields, default=0) + 1)))

    def array(self, values):
        return self._slots(ARRAY, values)

    def finish(self, root):
        self.data[4:8] = root.to_bytes(4, "little")
        return self.data


def information(tree, fields, once=True):
    """The object that says what a package is. If not `once`, nothing else shares the bytes of its
    hashes, which are then to be changed."""
    values = {}
    for name, value in fields.items():
        if name == "depends":
            value = tree.array(tree.object({1: tree.bytes(other)}) for other in sorted(value))
        elif isinstance(value, int):
            value = tree.number(value)
        else:
            value = tree.bytes(value, name != "hashes" or once)
        values[INFO[name]] = value
    return tree.object(values)


def block(kind, data):
    return (kind << 30 | len(data) + 4).to_bytes(4, "little") + data + bytes(-(len(data) + 4) % 8)


def signature(key, schema, tree):
    """By a private key of the curve P-256, which is what OpenWrt makes."""
    def openssl(*words, **options):
        said = subprocess.run(["openssl", *words], capture_output=True, **options)
        if said.returncode != 0:
            raise Refusal(f"{key}: {said.stderr.decode(errors='replace').strip()}")
        return said.stdout

    public = openssl("pkey", "-in", str(key), "-pubout", "-outform", "DER")
    if not public.startswith(PRIME256V1):
        raise Refusal(f"{key} is not a key of the curve P-256: make one by `openssl ecparam "
                      "-name prime256v1 -genkey -noout -out FILE`")
    name = hashlib.sha512(public[len(PRIME256V1):]).digest()[:16]
    start = bytes((0, SHA_512)) + name
    signed = schema + start + hashlib.sha512(tree).digest()
    return start + openssl("dgst", "-sha512", "-sign", str(key), input=signed)


def written(schema, tree, key, blocks=()):
    """The whole file: compressed, signed if there is a key."""
    parts = [b"ADB." + schema, block(TREE, bytes(tree))]
    if key:
        parts.append(block(SIGNATURE, signature(key, schema, tree)))
    return b"ADBd" + deflated(b"".join((*parts, *blocks)))


def package(fields, entries, scripts, seconds, key=None):
    """The bytes of the package, and its fields as an index has them."""
    tree = Tree()

    def rights(mode):
        return tree.object({1: tree.number(mode), 2: tree.bytes("root"), 3: tree.bytes("root")})

    def stored(entry, name):
        values = {1: tree.bytes(name), 2: rights(entry.mode), 4: tree.number(seconds)}
        if entry.target is None:
            values[3] = tree.number(len(entry.data))
            values[5] = tree.bytes(hashlib.sha256(entry.data).digest())
        else:
            values[3] = tree.number(len(entry.target))
            values[6] = tree.bytes(LINK.to_bytes(2, "little") + entry.target.encode())
        return tree.object(values)

    inside = {folder: {} for folder in ("", *folders(entries))}
    for entry in entries:
        path = pathlib.PurePosixPath(entry.path)
        inside["" if str(path.parent) == "." else str(path.parent)][path.name] = entry
    places = []
    blocks = []
    for place, (folder, files) in enumerate(sorted(inside.items()), 1):
        files = sorted(files.items())
        places.append(tree.object({1: tree.bytes(folder), 2: rights(0o755), 3: tree.array(
            stored(entry, name) for name, entry in files)}))
        for number, (_, entry) in enumerate(files, 1):
            if entry.data:
                blocks.append(block(DATA, place.to_bytes(4, "little") +
                                    number.to_bytes(4, "little") + entry.data))
    fields = dict(fields, **{"installed-size": size(entries), "hashes": bytes(UNIQUE_SIZE)})
    info = information(tree, fields, once=False)
    paths = tree.array(places)
    actions = tree.object({SCRIPTS[name]: tree.bytes(text) for name, text in scripts.items()})
    data = tree.finish(tree.object({1: info, 2: paths, 3: actions}))
    # Its name among packages: what the tree hashes to while the name is not in it.
    slots = info & 0xFFFFFFF
    value = int.from_bytes(data[slots + 4 * INFO["hashes"]:][:4], "little")
    start = (value & 0xFFFFFFF) + 1
    data[start:start + UNIQUE_SIZE] = hashlib.sha256(data).digest()[:UNIQUE_SIZE]
    whole = written(PACKAGE, data, key, blocks)
    return whole, dict(fields, **{"hashes": hashlib.sha256(data).digest(),
                                  "file-size": len(whole)})


def index(packages, key=None):
    """`packages.adb` of a feed, of the fields of its packages."""
    tree = Tree()
    packages = sorted(packages, key=lambda fields: (fields["name"], fields["version"]))
    array = tree.array(information(tree, fields) for fields in packages)
    return written(INDEX, tree.finish(tree.object({2: array})), key)
