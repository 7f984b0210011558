"""Folders that are made once and kept: named after what went into them, so never stale."""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil

ROOT = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cjdns-swift"


def digest(*parts):
    """Sixteen hex digits that change with any of `parts`: bytes, text or the files of a path."""
    hashed = hashlib.sha256()
    for part in parts:
        if isinstance(part, pathlib.Path):
            files = sorted(part.rglob("*")) if part.is_dir() else [part]
            part = b"".join(file.read_bytes() for file in files if file.is_file())
        elif isinstance(part, str):
            part = part.encode()
        hashed.update(len(part).to_bytes(8, "big") + part)
    return hashed.hexdigest()[:16]


@contextlib.contextmanager
def lock(path):
    """Held by one process at a time; a second one waits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def folder(name, make):
    """The folder `name` of the cache. `make(path)` fills it if it does not exist; it appears only
    when complete, whoever else wants it meanwhile."""
    final = ROOT / name
    if final.is_dir():
        return final
    with lock(ROOT / "locks" / name):
        if not final.is_dir():
            partial = ROOT / "partial" / name
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            make(partial)
            partial.rename(final)
    return final
