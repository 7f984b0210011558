"""The Swift package manager, driven for one platform."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import cache
from refusal import Refusal
from toolchain import Clang, toolchain

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / "CrossCompile" / "tools"


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


def _modules(platform, tools):
    """A folder with Embedded Swift's standard library for the proxy target.

    The toolchain's modules hold serialized code of no processor, and record their target once, as
    text: with another text of that length they serve another target of that word size."""
    base, proxy = platform["stdlib"], platform["swift_triple"]
    embedded = tools.parent / "lib" / "swift" / "embedded"
    names = ("Swift", "_Builtin_float", "_Volatile", "Synchronization")

    def make(folder):
        for name in names:
            data = (embedded / f"{name}.swiftmodule" / f"{base}.swiftmodule").read_bytes()
            if len(base) != len(proxy) or data.count(base.encode()) != 1:
                raise Refusal(f"{name} of this toolchain cannot be made to serve {proxy}")
            (folder / f"{name}.swiftmodule").mkdir()
            (folder / f"{name}.swiftmodule" / f"{proxy}.swiftmodule").write_bytes(
                data.replace(base.encode(), proxy.encode()))

    key = cache.digest(*(embedded / f"{name}.swiftmodule" / f"{base}.swiftmodule"
                         for name in names), proxy)
    return cache.folder(f"modules-{proxy}-{key}", make)


def _target(platform, tools, folder):
    """A file that tells the frontend of the real target, and the linker's options for it: what
    clang says of both."""
    ir = subprocess.run(
        [tools / "clang", *platform["clang"].split(), "-O2", "-S", "-emit-llvm", "-x", "c", "-",
         "-o", "-"], input="void probe(void) {}", capture_output=True, text=True, check=True).stdout
    path = folder / "target.ll"
    path.write_text(ir)
    said = dict(re.findall('"(target-[a-z]+)"="(.*?)"', ir))
    options = [f"-plugin-opt=mcpu={said['target-cpu']}"]
    if "target-features" in said:
        options += ["-mllvm", f"-mattr={said['target-features']}"]
    if platform["zig_target"].startswith("arm"):
        options += ["-mllvm", f"-float-abi={platform['float']}"]
    # A function of MIPS16e cannot be jumped to.
    if "mips" in platform["zig_target"] and "binutils" not in platform.values:
        # Delay slots are filled from wherever it is possible.
        options += ["-mllvm", "-mips-tail-calls",
                    "-mllvm", "-disable-mips-df-forward-search=false",
                    "-mllvm", "-disable-mips-df-succbb-search=false"]
    return path, options


# One thread counts references: no instruction for it need be atomic. What is alike becomes one
# function; what is alike inside functions is taken out of those that are to be small.
PASSES = "function(lower-atomic),lto<Oz>,iroutliner,iroutliner,mergefunc,globaldce"
LINKER = [
    "--static", "--no-pie", "--gc-sections", "--icf=all", "--build-id=none", "-O2",
    "-z", "norelro", "-z", "noexecstack", f"--lto-newpm-passes={PASSES}",
    "-mllvm", "-enable-machine-outliner=always",
]


def _build(product, platform, crypto, zig, libraries, folder):
    tools = toolchain()
    clang = Clang(platform, zig)
    scratch = folder / "swift"
    target, target_options = _target(platform, tools, folder)
    # The package manager does not see that its tools have changed.
    runtime = zig.runtime()
    kit = cache.digest(TOOLS, pathlib.Path(__file__), target, clang.identity, runtime.name,
                       *(library.name for library in libraries))
    stamp = folder / "kit"
    if not stamp.is_file() or stamp.read_text() != kit:
        shutil.rmtree(scratch, ignore_errors=True)
        stamp.write_text(kit)
    # What is no archive comes before what it stands instead of.
    archives = sorted(runtime.glob("*.a"))
    objects = sorted(set(runtime.iterdir()) - set(archives))
    toolset = folder / "toolset.json"
    options = [
        "-tools-directory", TOOLS, "-driver-use-frontend-path", TOOLS / "swift-frontend",
        "-Xfrontend", "-function-sections", "-Xfrontend", "-mergeable-traps",
        "-Xcc", "-fomit-frame-pointer", "-Xcc", "-fno-short-enums",
        # Every index is checked; what the check of the stack adds is not worth its flash.
        "-Xfrontend", "-disable-stack-protector"]
    if platform["stdlib"] != platform["swift_triple"]:
        options += ["-I", _modules(platform, tools)]
    for header in zig.system_headers():
        options += ["-Xcc", "-isystem", "-Xcc", header]
    toolset.write_text(json.dumps({
        "schemaVersion": "1.0", "swiftCompiler": {"extraCLIOptions": list(map(str, options))}}))
    wrapper = [TOOLS / "ld-mips16"] if "binutils" in platform.values else []
    environment = dict(
        # Traits come in the order of a hash: in another one everything would be compiled again.
        zig.environment(), SWIFT_DETERMINISTIC_HASHING="1",
        CC=str(TOOLS / "clang"), KIT_CC=" ".join(map(str, clang.words)),
        # The driver looks for it beside the frontend.
        SWIFT_DRIVER_SWIFTSCAN_LIB=str(
            tools.parent / "lib" / "swift" / "host" / "lib_InternalSwiftScan.so"),
        KIT_TOOLCHAIN=str(tools), KIT_TARGET=str(target), KIT_CLANG=platform["clang"],
        KIT_SMALL=platform.values.get("small", ""),
        KIT_BINUTILS=platform.values.get("binutils", ""),
        KIT_LD=" ".join(map(str, [*wrapper, tools / "ld.lld", *LINKER, *target_options])),
        KIT_RUNTIME=" ".join(map(str, objects + archives)),
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
