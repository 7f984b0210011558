#!/usr/bin/env python3
"""Runs a series of simulations and writes docs/routing-report.md and its plots.

usage: report.py SIMULATE [--nodes 100,300,1000] [--topologies geometric,scale-free,towns]
                 [--rules ours] [--seeds 1] [--minutes 5] [--scenario all] [--jobs N]
                 [--keep FILE] [--as-is] [--note TEXT]

SIMULATE is the executable. With several rules (ours,original) the columns stand side by side;
ours:1024 are ours with routing tables of 1024 nodes. A size may have minutes and a scenario of its
own: --nodes 100,1000:30,10000:5:standard.
Numbers are collected in FILE (build/simulate.csv without); a run that is there already is not made
again, so that a long series can be broken off and taken up; --as-is makes none, and reports what is
there. Remove the file after the sources have changed. N runs are made at a time, one for each
processor without; each takes one processor and half a megabyte for each node. TEXT is said at the
top, of runs that were kept from earlier sources, say.
"""
import argparse
import concurrent.futures
import csv
import datetime
import itertools
import os
import pathlib
import platform
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
REPORT = ROOT / "docs" / "routing-report.md"
PLOTS = ROOT / "docs" / "routing"
COLOURS = ("#0066cc", "#cc3300", "#008844", "#884499", "#aa8800", "#444444")
RULES_FIRST = ("ours", "original")
KEY = ("topology", "nodes", "rules", "seed", "minutes", "scenario")

# Title, file, check, measurements (each a plot line for each topology), axis.
PLOTTED = [
    ("Pairs that reach each other within 2 s", "within", "reachability", "within 2 s", "%"),
    ("First delivery, 99th percentile", "delivery", "reachability", "first delivery, 99 %", "ms"),
    ("Stretch in hops, 99th percentile", "hops", "stretch", "hops, 99 %", "times the shortest"),
    ("Stretch in latency, 99th percentile", "latency", "stretch", "latency, 99 %",
     "times the shortest"),
    ("Pairs that no label can join", "beyond", "reachability", "beyond 59 bits", "%"),
    ("Label bits, 99th percentile", "bits", "stretch", "label bits, 99 %", "bits"),
    ("Pairs within 2 s while a tenth of the nodes goes off each minute", "churn",
     "reachability under churn", "within 2 s", "%"),
    ("Queries at rest", "queries", "quiet", "queries", "per node and second"),
    ("Bytes on links at rest", "bytes", "quiet", "on links", "B per node and second"),
    ("Queries while a tenth of the nodes goes off each minute", "churn-queries",
     "quiet under churn", "queries", "per node and second"),
    ("A link fails: gap, 99th percentile", "healing", "healing, link", "gap, 99 %", "ms"),
    ("Memory of this process", "memory", "memory", "process, for each node", "kB per node"),
]


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("simulate", type=pathlib.Path)
    parser.add_argument("--nodes", default="100,300,1000")
    parser.add_argument("--topologies", default="geometric,scale-free,towns")
    parser.add_argument("--rules", default="ours")
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--minutes", default="5")
    parser.add_argument("--scenario", default="all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=pathlib.Path, default=ROOT / "build" / "simulate.csv")
    parser.add_argument("--as-is", action="store_true")
    parser.add_argument("--note", default="")
    return parser.parse_args()


def read(path):
    """The rows of each run, by its key."""
    runs = {}
    if path.is_file():
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                runs.setdefault(tuple(row[name] for name in KEY), []).append(row)
    return runs


def command(key):
    values = dict(zip(KEY, key))
    values["rules"], _, table = values["rules"].partition(":")
    if table:
        values["table"] = table
    return [word for name, value in values.items() for word in ("--" + name, value)]


def run(simulate, key, keep, lock):
    """Makes one run; a goal that is missed is a result, not a failure."""
    words = command(key)
    print(f"simulate {' '.join(words)}", flush=True)
    start = time.monotonic()
    result = subprocess.run([simulate, *words, "--csv", "-"], stdout=subprocess.PIPE, text=True)
    if result.returncode not in (0, 1):
        raise RuntimeError(f"simulate {' '.join(words)} ended with {result.returncode}")
    rows = list(csv.DictReader(result.stdout.splitlines()))
    if not rows:
        raise RuntimeError(f"simulate {' '.join(words)} measured nothing")
    with lock:
        new = not keep.is_file() or keep.stat().st_size == 0
        keep.parent.mkdir(parents=True, exist_ok=True)
        with keep.open("a", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            if new:
                writer.writeheader()
            writer.writerows(row | dict(zip(KEY, key)) for row in rows)
    print(f"  {time.monotonic() - start:.0f} s: {' '.join(words)}", flush=True)


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def step(span):
    """A round number so that about five of them make `span`."""
    size = 10.0 ** len(str(int(span))) if span >= 1 else 1.0
    while size > span / 4:
        for factor in (2, 2.5, 2):
            size /= factor
            if size <= span / 4:
                return size
    return size


def plot(title, axis, lines, path):
    """Draws values over the number of nodes (each size one step to the right)."""
    sizes = sorted({x for line in lines.values() for x, _ in line})
    values = [y for line in lines.values() for _, y in line]
    low, high = min(values), max(values)
    low = 0 if axis != "%" else max(0, low - (100 - low) * 0.1 - 0.5)
    high = 100 if axis == "%" else high * 1.1 or 1
    left, top, width, height = 70, 40, 420, 220

    def x(size):
        return left + width * (sizes.index(size) + 0.5) / len(sizes)

    def y(value):
        return top + height * (1 - (value - low) / (high - low))

    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 310" font-size="13" '
           'font-family="sans-serif">', '<rect width="640" height="310" fill="white"/>',
           f'<text x="{left}" y="22" font-size="15">{title}</text>']
    grid = step(high - low)
    mark = low - low % grid
    while mark <= high + grid / 1000:
        if mark >= low:
            out.append(f'<line x1="{left}" x2="{left + width}" y1="{y(mark):.1f}" '
                       f'y2="{y(mark):.1f}" stroke="#ddd"/>'
                       f'<text x="{left - 6}" y="{y(mark) + 4:.1f}" text-anchor="end">'
                       f'{mark:g}</text>')
        mark = round(mark + grid, 9)
    for size in sizes:
        out.append(f'<text x="{x(size):.1f}" y="{top + height + 18}" text-anchor="middle">'
                   f'{size}</text>')
    out.append(f'<text x="{left + width / 2}" y="{top + height + 38}" text-anchor="middle">'
               'nodes</text>')
    out.append(f'<text x="14" y="{top + height / 2}" text-anchor="middle" '
               f'transform="rotate(-90 14 {top + height / 2})">{axis}</text>')
    for place, (name, line) in enumerate(sorted(lines.items())):
        colour = COLOURS[place % len(COLOURS)]
        points = " ".join(f"{x(size):.1f},{y(value):.1f}" for size, value in sorted(line))
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" '
                   'stroke-width="2"/>')
        out += [f'<circle cx="{x(size):.1f}" cy="{y(value):.1f}" r="3.5" fill="{colour}"/>'
                for size, value in line]
        height_of_name = top + 16 + 20 * place
        out.append(f'<rect x="{left + width + 14}" y="{height_of_name - 9}" width="10" '
                   f'height="10" fill="{colour}"/>'
                   f'<text x="{left + width + 30}" y="{height_of_name}">{name}</text>')
    path.write_text("\n".join([*out, "</svg>", ""]))


