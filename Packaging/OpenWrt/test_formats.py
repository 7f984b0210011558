#!/usr/bin/env python3
"""The packages and feeds for OpenWrt, read by others than who wrote them.

usage: Packaging/OpenWrt/test_formats.py [--quick PLATFORM]

Tests what is in build/packages/openwrt; or, quick, what it makes of PLATFORM itself. The readers
are readers.py, GNU tar and openssl; and the real `apk` of apk-tools 3 and `opkg`, which Debian has
not, where APK and OPKG name them: with these, ours is put in place of a stand-in of the original's
package and back. The Makefile of the feed is read with stubs of OpenWrt's rules, and with the real
ones where OPENWRT names a clone of OpenWrt. Ends with `N passed, N failed, N skipped`.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "CrossCompile")]
import apk  # noqa: E402
import contents  # noqa: E402
import ipk  # noqa: E402
import platforms  # noqa: E402
import readers  # noqa: E402
from readers import Broken  # noqa: E402
from refusal import Refusal  # noqa: E402
from trial import Failed, Skip, command as run, expect  # noqa: E402

BUILD = HERE / "build"
PACKAGES = ROOT / "build" / "packages" / "openwrt"
TREE = HERE / "cjdns"
# Bytes of the larger of .ipk and .apk for mips_24kc: what it may have, and what is aimed at.
SIZES = {"sodium": (225_400, 200_000), "compact": (222_200, 150_000)}
# What is in the .apk alone.
LISTS = "/lib/apk/packages/"
ORIGINAL = {"usr/sbin/cjdroute": b"the original\n", "usr/bin/cjdrouteconf": b"of Lua\n",
            "usr/lib/lua/cjdns/uci.lua": b"of Lua, too\n"}
IDENTITY = "config cjdns 'cjdns'\n\toption private_key 'kept'\n"
PROGRAM = "/usr/sbin/cjdroute"
FUNCTIONS = """
default_postinst() { echo "postinst $pkgname ${PKG_UPGRADE:-0}" >> "$root/log"; }
default_prerm() { echo "prerm $pkgname ${PKG_UPGRADE:-0}" >> "$root/log"; }
"""

# In place of OpenWrt's rules.mk and include/package.mk.
RULES = """
INCLUDE_DIR:=$(TOPDIR)
CP:=cp -fpR
INSTALL_DIR:=install -d -m0755
INSTALL_BIN:=install -m0755
"""
STEPS = """
define BuildPackage
say:
	@echo $(PKG_NAME) $(PKG_VERSION) $(CJDNS_PLATFORM)
made:
	$(Build/Compile)
	$(call Package/$(1)/install,$(PKG_BUILD_DIR)/root)
