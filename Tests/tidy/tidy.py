#!/usr/bin/env python3
"""The style and the layers, as a test: each rule is one case.

usage: tidy.py        from anywhere; needs git, and swift for two of the rules
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HOST_ONLY = {"CryptographyNull", "Simulation", "simulate"}

# What does not exist in Embedded Swift, or is wrong on big-endian machines, or costs too much.
ABSENT = {
    "Foundation or a C library": (r"^\s*(public )?import (Foundation|Glibc|Musl|Darwin)\b",
                                  "import Foundation"),
    "String": (r"\bString\b", "let name: String"),
    "interpolation": (r"\\\(", r'"\(x)"'),
    "byte-order properties": (
        r"\.(big|little)Endian\b|(?<!append\()\b(big|little)Endian:", "x.bigEndian"),
    "print": (r"(?<![.\w])(debugP|p)rint\(", "print(x)"),
    "Any": (r"(?<![.\w])Any\b", "var x: Any"),
    "weak or unowned": (r"\b(weak|unowned)\s", "weak var x: X?"),
    "untyped throws": (r"\bthrows\b(?!\s*\()", "func f() throws {"),
    "floating point": (r"\b(Double|Float)\b", "let x: Double"),
}
PROMISES = r"\b(TODO|FIXME|XXX)\b|not (yet )?implemented|placeholder|for now\b|stubbed"
MACHINE_PATHS = r"/(work|root)/\w|/home/(?!ann\b)\w|/tmp/(bash_jobs|[a-z]*kit\b)"


def tracked(*patterns):
    """The files under version control, new ones included, without the recorded vectors."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in names
            if (ROOT / name).is_file() and not name.startswith("Tests/Vectors/")]


def place(path, number=None):
    name = str(path.relative_to(ROOT))
    return f"{name}:{number}" if number else name


def code_lines(path):
    """Numbered lines without comments, and without quoted text that nothing is put into."""
    within = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if '"""' in line:
            within = not within if line.count('"""') == 1 else within
            continue
        if within and "\\(" not in line:
            continue
        line = re.sub(r'"(?:[^"\\]|\\[^(])*"', '""', line)
        yield number, re.sub(r"//.*", "", line)


def shipped():
    return [path for path in tracked("Sources/*.swift")
            if path.relative_to(ROOT).parts[1] not in HOST_ONLY]


def layers():
    """The table of docs/architecture.md: a target and what it names."""
    found = {}
    for line in (ROOT / "docs/architecture.md").read_text().splitlines():
        row = re.match(r"^(\w+)\s+→ ((?:\w+(?:, )?)*)", line)
        if row:
            found[row[1]] = [name for name in row[2].split(", ") if name]
    return found


def below(target, table):
    """Everything that `target` stands on."""
    seen, open_ = set(), list(table.get(target, []))
    while open_:
        name = open_.pop()
        if name not in seen:
            seen.add(name)
            open_ += table.get(name, [])
    return seen


def the_package_has_the_layers_of_the_architecture():
    table = layers()
    package = json.loads(subprocess.run(
        ["swift", "package", "dump-package"], cwd=ROOT, check=True, capture_output=True).stdout)
    for target in package["targets"]:
        name = target["name"]
        if target["type"] in ("test", "system") or name in HOST_ONLY - table.keys():
            continue
        named = {next(iter(entry.values()))[0] for entry in target["dependencies"]}
        if name not in table:
            yield f"Package.swift: docs/architecture.md has no layer {name}"
        elif named != set(table[name]):
            yield (f"Package.swift: {name} depends on {', '.join(sorted(named)) or 'nothing'}; "
                   f"docs/architecture.md says {', '.join(table[name]) or 'nothing'}")


def sources_import_only_what_lies_below_them():
    table = layers()
    for path in tracked("Sources/*.swift"):
        target = path.relative_to(ROOT).parts[1]
        allowed = below(target, table) | {"Synchronization"}
        if target in HOST_ONLY:
            allowed |= {"Foundation", "Glibc"} | table.keys()
        for number, line in code_lines(path):
            imported = re.match(r"\s*(?:@\w+ |public |internal )*import (?:\w+ )?(\w+)", line)
            if imported and imported[1] not in allowed:
                yield f"{place(path, number)}: {target} may not import {imported[1]}"


