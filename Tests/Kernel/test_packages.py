"""The Debian package of this machine, without installing it: what is in it, what lintian, systemd,
AppArmor, mandoc and ShellCheck say of it, the same bytes twice, and the script that makes the
configuration. And that for OpenWrt, as other programs read it. `make package-test` installs them.
"""
import gzip
import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Packaging"))
from trial import Failed, command as run, expect  # noqa: E402

DEBIAN = ROOT / "Packaging" / "Debian"
MACHINE = platform.machine()
TOOLS = {
    "debhelper": "dh", "dpkg-dev": "dpkg-buildpackage", "dh-apparmor": "dh_apparmor",
    "lintian": "lintian", "systemd": "systemd-analyze", "apparmor": "apparmor_parser",
    "mandoc": "mandoc", "shellcheck": "shellcheck", "bash": "bash", "zopfli": "zopfli",
}
SIZE_MAX = 300_000
# Of 10, where 10 is a service that may do anything.
EXPOSURE_MAX = {"cjdns": 2.0, "cjdns-genconf": 1.5}
CONTENTS = """
-rw-r--r-- ./etc/apparmor.d/cjdns
-rwxr-xr-x ./etc/init.d/cjdns
-rw-r--r-- ./lib/systemd/system/cjdns-genconf.service
-rw-r--r-- ./lib/systemd/system/cjdns.service
-rwxr-xr-x ./usr/bin/cjdroute
lrwxrwxrwx ./usr/bin/privatetopublic
lrwxrwxrwx ./usr/bin/publictoip6
-rwxr-xr-x ./usr/libexec/cjdns/genconf
-rw-r--r-- ./usr/lib/sysusers.d/cjdns.conf
-rw-r--r-- ./usr/share/bash-completion/completions/cjdroute
-rw-r--r-- ./usr/share/doc/cjdns/copyright
-rw-r--r-- ./usr/share/doc/cjdns/examples/cjdns.nft
-rw-r--r-- ./usr/share/man/man1/cjdroute.1.gz
-rw-r--r-- ./usr/share/man/man5/cjdroute.conf.5.gz
""".split("\n")[1:-1]
OLD = '{ "old": 1 }\n'


class Package:
    """The package, unpacked beside what systemd knows without it."""

    def __init__(self, folder):
        self.folder = folder
        run(DEBIAN / "build", "--into", folder / "one", MACHINE)
        self.path = next((folder / "one").glob("*.deb"))
        self.root = folder / "root"
        shutil.copytree("/lib/systemd/system", self.root / "lib/systemd/system", symlinks=True)
        run("dpkg-deb", "-x", self.path, self.root)
        run("dpkg-deb", "-e", self.path, folder / "control")
        self.cjdroute = self.root / "usr/bin/cjdroute"

    def manual(self, name):
        return gzip.decompress((self.root / "usr/share/man" / name).read_bytes()).decode()


def the_same_commit_gives_the_same_bytes(package):
    """From another folder, by somebody with another umask, language and time zone."""
    elsewhere = package.folder / "elsewhere" / "of another length"
    elsewhere.mkdir(parents=True)
    environment = dict(os.environ, TMPDIR=str(elsewhere), LC_ALL="C", TZ="Asia/Tokyo", HOME="/")
    run(DEBIAN / "build", "--into", package.folder / "two", MACHINE, env=environment, umask=0o077)
    names = sorted(path.name for path in (package.folder / "one").iterdir())
    expect(len(names) == 3, f"made: {names}")
    for name in names:
        one, two = ((package.folder / part / name).read_bytes() for part in ("one", "two"))
        expect(one == two, f"{name} is another one in another folder")


def it_has_what_it_should(package):
    listed = re.findall(r"(?m)^(\S{10}) \S+ +\d+ \S+ \S+ (\./[^\s]+)",
                        run("dpkg-deb", "-c", package.path))
    there = [f"{mode} {name}" for mode, name in listed]
    for line in CONTENTS:
        expect(line in there, f"there is no {line}; there are:\n" + "\n".join(there))
    expect(not any(name.startswith("./etc/cjdroute") for _, name in listed),
           "a configuration is in the package")
    owners = set(re.findall(r"(?m)^\S{10} (\S+)", run("dpkg-deb", "-c", package.path)))
    expect(owners == {"root/root"}, f"it has files of {owners}")
    conffiles = (package.folder / "control" / "conffiles").read_text().split()
    expect(sorted(conffiles) == ["/etc/apparmor.d/cjdns", "/etc/init.d/cjdns"], conffiles)
    made = ROOT / "build" / MACHINE / "sodium" / "cjdroute"
    expect(package.cjdroute.read_bytes() == made.read_bytes(), "it has another executable")
    size = package.path.stat().st_size
    expect(size <= SIZE_MAX, f"{size} bytes are more than {SIZE_MAX}")
    return f"{size} bytes"


