"""What a package for OpenWrt holds: files and links, whatever the format."""
import collections
import os
import pathlib
import subprocess
import tempfile

from release import Refusal

# `data` of a file, `target` of a link; the path has no slash in front.
Entry = collections.namedtuple("Entry", "path mode data target")

EXECUTABLE = "usr/sbin/cjdroute"
# What has keys in it is for root alone.
PRIVATE = "etc/config/"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")


def file(path, data, mode=0o644):
    return Entry(path, mode, data, None)


def link(path, target):
    return Entry(path, 0o777, None, target)


def contents(tree, executable):
    """All files and links, by name. Of the modes on the disk x counts alone: git keeps no more."""
    entries = [file(EXECUTABLE, executable, 0o755)]
    for path in sorted(tree.rglob("*")):
        name = path.relative_to(tree).as_posix()
        if path.is_symlink():
            entries.append(link(name, os.readlink(path)))
        elif path.is_file():
            mode = 0o600 if name.startswith(PRIVATE) else \
                0o755 if os.access(path, os.X_OK) else 0o644
            entries.append(file(name, path.read_bytes(), mode))
    entries.sort()
    for one, other in zip(entries, entries[1:]):
        if one.path == other.path:
            raise Refusal(f"{tree} has a /{one.path}, which the package makes itself")
    return entries


def folders(entries):
    """All folders above the entries, by name, without the root."""
    return sorted({str(parent) for entry in entries
                   for parent in pathlib.PurePosixPath(entry.path).parents} - {"."})


def size(entries):
    return sum(len(entry.data or b"") for entry in entries)


def deflated(data):
    """As small as what opkg and apk can read will be: zopfli looks for the shortest stream."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            return subprocess.run(["zopfli", "--deflate", "--i5", "-c", file.name], check=True,
                                  capture_output=True).stdout
        except FileNotFoundError:
            raise Refusal("zopfli is missing: `make packages` installs it") from None
