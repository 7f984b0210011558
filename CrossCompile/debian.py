"""Debian packages, source and binary, from the mirrors and suites that this machine uses anyway.

apt runs with a configuration, lists and state of its own; nothing outside the cache is written.
"""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

import cache
from refusal import Refusal

CHECKSUMS = pathlib.Path(__file__).resolve().parent / "checksums"


def _pinned(package):
    """Name and SHA-256 of the upstream archive of a source package."""
    for line in CHECKSUMS.read_text().splitlines():
        checksum, name = line.split()
        if name.startswith(package + "_"):
            return name, checksum
    raise Refusal(f"CrossCompile/checksums does not name an archive of {package}")


def _write_configuration(folder, kind, *options):
    """The machine's own sources, asked for packages of a kind: deb or deb-src."""
    parts = folder / "sources"
    for name in ("sources", "lists/partial", "cache/archives/partial", "state"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "state" / "status").touch()
    etc = pathlib.Path("/etc/apt")
    for source in [etc / "sources.list", *(etc / "sources.list.d").glob("*")]:
        if not source.is_file():
            continue
        text = source.read_text()
        if source.suffix == ".sources":
            text = re.sub(r"(?mi)^Types:.*$", f"Types: {kind}", text)
        elif source.suffix == ".list":
            lines = (line for line in text.splitlines() if re.match(r"deb\s", line))
            text = "".join(re.sub(r"^deb\s", f"{kind} ", line) + "\n" for line in lines)
        else:
            continue
        (parts / source.name).write_text(text)
    (folder / "apt.conf").write_text(
        f'Dir::Etc::SourceList "{folder}/none";\n'
        f'Dir::Etc::SourceParts "{parts}";\n'
        f'Dir::State "{folder}/state";\n'
        f'Dir::State::Lists "{folder}/lists";\n'
        f'Dir::State::Status "{folder}/state/status";\n'
        f'Dir::Cache "{folder}/cache";\n'
        'APT::Sandbox::User "root";\n'
        + "".join(f"{option};\n" for option in options))


def _apt(folder, *commands):
    """Runs apt-get with the configuration in `folder`/apt; what it said."""
    environment = dict(os.environ, APT_CONFIG=str(folder / "apt" / "apt.conf"), LC_ALL="C")
    said = ""
    # A mirror without such packages fails the update; what counts is whether the archives come.
    for command in commands:
        result = subprocess.run(
            ["apt-get", "-q", *command], cwd=folder, env=environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said += result.stdout
    return said


def _download(package, name, checksum, folder):
    print(f"fetching the source of {package} from Debian", flush=True)
    _write_configuration(folder / "apt", "deb-src")
    said = _apt(folder, ["update"], ["source", "--download-only", "--tar-only", package])
    archive = folder / name
    if not archive.is_file():
        others = ", ".join(file.name for file in folder.glob("*.tar.*")) or "nothing"
        raise Refusal(f"{said}\napt delivered {others} where {name} is asked for: this machine's "
                      "Debian release or mirror has no such source (Debian 12 has)")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != checksum:
        raise Refusal(f"{name} has SHA-256 {found}, not {checksum} as pinned in "
                      "CrossCompile/checksums: it is not used. The mirror delivers something else")


def source(package):
    """The unpacked upstream source of a Debian source package."""
    name, checksum = _pinned(package)

    def fetch(folder):
        _download(package, name, checksum, folder)
        (folder / "source").mkdir()
        subprocess.run(["tar", "-xf", folder / name, "-C", folder / "source",
                        "--strip-components=1"], check=True)
        subprocess.run(["rm", "-r", folder / "apt"], check=True)

    return cache.folder(f"{package}-{checksum[:16]}", fetch) / "source"


def binaries(folder, architecture, *packages):
    """The archives of binary packages and of all that they depend on, below `folder`; nothing of
    them is installed."""
    if not shutil.which("apt-get"):
        raise Refusal(f"this machine has no apt-get to fetch {' '.join(packages)} with")
    print(f"fetching {', '.join(packages)} for {architecture} from Debian", flush=True)
    _write_configuration(
        folder / "apt", "deb", f'APT::Architecture "{architecture}"',
        f'APT::Architectures "{architecture}"', 'APT::Install-Recommends "false"',
        # Locks are for what is installed, and for root.
        'Debug::NoLocking "true"')
    said = _apt(folder, ["update"], ["install", "-y", "--download-only", *packages])
    archives = sorted((folder / "apt" / "cache" / "archives").glob("*.deb"))
    names = {archive.name.split("_")[0] for archive in archives}
    missing = [package for package in packages if package not in names]
    if missing:
        raise Refusal(f"{said}\napt did not deliver {' '.join(missing)}: they are needed once, so "
                      "this machine needs a way to a Debian mirror until then")
    return archives