endef
"""


class Feed:
    """A folder of an architecture, read."""

    def __init__(self, folder):
        self.folder, self.architecture = folder, folder.name
        self.ipk_path, self.apk_path = (next(folder.glob(f"*.{kind}"), None)
                                        for kind in ("ipk", "apk"))
        expect(self.ipk_path and self.apk_path, f"{folder} has not both packages")
        bill = json.loads(self.ipk_path.with_suffix(".spdx.json").read_text())
        comment = bill["packages"][0]["comment"]
        self.platform, self.crypto = re.search(
            r"of Platforms/(\S+) with cryptography '(\w+)'", comment).groups()
        self.ipk = readers.read_ipk(self.ipk_path)
        self.apk = readers.read_apk(self.apk_path.read_bytes())


class Feeds:
    def __init__(self, folder, scratch, names):
        self.folder, self.scratch, self.names = folder, scratch, names
        self.all = [Feed(path) for path in sorted(folder.iterdir()) if path.is_dir()]
        expect(self.all, f"{folder} has no packages")

    def here(self):
        """The one whose programs run on this machine; else any."""
        machine = os.uname().machine
        return next((feed for feed in self.all if feed.platform == machine), self.all[0])


def each_architecture_has_a_feed(feeds):
    """Of those of the platforms that are packaged."""
    wanted = {architecture for name in feeds.names
              for architecture in platforms.Platform(name)["openwrt"].split()}
    found = {feed.architecture for feed in feeds.all}
    expect(found == wanted, f"missing: {wanted - found}; of no platform: {found - wanted}")
    for feed in feeds.all:
        for name in (feed.ipk.fields["Architecture"], feed.apk.fields["arch"]):
            expect(name == feed.architecture, f"{name} in {feed.folder}")
        expect(feed.architecture in platforms.Platform(feed.platform)["openwrt"].split(),
               f"{feed.architecture} is not of {feed.platform}")
    return f"{len(found)} architectures of {len(feeds.names)} platforms"


def both_kinds_have_what_is_to_be_installed(feeds):
    scripts = {path.name: path.read_text() for path in (TREE / "control").iterdir()}
    for feed in feeds.all:
        executable = ROOT / "build" / feed.platform / feed.crypto / "cjdroute"
        expected = {PROGRAM: (0o755, executable.read_bytes())}
        for path in (TREE / "files").rglob("*"):
            name = f"/{path.relative_to(TREE / 'files')}"
            if path.is_symlink():
                expected[name] = ("->", os.readlink(path))
            elif path.is_file():
                mode = 0o755 if os.access(path, os.X_OK) else 0o644
                expected[name] = (0o600 if name.startswith("/etc/config/") else mode,
                                  path.read_bytes())
        names = sorted(expected)
        expect(feed.ipk.files == expected, f"{feed.ipk_path}: {sorted(feed.ipk.files)}")
        lists = {name: body for name, body in feed.apk.files.items() if name.startswith(LISTS)}
        rest = {name: body for name, body in feed.apk.files.items() if name not in lists}
        expect(rest == expected, f"{feed.apk_path}: {sorted(rest)}")
        expect(set(feed.ipk.folders.values()) | set(feed.apk.folders.values()) == {0o755},
               "a folder that is not open")
        expect(lists[f"{LISTS}cjdns.list"] == (0o644, "".join(
            f"{name}\n" for name in names).encode()), "another list of files")
        expect(lists[f"{LISTS}cjdns.conffiles"] == (0o644, scripts["conffiles"].encode()),
               "other files that are kept")
        for name, body in expected.items():
            if body[0] == "->":
                target = os.path.normpath(os.path.join(os.path.dirname(name), body[1]))
                expect(target in expected, f"{name} leads to {target}")


def they_say_what_they_are(feeds):
    for feed in feeds.all:
        opkg, other = feed.ipk.fields, feed.apk.fields
        expect((opkg["Package"], other["name"]) == ("cjdns", "cjdns"), "the name")
        expect((opkg["Depends"], other["depends"]) == ("kmod-tun", ["kmod-tun"]), "what it needs")
        expect(opkg["Description"] == other["description"], "two descriptions")
        epoch, _, number = opkg["Version"].partition(":")
        expect(epoch == "1", "the original's package would be newer")
        expect(number == other["version"] or number.replace("~", "_pre").replace(".", "") ==
               other["version"].replace(".", ""), f"{number} and {other['version']}")
        expect(re.fullmatch(r"\d+(\.\d+)+(_pre\d+)?(-r\d+)?", other["version"]), other["version"])
        expect(feed.ipk_path.name == f"cjdns_{number}_{feed.architecture}.ipk", feed.ipk_path)
        expect(feed.apk_path.name == f"cjdns-{other['version']}.apk", feed.apk_path)
        for package, size in ((feed.ipk, int(opkg["Installed-Size"])),
                              (feed.apk, other["installed-size"])):
            real = sum(len(body) for kind, body in package.files.values() if kind != "->")
            expect(size == real, f"{size} bytes are said to be installed, of {real}")
            expect(len(package.times) == 1, f"times {package.times}")


def the_scripts_are_those_of_the_tree(feeds):
    """As they are for opkg; for apk under its names, and one more that says it is an upgrade."""
    written = {path.name: path.read_text() for path in (TREE / "control").iterdir()}
    post, before = written["postinst"], written["prerm"]
    kept = written.pop("conffiles").split()
    for feed in feeds.all:
        inside = [f"{name}\n" for name in kept if name in feed.ipk.files]
        said = dict(feed.ipk.scripts)
        expect(said.pop("conffiles", "") == "".join(inside), "it is to keep what it has not")
        expect(said == written, f"{sorted(said)}")
        scripts = dict(feed.apk.scripts)
        upgrade = scripts.pop("post-upgrade")
        expect(upgrade.replace("export PKG_UPGRADE=1\n", "", 1) == post and upgrade != post,
               f"post-upgrade: {upgrade}")
        expect(upgrade.startswith("#!/bin/sh\nexport"), "it says so too late")
        names = {"post-install": post, "pre-deinstall": before}
        if "postrm" in written:
            names["post-deinstall"] = written["postrm"]
        expect(scripts == names, f"{sorted(scripts)}")


def the_indexes_name_the_packages(feeds):
    for feed in feeds.all:
        text = (feed.folder / "Packages").read_text()
        expect(run("gzip", "-dc", feed.folder / "Packages.gz") == text, "Packages.gz is another")
        packages = readers.read_packages(text)
        data = feed.ipk_path.read_bytes()
        expect(packages == [dict(
            feed.ipk.fields, Filename=feed.ipk_path.name, Size=str(len(data)),
            SHA256sum=hashlib.sha256(data).hexdigest())], f"{packages}")
        expect(text.splitlines()[-1].startswith("Description: "), "the description is not last")
        index = readers.read_adb((feed.folder / "packages.adb").read_bytes())
        fields = dict(feed.apk.fields)
        fields["hashes"] = fields.pop("digest")
        expect(index == [dict(fields, **{"file-size": feed.apk_path.stat().st_size})], f"{index}")


def sums_and_bills_are_right(feeds):
    run("sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS", cwd=feeds.folder)
    named = {line.split()[1] for line in (feeds.folder / "SHA256SUMS").read_text().splitlines()}
    there = {path.relative_to(feeds.folder).as_posix() for path in feeds.folder.glob("*/*")}
    expect(named == there, f"in one alone: {named ^ there}")
    for feed in feeds.all:
        for path, version in ((feed.ipk_path, feed.ipk.fields["Version"]),
                              (feed.apk_path, feed.apk.fields["version"])):
            bill = json.loads(path.with_suffix(".spdx.json").read_text())
            package = next(part for part in bill["packages"]
                           if part["SPDXID"] == "SPDXRef-Package")
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            expect(package["checksums"][0]["checksumValue"] == digest, f"the bill of {path}")
            expect((package["versionInfo"], package["packageFileName"]) == (version, path.name),
                   f"the bill of {path}: {package}")
            inside = {file["fileName"]: file["checksums"] for file in bill["files"]}
            executable = hashlib.sha256(feed.ipk.files[PROGRAM][1]).hexdigest()
            expect(inside[f".{PROGRAM}"][1]["checksumValue"] == executable, "another executable")


def the_programs_run(feeds):
    """As they are unpacked, by emulation where it has to be: each platform once."""
    ran = {}
    for feed in feeds.all:
        if feed.platform in ran:
            continue
        program = feeds.scratch / f"cjdroute-{feed.platform}"
        program.write_bytes(feed.ipk.files[PROGRAM][1])
        program.chmod(0o755)
        said = run(*platforms.Platform(feed.platform).emulator, program, "--version")
        expect("cjdns" in said.lower() or "version" in said.lower(), f"{feed.platform}: {said}")
        ran[feed.platform] = said
    return f"{len(ran)} platforms"


def the_same_commit_gives_the_same_bytes(feeds):
    """From another folder, by somebody with another umask, language and time zone."""
    feed = feeds.here()
    elsewhere = feeds.scratch / "of another length"
    environment = dict(os.environ, LC_ALL="C", TZ="Asia/Tokyo", HOME="/")
    epoch = feed.ipk.fields["SourceDateEpoch"]
    environment["SOURCE_DATE_EPOCH"] = epoch
    run(BUILD, "--crypto", feed.crypto, "--into", elsewhere, feed.platform, env=environment,
        umask=0o077)
    names = {path.name for path in feed.folder.iterdir()}
    again = elsewhere / feed.architecture
    expect(names == {path.name for path in again.iterdir()}, f"other names than {names}")
    for name in sorted(names):
        expect((feed.folder / name).read_bytes() == (again / name).read_bytes(),
               f"{name} is another one in another folder")


def damage_is_noticed(feeds):
    """By the readers of these tests, or they would prove nothing."""
    feed = feeds.here()
    files = {path: path.read_bytes() for path in (feed.ipk_path, feed.apk_path)}
    copy = feeds.scratch / "damaged"
    unnoticed = 0
    for path, whole in files.items():
        for place in range(40, len(whole), len(whole) // 12):
            damaged = bytearray(whole)
            damaged[place] ^= 0x10
            try:
                if path is feed.ipk_path:
                    copy.write_bytes(damaged)
                    same = readers.read_ipk(copy) == feed.ipk
                else:
                    same = readers.read_apk(bytes(damaged)) == feed.apk
                unnoticed += same
            except (Broken, subprocess.CalledProcessError, ValueError, readers.zlib.error, KeyError,
                    IndexError, OSError):
                pass
    expect(unnoticed == 0, f"{unnoticed} damaged packages read like whole ones")


def signatures_are_what_apk_and_usign_ask_for(feeds):
    """What is signed is put together here once more; openssl and signify say whether it holds."""
    feed = feeds.here()
    folder = feeds.scratch / "signed"
    folder.mkdir()
    key, public = folder / "key.pem", folder / "key.pub"
    run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    run("openssl", "ec", "-in", key, "-pubout", "-out", public)
    words = [BUILD, "--crypto", feed.crypto, "--into", folder / "out", "--apk-key", key]
    signify = shutil.which("signify-openbsd")
    if signify:
        run(signify, "-G", "-n", "-s", folder / "opkg.sec", "-p", folder / "opkg.pub")
        words += ["--opkg-key", folder / "opkg.sec"]
    run(*words, feed.platform)
    made = folder / "out" / feed.architecture
    point = re.search(r"(?s)pub:(.*?)ASN1", run("openssl", "ec", "-in", key, "-text", "-noout"))[1]
    name = hashlib.sha512(bytes.fromhex(re.sub(r"[\s:]", "", point))).digest()[:16]
    for path, schema in ((next(made.glob("*.apk")), b"pckg"), (made / "packages.adb", b"indx")):
        (_, tree), (kind, signature), *_ = readers.blocks(path.read_bytes(), schema)
        expect(kind == 1 and signature[:18] == b"\x00\x04" + name, f"{path.name} is not signed")
        (folder / "signed").write_bytes(schema + signature[:18] + hashlib.sha512(tree).digest())
        (folder / "signature").write_bytes(signature[18:])
        run("openssl", "dgst", "-sha512", "-verify", public, "-signature", folder / "signature",
            folder / "signed")
    if signify:
        run(signify, "-V", "-p", folder / "opkg.pub", "-m", made / "Packages", "-x",
            made / "Packages.sig")
    rsa = folder / "rsa.pem"
    run("openssl", "genrsa", "-out", rsa, "1024")
    said = run(BUILD, "--crypto", feed.crypto, "--into", folder / "not", "--apk-key", rsa,
               feed.platform, status=1)
    expect("P-256" in said, f"an RSA key: {said}")
    if not signify:
        raise Skip("the index of opkg needs signify-openbsd")


def the_sizes_are_what_is_promised(feeds):
    """For the smallest routers, with each cryptography that is built."""
    said = []
    for crypto, (most, aim) in SIZES.items():
        if not (ROOT / "build" / "mips_24kc" / crypto / "cjdroute").is_file():
            continue
        folder = feeds.scratch / f"size-{crypto}"
        run(BUILD, "--crypto", crypto, "--into", folder, "mips_24kc")
        size = max(path.stat().st_size for kind in ("ipk", "apk")
                   for path in folder.glob(f"*/*.{kind}"))
        expect(size <= most, f"{size:,} bytes with {crypto}, of {most:,}")
        missed = f", {size - aim:,} more than the {aim:,} aimed at" if size > aim else ""
        said.append(f"{crypto} {size:,} bytes{missed}")
    if not said:
        raise Skip("needs CrossCompile/build mips_24kc sodium cjdroute")
    return "mips_24kc: " + "; ".join(said)


def the_feed_builds_the_same(feeds):
    """By its Makefile, with stubs of OpenWrt's rules: version, platform, and what is installed."""
    stubs = feeds.scratch / "stubs"
    stubs.mkdir()
    (stubs / "rules.mk").write_text(RULES)
    (stubs / "package.mk").write_text(STEPS)
    make = ["make", "-s", "--no-print-directory", "-C", TREE, f"TOPDIR={stubs}"]
    for feed in feeds.all:
        said = run(*make, f"ARCH_PACKAGES={feed.architecture}", "say", "CONFIG_USE_APK=y")
        name, version, platform = said.split()
        expect((name, platform) == ("cjdns", feed.platform), f"{feed.architecture}: {said}")
    now = [run(BUILD, "--say", kind).strip() for kind in ("apk", "opkg")]
    older = run(*make, "ARCH_PACKAGES=x86_64", "say").split()[1]
    expect([version, older] == now, f"{version} and {older}, not {now}")
    said = run(*make, "ARCH_PACKAGES=mips_r4000", "made", f"PKG_BUILD_DIR={stubs}", status=2)
    expect("names mips_r4000" in said, f"an architecture that is of no platform: {said}")
    feed = feeds.here()
    program = stubs / "executable"
    program.write_bytes(feed.ipk.files[PROGRAM][1])
    run(*make, "made", f"ARCH_PACKAGES={feed.architecture}", f"PKG_BUILD_DIR={stubs}",
        f"CJDNS_EXECUTABLE={program}", umask=0o022)
    made = {}
    for path in (stubs / "root").rglob("*"):
        name = f"/{path.relative_to(stubs / 'root')}"
        if path.is_symlink():
            made[name] = ("->", os.readlink(path))
        elif path.is_file():
            made[name] = (0o755 if os.access(path, os.X_OK) else 0o644, path.read_bytes())
    modes = {name: (0o644, body[1]) if body[0] == 0o600 else body
             for name, body in feed.ipk.files.items()}
    expect(made == modes, f"the feed installs {sorted(made)}")