def plots(runs, several_rules):
    """Draws what was measured; the lines of Markdown that show it."""
    PLOTS.mkdir(parents=True, exist_ok=True)
    for old in PLOTS.glob("*.svg"):
        old.unlink()
    for title, file, check, measurement, axis in PLOTTED:
        found = {}
        for key, rows in runs.items():
            name = f"{key[0]}, {key[2]}" if several_rules else key[0]
            measured = value(rows, check, measurement)
            if measured is not None:
                found.setdefault(name, {}).setdefault(int(key[1]), []).append(measured)
        lines = {name: [(size, sum(all_) / len(all_)) for size, all_ in sorted(sizes.items())]
                 for name, sizes in found.items()}
        if lines:
            plot(title, axis, lines, PLOTS / f"{file}.svg")
            yield f"![{title}](routing/{file}.svg)"


def table(topology, runs):
    """All measurements of one topology, a column for each run."""
    columns = sorted(
        runs, key=lambda key: (int(key[1]), int(key[3]), RULES_FIRST.index(key[2])
                               if key[2] in RULES_FIRST else len(RULES_FIRST)))
    seeds = len({key[3] for key in columns}) > 1
    rules = len({key[2] for key in columns}) > 1
    heads = [f"{key[1]}" + (f", {key[2]}" if rules else "") + (f", seed {key[3]}" if seeds else "")
             for key in columns]
    yield f"## {topology}\n"
    yield f"| | {' | '.join(heads)} | goal |"
    yield "|---|" + "---:|" * len(columns) + "---|"
    links = [runs[key][0]["links"] for key in columns]
    yield f"| links | {' | '.join(links)} | |"
    order = {}
    for key in columns:
        for row in runs[key]:
            order.setdefault((row["check"], row["measurement"]), (row["unit"], row["goal"]))
    checks = dict.fromkeys(check for check, _ in order)
    for check in checks:
        yield f"| **{check}** |" + " |" * (len(columns) + 1)
        for (name, measurement), (unit, goal) in order.items():
            if name != check:
                continue
            cells = []
            for key in columns:
                row = next((row for row in runs[key]
                            if (row["check"], row["measurement"]) == (check, measurement)), None)
                text = "" if row is None else row["value"]
                cells.append(f"**{text}**" if row and row["met"] == "no" else text)
            label = measurement + (f" ({unit})" if unit else "")
            goal = goal.replace("<=", "≤").replace(">=", "≥")
            yield f"| {label} | {' | '.join(cells)} | {goal} |"
    yield ""


