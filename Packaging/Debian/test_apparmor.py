"""The service under its AppArmor profile, which only a kernel with AppArmor can tell: one of
Debian, booted under QEMU with a Debian root in which the package is installed. Status 77: it cannot
run here, and the last line says why."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "Tests" / "Wifi")]
import system  # noqa: E402
from box import Boxes, need  # noqa: E402
from refusal import Refusal  # noqa: E402
from trial import Failed, Skip, finish  # noqa: E402

PACKAGES = ROOT / "build" / "packages" / "debian"
QEMU = "qemu-system-x86_64"
BOOT_SECONDS = 540
PACKAGES_INSIDE = "systemd,systemd-sysv,dbus,iproute2,procps,apparmor,kmod,iputils-ping"

# From the archive of the kernel's first file system to one of memory, which can be bound and moved.
INIT = """#!/bin/sh
mkdir /new
mount -t tmpfs -o mode=0755 root /new
for name in bin sbin lib lib32 lib64 libx32 etc usr var root opt srv home; do
  [ -e /$name ] && cp -a /$name /new/
done
mkdir /new/proc /new/sys /new/dev /new/run /new/tmp
exec switch_root /new /sbin/init
"""
MODULES = """[Unit]
Before=cjdns.service modprobe@tun.service
[Service]
Type=oneshot
ExecStart=/sbin/insmod /opt/tun
[Install]
RequiredBy=multi-user.target
"""
PROBE = """[Unit]
After=cjdns.service apparmor.service multi-user.target
[Service]
Type=oneshot
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
ExecStart=/opt/probe
TimeoutStartSec=400
[Install]
WantedBy=default.target
"""
# A state file, a link over Ethernet and a reload, so that what the profile allows is used.
SCRIPT = r"""#!/bin/sh
said() { sed 's/^/probe: /'; }
for turn in 1 2 3 4 5 6 7 8 9 10 11 12; do
  systemctl is-active --quiet cjdns && break
  sleep 5
done
sed -i 's/_disabled_ETH/ETH/' /etc/cjdroute.conf
sed -i 's|// "logTo"|"logTo"|' /etc/cjdroute.conf
systemctl restart cjdns
systemctl reload cjdns && echo reloaded | said
systemctl is-active cjdns | sed 's/^/service /' | said
cat /proc/$(systemctl show --value -p MainPID cjdns)/attr/current | said
ls /var/lib/cjdns | sed 's/^/state /' | said
ip -6 address show to fc00::/8 | grep inet6 | said
systemctl stop cjdns
journalctl -b -o cat -u cjdns -u cjdns-genconf | tail -n 40 | said
journalctl -b -o cat -t audit -t kernel | grep -E 'apparmor="(DENIED|ALLOWED)"' | grep cjd | said
echo end | said
systemctl poweroff --force --force
"""


def install(box, package):
    box.start()
    (box.path("/root") / package.name).write_bytes(package.read_bytes())
    box.run("apt-get", "-y", "-q", "install", f"/root/{package.name}")
    box.run("apt-get", "clean")
    box.stop()
    # The key is to be made under the profile, too.
    (box.root / "etc/cjdroute.conf").unlink()
    (box.root / "root" / package.name).unlink()
    shutil.rmtree(box.root / "var/lib/apt/lists", ignore_errors=True)
    shutil.rmtree(box.root / "usr/share/locale", ignore_errors=True)
    shutil.rmtree(box.root / "usr/share/doc", ignore_errors=True)


def prepare(box, kernel):
    system_folder = "/etc/systemd/system"
    box.write("/init", INIT, 0o755)
    box.write("/opt/probe", SCRIPT, 0o755)
    for name, text, target in (("modules", MODULES, "multi-user.target.requires"),
                               ("probe", PROBE, "graphical.target.wants")):
        box.write(f"{system_folder}/test-{name}.service", text)
        link = box.path(f"{system_folder}/{target}/test-{name}.service")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"{system_folder}/test-{name}.service")
    shutil.copy(kernel / "modules" / "tun", box.path("/opt/tun"))


def boot(folder, root, kernel):
    """What the probe said."""
    archive = folder / "initramfs"
    with open(archive, "wb") as file:
        names = subprocess.run(["find", ".", "-xdev", "-print0"], cwd=root, check=True,
                               capture_output=True).stdout
        subprocess.run(["cpio", "--null", "--create", "--quiet", "--format=newc"], cwd=root,
                       input=names, stdout=file, check=True)
    process = subprocess.Popen(
        [QEMU, "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
         "-m", "2048", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
         "-kernel", kernel / "vmlinux", "-initrd", archive, "-serial", "stdio", "-append",
         "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off apparmor=1 security=apparmor "
         "random.trust_cpu=on audit=1 systemd.show_status=0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said, _ = process.communicate(timeout=BOOT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    said = said.decode(errors="replace").replace("\r", "")
    lines = re.findall(r"(?m)^.*probe: (.*)$", said)
    if "end" not in lines:
        raise Failed(f"it did not come to an end in {BOOT_SECONDS} s:\n{said[-3000:]}")
    return lines


def judge(lines):
    text = "\n".join(lines)
    for what in ("service active", "reloaded", "cjdns (enforce)", "state peers"):
        if what not in lines:
            raise Failed(f"not '{what}':\n{text}")
    if not any(line.strip().startswith("inet6 fc") for line in lines):
        raise Failed(f"there is no address:\n{text}")
    if refused := [line for line in lines if "DENIED" in line]:
        raise Failed("refused:\n" + "\n".join(refused))


def main():
    need(QEMU, "cpio")
    package = next(PACKAGES.glob("cjdns_*_amd64.deb"), None)
    if not package:
        raise Skip("no package for amd64: Packaging/packages debian --platforms x86_64")
    try:
        kernel = system.kernel()
    except Refusal as why:
        raise Skip(str(why)) from why
    with Boxes() as boxes:
        box = boxes.box("m", packages=PACKAGES_INSIDE)
        install(box, package)
        prepare(box, kernel)
        try:
            lines = boot(boxes.folder, box.root, kernel)
            if os.environ.get("VERBOSE"):
                print("\n".join(lines))
            judge(lines)
        except Failed as why:
            print(f"FAILED the service under its AppArmor profile: {why}")
            return 1
    print("passed the service runs under its AppArmor profile, which refuses it nothing")
    return 0


if __name__ == "__main__":
    finish(main)