def the_real_buildroot_takes_the_feed(feeds):
    """Its scripts read what the package is."""
    clone = os.environ.get("OPENWRT")
    if not clone:
        raise Skip("needs a clone of OpenWrt, named by OPENWRT")
    said = run("make", "-s", "-r", "--no-print-directory", "-C", TREE, f"TOPDIR={clone}", "DUMP=1")
    fields = dict(re.findall(r"(?m)^([\w-]+): (.*)$", said))
    expect(fields["Package"] == "cjdns" and "+kmod-tun" in fields["Depends"].split() and
           "+libc" not in fields["Depends"].split(), said)
    expect(fields["Version"] == run(BUILD, "--say", "opkg").strip() + "-r1", said)


def box_of(feeds, name):
    """A root with a shell, and functions.sh that writes down what it is asked for."""
    shell = shutil.which("busybox")
    if not shell or os.geteuid():
        raise Skip("needs root and busybox-static")
    root = feeds.scratch / name
    for folder in ("bin", "lib", "etc/apk", "etc/config", "usr/lib/opkg", "var/lock", "tmp"):
        (root / folder).mkdir(parents=True)
    shutil.copy(shell, root / "bin" / "busybox")
    (root / "bin" / "sh").symlink_to("busybox")
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    (root / "etc" / "group").write_text("root:x:0:\n")
    (root / "lib" / "functions.sh").write_text(FUNCTIONS)
    (root / "etc" / "config" / "cjdns").write_text(IDENTITY)
    return root


