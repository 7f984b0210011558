"""What a package says of the commit it is made of: one place for every kind of package."""
import collections
import datetime
import os
import pathlib
import re
import subprocess
import textwrap

# More than any version of the original's package: installing ours over it is an upgrade.
EPOCH = 1
ROOT = pathlib.Path(__file__).resolve().parent.parent
Release = collections.namedtuple("Release", "version released date commit changes")


class Refusal(Exception):
    """A package cannot be made; the text says why."""


def _git(*words):
    said = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    return said.stdout.strip() if said.returncode == 0 else ""


def _changes(text):
    """The points of the newest part of CHANGELOG.md, each as one line of plain text."""
    part = re.split(r"(?m)^## .*$", text)[1]
    points = re.split(r"(?m)^- ", part)[1:]
    return [" ".join(re.sub(r"[*`]", "", point.split("\n\n")[0]).split()) for point in points]


def release():
    """The version by the first heading of CHANGELOG.md: `## 0.1.0 …`, or `## Unreleased (0.1.0)`.

    The date is SOURCE_DATE_EPOCH if that is set, else that of the commit."""
    text = (ROOT / "CHANGELOG.md").read_text()
    heading = re.search(r"(?m)^## (Unreleased \()?(\d+(?:\.\d+)+)", text)
    if not heading:
        raise Refusal("the first heading of CHANGELOG.md names no version: write "
                      "`## Unreleased (1.2.3)` or `## 1.2.3`")
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct")
    if not seconds:
        raise Refusal("this is no clone of a repository, so nothing tells its date: set "
                      "SOURCE_DATE_EPOCH to its seconds since 1970")
    date = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    return Release(heading[2], not heading[1], date, _git("rev-parse", "HEAD"), _changes(text))


def version(now):
    """As Debian and opkg sort it: a build between two releases is older than the release to come,
    and newer than those of commits before it."""
    return now.version if now.released else f"{now.version}~{now.date:%Y%m%d.%H%M%S}"


def apk_version(now):
    """What apk sorts as Debian and opkg sort `version`."""
    return now.version if now.released else f"{now.version}_pre{now.date:%Y%m%d%H%M%S}"


def maintainer():
    control = (ROOT / "Packaging" / "Debian" / "debian" / "control").read_text()
    return re.search(r"(?m)^Maintainer: (.*)$", control)[1]


def wrapped(text, width=76, first="  * ", rest="    "):
    return "\n".join(textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest,
                                   break_long_words=False, break_on_hyphens=False))
