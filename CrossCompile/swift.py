"""The Swift package manager, driven for one platform: Embedded Swift, C and linking by Zig."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import cache
from refusal import Refusal

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / "CrossCompile" / "tools"
VERIFIED = "6.3"


def toolchain():
    """The folder of the Swift tools, refused if nobody has tried this version."""
    compiler = shutil.which("swiftc")
    if not compiler:
        raise Refusal(f"swiftc is not on the PATH: install Swift {VERIFIED} from swift.org")
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"Swift version ([\d.]+)", said)
    found = version.group(1) if version else "unknown"
    if not (found + ".").startswith(VERIFIED + ".") and not os.environ.get("SWIFT_UNVERIFIED"):
        raise Refusal(f"this is Swift {found}; appliance builds are verified with {VERIFIED} only. "
                      "Install that, or set SWIFT_UNVERIFIED=1 to try")
    return pathlib.Path(compiler).resolve().parent


def _folder(platform, crypto):
    return ROOT / "build" / platform.name / crypto


def stripped(product, platform, crypto):
    """What ships."""
    return _folder(platform, crypto) / product


def with_symbols(product, platform, crypto):
    """The same before it is stripped, to look into."""
    return _folder(platform, crypto) / "swift" / platform["swift_triple"] / "release" / product


def build(product, platform, crypto, zig, libraries):
    """Compiles, links and strips `product`."""
    folder = _folder(platform, crypto)
    with cache.lock(folder / "lock"):
        _build(product, platform, crypto, zig, libraries, folder)


def _build(product, platform, crypto, zig, libraries, folder):
    tools = toolchain()
    scratch = folder / "swift"
    # The package manager does not see that its tools have changed.
    kit = cache.digest(ROOT / "CrossCompile" / "start.c", TOOLS, zig.identity)
    stamp = folder / "kit"
    if not stamp.is_file() or stamp.read_text() != kit:
        shutil.rmtree(scratch, ignore_errors=True)
        stamp.write_text(kit)
    toolset = folder / "toolset.json"
    headers = [option for header in zig.system_headers()
               for option in ("-Xcc", "-isystem", "-Xcc", header)]
    toolset.write_text(json.dumps({
        "schemaVersion": "1.0",
        "swiftCompiler": {"extraCLIOptions": [
            "-tools-directory", str(TOOLS),
            "-Xfrontend", "-function-sections", "-Xfrontend", "-mergeable-traps",
            "-Xcc", "-fomit-frame-pointer",
            # Every index is checked; what the check of the stack adds is not worth its flash.
            "-Xfrontend", "-disable-stack-protector",
            *headers]},
    }))
    environment = dict(
        zig.environment(), CC=str(TOOLS / "clang"), KIT_CC=" ".join(map(str, zig.command())),
        PKG_CONFIG_PATH=":".join(str(library / "pkgconfig") for library in libraries))
    result = subprocess.run(
        ["swift", "build", "--configuration", "release", "--package-path", ROOT,
         "--scratch-path", scratch, "--traits", f"Appliance,{crypto.capitalize()}",
         "--triple", platform["swift_triple"], "--toolset", toolset,
         "-debug-info-format", "none", "--product", product], env=environment)
    if result.returncode != 0:
        raise Refusal(f"{product} for {platform.name} ({crypto}) does not compile, see above")
    partial = folder / f"{product}.partial"
    subprocess.run([tools / "llvm-objcopy", "--strip-all", "--remove-section=.swift_modhash",
                    with_symbols(product, platform, crypto), partial], check=True)
    partial.rename(stripped(product, platform, crypto))