def scripts_ran(root, *expected):
    """Since it was asked last."""
    path = root / "log"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    expect(lines == list(expected), f"ran: {lines}, not {list(expected)}")


def stand_ins():
    """The files of packages that others have made, and what is said of them: what ours needs, and
    the original."""
    for name, version, files in (("kmod-tun", "6.6.1-r1", {"lib/modules/tun.ko": b"a module"}),
                                 ("cjdns", "21.1-r6", ORIGINAL)):
        yield [contents.file(path, body, 0o755) for path, body in sorted(files.items())], {
            "name": name, "version": version, "description": "a stand-in", "arch": "noarch",
            "build-time": 1_700_000_000, "depends": ["kmod-tun"] if name == "cjdns" else []}


def is_ours(root, feed):
    program = root / PROGRAM[1:]
    expect((root / "etc/config/cjdns").read_text() == IDENTITY, "the identity is lost")
    expect(program.read_bytes() == feed.ipk.files[PROGRAM][1], "the program is not ours")
    for name, data in ORIGINAL.items():
        path = root / name
        expect(not path.exists() or path.read_bytes() != data, f"{name} of the original is left")
    expect(os.readlink(root / "usr/bin/publictoip6") == "../sbin/cjdroute", "publictoip6")


def is_original(root):
    expect((root / PROGRAM[1:]).read_bytes() == ORIGINAL[PROGRAM[1:]], "it is not the original")
    expect((root / "etc/config/cjdns").read_text() == IDENTITY, "the identity is lost")
    expect(not (root / "usr/bin/publictoip6").is_symlink(), "something of ours is left")