def value(rows, check, measurement):
    """What a run measured; None if it did not."""
    return next((number(row["value"]) for row in rows
                 if (row["check"], row["measurement"]) == (check, measurement)), None)


def horizon(runs):
    """What of the goals nobody can reach, in words."""
    shares = {}
    for key, rows in runs.items():
        share = value(rows, "reachability", "beyond 59 bits")
        if share is not None:
            shares.setdefault(key[0], {}).setdefault(int(key[1]), []).append(share)
    if not shares:
        return
    yield "## Where a goal is out of reach\n"
    yield ("A label has room for 59 bits of directors: a hop takes four if the slots on both sides "
           "are among the first eight of their switches, seven up to slot 32, ten beyond. That is "
           "fourteen hops at most, five if all lead through the widest slots. Pairs that are "
           "farther apart cannot reach each other on this wire, whatever their routers know. They "
           "are counted here, and left out of everything else: the goals are for pairs that some "
           "label can join.\n")
    sizes = sorted({size for found in shares.values() for size in found})
    yield f"| pairs that no label can join (%) | {' | '.join(f'{size:,}' for size in sizes)} |"
    yield "|---|" + "---:|" * len(sizes)
    for topology, found in shares.items():
        cells = [f"{sum(found[size]) / len(found[size]):.1f}" if size in found else ""
                 for size in sizes]
        yield f"| {topology} | {' | '.join(cells)} |"
    yield ("\nIn a neighbourhood of radios the way grows with the root of the number of nodes, so "
           "a flat one of a thousand is larger than labels are long; over hubs it grows with the "
           "logarithm, but hubs take wide directors.\n")


def write(runs, options):
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True,
                            capture_output=True).stdout.strip()
    words = " ".join(word for word in sys.argv[2:]
                     if word not in ("--as-is", "--note", options.note))
    part = "The series was broken off: what is not listed was not run. " if options.as_is else ""
    note = options.note and options.note + " "
    lines = [
        "# How routing does in large networks\n",
        "Made by `make simulate-report" + (f" ARGS='{words}'" if words else "") + "` from commit "
        f"{commit} on {datetime.date.today()} ({platform.machine()}). "
        "[simulation.md](simulation.md) says what is measured and how. What missed its goal is in "
        f"bold; the goals are for 1,000 nodes. {part}{note}Every number comes again with the "
        "command of its run:\n", "```"]
    lines += [f"make simulate ARGS='{' '.join(command(key))}'" for key in runs]
    lines += ["```", ""]
    lines += horizon(runs)
    lines += [line + "\n" for line in plots(runs, len({key[2] for key in runs}) > 1)]
    for topology in options.topologies.split(","):
        of_it = {key: rows for key, rows in runs.items() if key[0] == topology}
        if of_it:
            lines += table(topology, of_it)
    REPORT.write_text("\n".join(lines).rstrip("\n") + "\n")
    print(f"{os.path.relpath(REPORT)} is written")


def main():
    options = arguments()
    keys = []
    for size, topology, rules, seed in itertools.product(
            options.nodes.split(","), options.topologies.split(","),
            options.rules.split(","), options.seeds.split(",")):
        nodes, *own = size.split(":")
        minutes, scenario = own + [options.minutes, options.scenario][len(own):]
        keys.append((topology, nodes, rules, seed, minutes, scenario))
    kept = read(options.keep)
    lock = threading.Lock()
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        jobs = [pool.submit(run, options.simulate.resolve(), key, options.keep, lock)
                for key in dict.fromkeys(keys) if key not in kept and not options.as_is]
    failures = [job.exception() for job in jobs if job.exception()]
    if failures:
        sys.exit(f"report: {failures[0]}")
    runs = read(options.keep)
    write({key: runs[key] for key in keys if key in runs}, options)


if __name__ == "__main__":
    main()