def it_is_newer_than_the_original_and_older_than_the_release(package):
    version = run("dpkg-deb", "-f", package.path, "Version").strip()
    number = re.search(r"cjdns-swift-(\S+)", run(package.cjdroute, "--version"))[1]
    expect(version.startswith(f"1:{number}"), f"{version} is no version of {number}")
    for other in ("22.3", "2025.1-1"):
        run("dpkg", "--compare-versions", version, "gt", other)
    run("dpkg", "--compare-versions", version, "le", f"1:{number}")
    run("dpkg", "--compare-versions", version, "gt", "1:0.0.9")


def lintian_has_nothing_to_say(package):
    # Machine code may look like a word that is spelt wrong.
    said = run("lintian", "--pedantic", "--display-info", "--display-experimental",
               "--suppress-tags", "spelling-error-in-binary", "--allow-root",
               "--tag-display-limit", "0", package.path, status=None)
    said = "\n".join(line for line in said.splitlines() if re.match("[A-Z]: ", line))
    expect(not said, said)


def systemd_understands_and_confines_the_services(package):
    notes = []
    for name, limit in EXPOSURE_MAX.items():
        said = run("systemd-analyze", "verify", "--man=no", f"--root={package.root}",
                   f"{name}.service", status=None)
        said = "\n".join(line for line in said.splitlines() if "cjdns" in line)
        expect(not said, said)
        said = run("systemd-analyze", "security", "--offline=true", "--no-pager",
                   f"--root={package.root}", f"{name}.service")
        level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said)[1])
        expect(level <= limit, f"{name}: {level} is more than {limit}:\n{said}")
        notes.append(f"{name} {level}")
    return ", ".join(notes)


def apparmor_understands_the_profile(package):
    run("apparmor_parser", "--skip-kernel-load", "--skip-cache", "--skip-read-cache",
        package.root / "etc/apparmor.d/cjdns")


def the_scripts_are_portable(package):
    scripts = [package.root / "usr/libexec/cjdns/genconf", package.root / "etc/init.d/cjdns",
               *(DEBIAN / "debian").glob("cjdns.p*r*m*"), *(DEBIAN / "debian").glob("cjdns.post*")]
    run("shellcheck", "--shell=sh", *sorted(set(scripts)))
    run("shellcheck", "--shell=bash",
        package.root / "usr/share/bash-completion/completions/cjdroute")
    for script in scripts:
        run("sh", "-n", script)


def the_manual_tells_what_the_program_does(package):
    manual = package.manual("man1/cjdroute.1.gz").replace("Fl -", "--").replace("\\-", "-")
    for option in re.findall(r"(?m)^  (--[a-z-]+)", run(package.cjdroute, "--help")):
        expect(option in manual, f"cjdroute.1 does not tell of {option}")
    keys = package.manual("man5/cjdroute.conf.5.gz")
    text = (ROOT / "docs" / "configuration.md").read_text()
    text = text.split("## Keys")[1].split("## When something is wrong")[0]
    # Keys that have no effect, or are not there yet, are for configuration.md alone.
    rows = [row for row in re.findall(r"(?m)^\| (.*?) \|(.*)\|$", text)
            if not re.search("no effect|not supported|not needed|no longer", row[1])]
    names = {name.split(".")[-1] for cell, _ in rows
             for name in re.findall(r"`([A-Za-z.]+[A-Za-z0-9]*)`", cell)}
    expect(len(names) > 25, f"configuration.md has the keys {names}")
    for name in names - {"resetAfterInactivitySeconds", "pidFile", "corePath", "dns"}:
        expect(name in keys, f"cjdroute.conf.5 does not tell of {name}")
    for path in sorted((DEBIAN / "debian" / "man").iterdir()):
        said = run("mandoc", "-T", "lint", "-W", "warning", path, status=None)
        expect(not re.search(r": (WARNING|ERROR|UNSUPP)", said), said)


def bash_completes(package):
    script = package.root / "usr/share/bash-completion/completions/cjdroute"
    options = re.findall(r"(?m)^  (--[a-z-]+)", run(package.cjdroute, "--help"))
    said = run("bash", "-c", f'. "{script}"; COMP_WORDS=(cjdroute -); COMP_CWORD=1; _cjdroute; '
               'printf "%s\\n" "${COMPREPLY[@]}"').split()
    expect(set(options) <= set(said), f"of {options} it offers {said}")
    said = run("bash", "-c", f'. "{script}"; COMP_WORDS=(cjdroute --genconf ""); COMP_CWORD=2; '
               '_cjdroute; echo "${COMPREPLY[@]}"').split()
    expect(said == ["--eth"], said)