def is_gone(root):
    expect(not (root / PROGRAM[1:]).exists() and not (root / "usr/bin/publictoip6").is_symlink(),
           "something is left")
    expect((root / "etc/config/cjdns").read_text() == IDENTITY, "the identity is lost")


def the_real_apk_takes_them(feeds):
    """apk-tools 3: verify, ours over the original, upgrade, from a feed, back, remove."""
    program = os.environ.get("APK")
    if not program:
        raise Skip("needs apk of apk-tools 3, named by APK")
    for feed in feeds.all:
        run(program, "verify", "--allow-untrusted", feed.apk_path, feed.folder / "packages.adb")
    feed = feeds.here()
    root = box_of(feeds, "apk-root")
    key, keys, signed = (feeds.scratch / name for name in ("apk.pem", "apk-keys", "apk-signed"))
    keys.mkdir()
    run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    run(BUILD, "--crypto", feed.crypto, "--into", signed, "--apk-key", key, feed.platform)
    paths = [path for kind in ("*.apk", "*.adb")
             for path in (signed / feed.architecture).glob(kind)]
    expect("UNTRUSTED" in run(program, "--keys-dir", keys, "verify", *paths, status=None).upper(),
           "it trusts any key")
    run("openssl", "ec", "-in", key, "-pubout", "-out", keys / "owner.pem")
    run(program, "--keys-dir", keys, "verify", *paths)
    others = feeds.scratch / "apk-others"
    others.mkdir()
    index = []
    for entries, fields in stand_ins():
        data, fields = apk.package(fields, entries, {}, 1_700_000_000)
        (others / f"{fields['name']}-{fields['version']}.apk").write_bytes(data)
        index.append(fields)
    (others / "packages.adb").write_bytes(apk.index(index))
    (root / "etc/apk/arch").write_text(f"{feed.architecture}\n")
    repositories = root / "etc/apk/repositories"
    repositories.write_text(f"{others}/packages.adb\n")

    def manage(*words):
        return run(program, "--root", root, "--allow-untrusted", "--no-network", "--no-logfile",
                   *words)

    newer = feeds.scratch / "apk-newer"
    run(BUILD, "--crypto", feed.crypto, "--version", "0.9.9", "--into", newer, feed.platform)
    manage("add", "--initdb", "cjdns")
    is_original(root)
    manage("add", feed.apk_path)
    is_ours(root, feed)
    scripts_ran(root, "postinst cjdns 1")
    manage("add", newer / feed.architecture / "cjdns-0.9.9.apk")
    expect("0.9.9" in manage("list", "-I", "cjdns"), "it is not upgraded")
    scripts_ran(root, "postinst cjdns 1")
    manage("add", "cjdns=21.1-r6")
    is_original(root)
    manage("del", "cjdns")
    scripts_ran(root)
    with open(repositories, "a") as file:
        print(f"@cjdns {feed.folder}/packages.adb", file=file)
    manage("add", "cjdns@cjdns")
    is_ours(root, feed)
    scripts_ran(root, "postinst cjdns 0")
    manage("upgrade")
    is_ours(root, feed)
    expect(not manage("audit", "--packages").strip(), "apk finds changed files")
    manage("del", "cjdns")
    scripts_ran(root, "prerm cjdns 0")
    is_gone(root)
    return run(program, "--version").strip()


