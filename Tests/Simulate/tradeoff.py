#!/usr/bin/env python3
"""Says how short and how quick paths are of a router that knows every link and its time.

usage: tradeoff.py FILE.dot

FILE.dot is written by: make simulate ARGS='... --scenario idle --minutes 0 --dot FILE.dot'

The path with the fewest hops is seldom the quickest: a router weighs one against the other. For
several weights of a hop, in milliseconds one way, the paths that cost least are compared with the
shortest and the quickest ones, between pairs that a seed draws. That labels end somewhere is left
out.
"""
import heapq
import random
import re
import sys

WEIGHTS = (0, 10, 20, 25, 30, 40, 60)
SOURCES, TARGETS, SEED = 50, 200, 1
LINK = re.compile(r'^\s*(\d+) -- (\d+) \[label="(\d+) ms"\]')


def read(path):
    """For each node, its neighbours and the milliseconds to them, one way."""
    links = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if found := LINK.match(line):
                a, b, time = map(int, found.groups())
                links.setdefault(a, []).append((b, time))
                links.setdefault(b, []).append((a, time))
    if not links:
        sys.exit(f"error: {path} has no links with a latency; make it with: make simulate "
                 "ARGS='--topology scale-free --nodes 1000 --scenario idle --minutes 0 --dot FILE'")
    return links


def paths(links, start, cost):
    """The hops and milliseconds of the cheapest path to each node."""
    found = {}
    waiting = [(0, 0, 0, start)]
    while waiting:
        price, hops, time, node = heapq.heappop(waiting)
        if node in found:
            continue
        found[node] = (hops, time)
        for other, more in links[node]:
            if other not in found:
                step = (price + cost(more), hops + 1, time + more, other)
                heapq.heappush(waiting, step)
    return found


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    links = read(sys.argv[1])
    draw = random.Random(SEED)
    nodes = sorted(links)
    sources = draw.sample(nodes, min(SOURCES, len(nodes)))
    print("| a hop counts as (ms) | hops, median | hops, 99 % | latency, median | latency, 99 % |")
    print("|---:|---:|---:|---:|---:|")
    best = {s: (paths(links, s, lambda _: 1), paths(links, s, lambda time: time)) for s in sources}
    pairs = [(s, t) for s in sources for t in draw.sample(nodes, min(TARGETS, len(nodes)))
             if t != s and t in best[s][0]]
    for weight in WEIGHTS:
        found = {s: paths(links, s, lambda time, w=weight: w + time) for s in sources}
        hops = [found[s][t][0] / best[s][0][t][0] for s, t in pairs]
        time = [found[s][t][1] / max(1, best[s][1][t][1]) for s, t in pairs]
        row = (quantile(hops, 0.5), quantile(hops, 0.99), quantile(time, 0.5), quantile(time, 0.99))
        print(f"| {weight} | " + " | ".join(f"{value:.2f}" for value in row) + " |")


if __name__ == "__main__":
    main()