def the_bill_of_materials_is_right(package):
    bill = json.loads(package.path.with_suffix(".spdx.json").read_text())
    expect(bill["spdxVersion"] == "SPDX-2.3" and bill["dataLicense"] == "CC0-1.0", bill)
    parts = {part["SPDXID"]: part for part in bill["packages"]}
    digest = hashlib.sha256(package.path.read_bytes()).hexdigest()
    expect(parts["SPDXRef-Package"]["checksums"][0]["checksumValue"] == digest, "another package")
    library = re.search(r"libsodium (\S+)", run(package.cjdroute, "--version"))[1]
    expect(parts["SPDXRef-libsodium"]["versionInfo"] == library, "another libsodium")
    known = {*parts, *(file["SPDXID"] for file in bill["files"]), "SPDXRef-DOCUMENT"}
    for relation in bill["relationships"]:
        expect({relation["spdxElementId"], relation["relatedSpdxElement"]} <= known, relation)
    sums = (package.path.parent / "SHA256SUMS").read_text()
    expect(f"{digest}  {package.path.name}\n" in sums, sums)
    run("sha256sum", "--check", "--quiet", "SHA256SUMS", cwd=package.path.parent)


def the_configuration_is_made_once(package):
    """A new one for root alone; one that is there stays; nothing is left of what fails."""
    script = package.root / "usr/libexec/cjdns/genconf"
    folder = package.folder / "etc"
    folder.mkdir()
    conf = folder / "cjdroute.conf"
    environment = dict(os.environ, CJDROUTE=str(package.cjdroute))
    said = run(script, conf, env=environment, umask=0)
    expect(f"{conf.stat().st_mode & 0o7777:o}" == "600", f"its mode is {conf.stat().st_mode:o}")
    text = conf.read_text()
    clean = json.loads(run(package.cjdroute, "--cleanconf", input=text))
    expect(clean["ipv6"] in said, f"the address is not in '{said}'")
    expect(clean["stateFile"] == "/var/lib/cjdns/peers", "nothing is remembered")
    expect(not run(script, conf, env=environment) and conf.read_text() == text, "it was touched")
    conf.write_text(OLD)
    conf.chmod(0o644)
    run(script, conf, env=environment)
    expect(conf.read_text() == OLD and conf.stat().st_mode & 0o777 == 0o644, "it was touched")
    conf.write_text("")
    run(script, conf, env=environment)
    expect("privateKey" in conf.read_text(), "an empty file is not replaced")
    conf.unlink()
    conf.symlink_to(folder / "not" / "mounted")
    run(script, conf, env=environment, status=1)
    expect(conf.is_symlink(), "a link to what is not there was replaced")
    conf.unlink()
    for broken in ("false", "true"):
        said = run(script, conf, env=dict(environment, CJDROUTE=f"/bin/{broken}"), status=None)
        expect(broken == "true" or not conf.exists(), "a failing cjdroute left a file")
        conf.unlink(missing_ok=True)
    expect(not list(folder.iterdir()), f"left behind: {list(folder.iterdir())}")


def the_packages_for_openwrt_are_right(package):
    """As its own tests say, some of which need what Debian has not."""
    said = run(ROOT / "Packaging" / "OpenWrt" / "test_formats.py", "--quick", MACHINE)
    return said.splitlines()[-1]


def the_box_of_openwrt_is_right(package):
    """What needs no root of it."""
    said = run(ROOT / "Packaging" / "OpenWrt" / "test_box.py", "--quick")
    return said.splitlines()[-1]


TESTS = (it_has_what_it_should, it_is_newer_than_the_original_and_older_than_the_release,
         the_same_commit_gives_the_same_bytes, lintian_has_nothing_to_say,
         systemd_understands_and_confines_the_services, apparmor_understands_the_profile,
         the_scripts_are_portable, the_manual_tells_what_the_program_does, bash_completes,
         the_bill_of_materials_is_right, the_configuration_is_made_once,
         the_packages_for_openwrt_are_right, the_box_of_openwrt_is_right)


def main():
    missing = [name for name, program in TOOLS.items() if not shutil.which(program)]
    if missing:
        print(f"skipped: needs {' '.join(missing)}")
        return 77
    if not (ROOT / "build" / MACHINE / "sodium" / "cjdroute").is_file():
        print(f"skipped: needs CrossCompile/build {MACHINE} sodium cjdroute")
        return 77
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="cjdns-package-") as folder:
        package = Package(pathlib.Path(folder))
        for test in TESTS:
            name = test.__name__.replace("_", " ")
            try:
                note = test(package)
            except (Failed, OSError, KeyError, ValueError, TypeError, IndexError) as why:
                failed += 1
                print(f"FAILED {name}: {why}", flush=True)
            else:
                passed += 1
                print(f"passed {name}" + (f": {note}" if note else ""), flush=True)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
