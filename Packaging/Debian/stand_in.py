"""A package that has the name and the places of the original's, to be swapped with ours: a shell
script that takes a configuration and stays, no part of the original."""
import subprocess

FILES = {
    "/usr/bin/cjdroute": (0o755, """#!/bin/sh
case $1 in
--version) echo 'Cjdns version: stand-in' ;;
--genconf) echo '{ "privateKey": "" }' ;;
*) cat >/run/original.conf && exec sleep 1000000 ;;
esac
"""),
    "/lib/systemd/system/cjdns.service": (0o644, """[Unit]
Description=Stand-in for the original
After=network-pre.target
Before=network.target

[Service]
ExecStartPre=-/bin/sh -c 'ip -6 route add blackhole fc00::/8 metric 500'
ExecStart=/bin/sh -c 'exec cjdroute --nobg < /etc/cjdroute.conf'
Restart=always

[Install]
WantedBy=multi-user.target
Also=cjdns-resume.service
"""),
    "/lib/systemd/system/cjdns-resume.service": (0o644, """[Unit]
Description=Stand-in for the original, after sleep
After=sleep.target

[Service]
Type=oneshot
ExecStart=/bin/systemctl restart cjdns

[Install]
WantedBy=sleep.target
"""),
    "/usr/lib/cjdns/peerStats": (0o755, "#!/bin/sh\n"),
    "/usr/share/cjdns/cjdnsadmin/cjdnsadmin.py": (0o644, "\n"),
    "/etc/init/cjdns.conf": (0o644, "# for Upstart\n"),
    "/DEBIAN/conffiles": (0o644, "/etc/init/cjdns.conf\n"),
    "/DEBIAN/control": (0o644, """Package: cjdns
Version: 21.1
Architecture: amd64
Maintainer: a test <root@localhost>
Depends: systemd
Description: stand-in for the original
"""),
    # What debhelper made of a package with a unit.
    "/DEBIAN/postinst": (0o755, """#!/bin/sh
set -e
if [ "$1" = configure ]; then
  deb-systemd-helper enable cjdns.service >/dev/null || true
  systemctl daemon-reload
  if [ -n "$2" ]; then action=restart; else action=start; fi
  deb-systemd-invoke $action cjdns.service >/dev/null || true
fi
"""),
    "/DEBIAN/prerm": (0o755, """#!/bin/sh
set -e
if [ "$1" = remove ]; then deb-systemd-invoke stop cjdns.service >/dev/null || true; fi
"""),
}

# Keys of the original that mean nothing to ours.
EXTRA = '''{
  "pipe": "cjdroute.sock",
  "corePath": "/usr/bin/cjdroute",
'''


def configuration(text):
    """A file as the original's owners have them, with the identity of `text`."""
    text = text.replace("{\n", EXTRA, 1)
    return text.replace('{ "noforks": 1 }', '{ "noforks": 1 },\n    { "seccomp": 1 }', 1)


def build(folder):
    for name, (mode, text) in FILES.items():
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
    (folder / "usr/lib/cjdns/cjdnsadmin").symlink_to("/usr/share/cjdns/cjdnsadmin")
    package = folder.with_name("cjdns_21.1_amd64.deb")
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", folder, package], check=True,
                   capture_output=True)
    return package