def shipped_sources_use_only_what_is_right_on_every_machine():
    for name, (pattern, example) in ABSENT.items():
        if not re.search(pattern, example):
            yield f"Tests/tidy: the rule against {name} does not find its example"
    for path in shipped():
        for number, line in code_lines(path):
            for name, (pattern, _) in ABSENT.items():
                if re.search(pattern, line):
                    yield f"{place(path, number)}: {name} in a shipped source"


def a_file_holds_one_type_and_is_named_after_it():
    declaration = re.compile(
        r"^(?:#if.*|  )?(?:@\w+\s+)*(?:(?:public|package|final|indirect|nonisolated) )*"
        r"(?:struct|class|enum|protocol|actor) (\w+)")
    for path in tracked("Sources/*.swift"):
        text = path.read_text()
        conditional = text.startswith("#if")
        lines = text.splitlines()
        types = [found[1] for line in lines
                 if (found := declaration.match(line)) and (conditional or line[0] != " ")]
        if types and types != [path.stem]:
            yield f"{place(path)}: holds {', '.join(types)}"


def lines_have_at_most_100_columns():
    for path in tracked("*.swift", "*.c", "*.h", "*.py", "*.sh", "Makefile", "CrossCompile/*",
                        "Platforms/*", ".ci/*", "Tests/run"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if len(line) > 100:
                yield f"{place(path, number)}: {len(line)} columns"


def the_formatter_has_nothing_to_say():
    result = subprocess.run(
        ["swift", "format", "lint", "--strict", "--parallel", "--recursive", "Sources", "Tests",
         "Package.swift"], cwd=ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        said = re.findall(r"(?m)^.*(?:error|warning): .*$", result.stdout + result.stderr)
        yield from (line.replace(f"{ROOT}/", "") for line in said[:20] or ["swift format failed"])


def nothing_names_a_path_of_one_machine():
    for path in tracked():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if re.search(MACHINE_PATHS, line) and path != pathlib.Path(__file__).resolve():
                yield f"{place(path, number)}: {line.strip()[:80]}"


def nothing_promises_later_work():
    for path in tracked("Sources", "Platforms", "CrossCompile"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(PROMISES, line, re.IGNORECASE):
                yield f"{place(path, number)}: {line.strip()[:80]}"


def every_vector_file_that_is_checked_exists():
    listed = re.findall(r'"([\w.-]+\.json)"',
                        (ROOT / "Sources/Checks/VectorFiles.swift").read_text())
    if not listed:
        yield "Sources/Checks/VectorFiles.swift lists no file"
    for name in listed:
        if not (ROOT / "Tests/Vectors" / name).is_file():
            yield f"Sources/Checks/VectorFiles.swift: Tests/Vectors/{name} is missing"


def the_main_program_is_short():
    for path in tracked("Sources/cjdroute/Cjdroute.swift"):
        count = len(path.read_text().splitlines())
        if count > 100:
            yield f"{place(path)}: {count} lines"


RULES = [
    the_package_has_the_layers_of_the_architecture,
    sources_import_only_what_lies_below_them,
    shipped_sources_use_only_what_is_right_on_every_machine,
    a_file_holds_one_type_and_is_named_after_it,
    lines_have_at_most_100_columns,
    the_formatter_has_nothing_to_say,
    nothing_names_a_path_of_one_machine,
    nothing_promises_later_work,
    every_vector_file_that_is_checked_exists,
    the_main_program_is_short,
]


def main():
    failed = 0
    for rule in RULES:
        problems = list(rule())
        failed += bool(problems)
        print(f"{'FAILED' if problems else 'passed'} {rule.__name__.replace('_', ' ')}")
        for problem in problems:
            print(f"  {problem}")
    print(f"{len(RULES) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