def the_real_opkg_takes_them(feeds):
    """opkg: ours over the original from a feed, back, remove."""
    program = os.environ.get("OPKG")
    if not program:
        raise Skip("needs opkg of OpenWrt, named by OPKG")
    feed = feeds.here()
    root = box_of(feeds, "opkg-root")
    others = feeds.scratch / "opkg-others"
    others.mkdir()
    index = []
    for entries, said in stand_ins():
        name, version = said["name"], said["version"]
        fields = {"Package": name, "Version": version, "Depends": ", ".join(said["depends"]),
                  "Architecture": "all", "Description": said["description"]}
        data, fields = ipk.package(fields, entries, {}, [], 1_700_000_000)
        path = others / f"{name}_{version}_all.ipk"
        path.write_bytes(data)
        index.append((fields, path.name, data))
    text = ipk.index(index)
    (others / "Packages.gz").write_bytes(ipk.gzip(text))
    conf = feeds.scratch / "opkg.conf"

    def manage(*words, feed_of=others):
        conf.write_text(f"dest root /\nlists_dir ext /var/opkg-lists\narch all 1\n"
                        f"arch {feed.architecture} 10\nsrc/gz one file://{feed_of}\n"
                        f"src/gz modules file://{others}\n")
        shutil.rmtree(root / "var/opkg-lists", ignore_errors=True)
        options = ("-f", conf, "--offline-root", root, "--force-postinstall")
        environment = dict(os.environ, TMPDIR=str(feeds.scratch), IPKG_INSTROOT=str(root))
        run(program, *options, "update", env=environment)
        return run(program, *options, *words, env=environment)

    manage("install", "cjdns")
    is_original(root)
    manage("install", feed.ipk_path)
    is_ours(root, feed)
    scripts_ran(root, "postinst cjdns 1")
    manage("install", "--force-downgrade", others / "cjdns_21.1-r6_all.ipk")
    is_original(root)
    scripts_ran(root, "prerm cjdns 1")
    manage("remove", "cjdns")
    manage("install", "cjdns", feed_of=feed.folder)
    is_ours(root, feed)
    scripts_ran(root, "postinst cjdns 0")
    said = manage("info", "cjdns")
    expect("kmod-tun" in said, f"opkg says: {said}")
    manage("remove", "cjdns")
    scripts_ran(root, "prerm cjdns 0")
    is_gone(root)


