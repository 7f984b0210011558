"""Packages of opkg and their index: an archive of archives, as tar and gzip understand them."""
import hashlib
import io
import tarfile
import zlib

from contents import SCRIPTS, Entry, deflated, file, folders, size

# No flags, no time, best compression, made on Unix.
GZIP_HEADER = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3))


def gzip(data):
    """The bytes depend on the data alone, not on time, name or the version of Python."""
    return (GZIP_HEADER + deflated(data) + zlib.crc32(data).to_bytes(4, "little") +
            len(data).to_bytes(4, "little"))


def archive(entries, seconds):
    """A tar file of root's, with all folders; entries without `data` and `target` are folders."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for entry in entries:
            header = tarfile.TarInfo("./" + entry.path if entry.path else ".")
            header.mode, header.mtime = entry.mode, seconds
            if entry.target is not None:
                header.type, header.linkname = tarfile.SYMTYPE, entry.target
            elif entry.data is None:
                header.type = tarfile.DIRTYPE
            else:
                header.size = len(entry.data)
            tar.addfile(header, io.BytesIO(entry.data or b""))
    return written.getvalue()


def with_folders(entries):
    places = [Entry(name, 0o755, None, None) for name in ("", *folders(entries))]
    return sorted([*places, *entries])


def control(fields):
    """`Name: value` lines; what has no value is left out."""
    return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


def package(fields, entries, scripts, conffiles, seconds):
    """The bytes of the package, and its fields as they stand in it."""
    data = gzip(archive(with_folders(entries), seconds))
    fields = dict(fields, **{"Installed-Size": str(size(entries))})
    about = [file("control", control(fields).encode())]
    if conffiles:
        about.append(file("conffiles", "".join(f"{name}\n" for name in conffiles).encode()))
    about += [file(name, scripts[name], 0o755) for name in SCRIPTS if name in scripts]
    outside = [file("debian-binary", b"2.0\n"), file("data.tar.gz", data),
               file("control.tar.gz", gzip(archive(with_folders(about), seconds)))]
    return gzip(archive(outside, seconds)), fields


def index(packages):
    """`Packages` of a feed, of (fields, name of the file, its bytes)."""
    parts = []
    for fields, name, data in packages:
        fields = dict(fields)
        description = fields.pop("Description")
        parts.append(control({**fields, "Filename": name, "Size": str(len(data)),
                              "SHA256sum": hashlib.sha256(data).hexdigest(),
                              "Description": description}))
    return "\n".join(parts).encode()