TESTS = (each_architecture_has_a_feed, both_kinds_have_what_is_to_be_installed,
         they_say_what_they_are, the_scripts_are_those_of_the_tree, the_indexes_name_the_packages,
         sums_and_bills_are_right, the_programs_run, the_same_commit_gives_the_same_bytes,
         damage_is_noticed, signatures_are_what_apk_and_usign_ask_for,
         the_sizes_are_what_is_promised, the_feed_builds_the_same,
         the_real_buildroot_takes_the_feed, the_real_apk_takes_them, the_real_opkg_takes_them)


def feeds_of(words, scratch):
    """What is tested."""
    if words:
        _, platform = words
        run(BUILD, "--into", scratch / "feeds", platform)
        return Feeds(scratch / "feeds", scratch, [platform])
    if not PACKAGES.is_dir():
        raise Skip("there are no packages: run Packaging/packages openwrt")
    feeds = Feeds(PACKAGES, scratch, [])
    feeds.names = sorted({feed.platform for feed in feeds.all})
    return feeds


def main(*words):
    passed = failed = skipped = 0
    # Of the `make` that may run this.
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="cjdns-openwrt-") as folder:
        scratch = pathlib.Path(folder)
        scratch.chmod(0o755)
        try:
            feeds = feeds_of(words, scratch)
        except Skip as why:
            print(f"skipped: {why}")
            return 77
        for test in TESTS:
            name = test.__name__.replace("_", " ")
            try:
                note = test(feeds)
            except Skip as why:
                skipped += 1
                print(f"skipped {name}: {why}", flush=True)
            except (Failed, Broken, Refusal, OSError, KeyError, ValueError, TypeError, IndexError,
                    StopIteration, subprocess.CalledProcessError) as why:
                failed += 1
                print(f"FAILED {name}: {type(why).__name__}: {why}", flush=True)
            else:
                passed += 1
                print(f"passed {name}" + (f": {note}" if note else ""), flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return failed > 0


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv[1:]):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
