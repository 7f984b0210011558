"""Meshes of many nodes, ours and foreign ones: what each knows is compared with the truth.

The truth is what the switches do: each node says which neighbour sits in which place of its switch,
and along these places every path of every table is followed to its end.
"""
import collections
import concurrent.futures
import os
import random
import re
import select
import socket
import statistics
import struct
import time

from lab import Lab, LabError, bdecode

# How long a user waits, and how often `ping` asks.
PATIENCE = 30
PING_INTERVAL = 1.0
# Time in which nobody uses the network: what the nodes do of their own accord is counted.
IDLE_SECONDS = 12
# Searches of foreign nodes for ours that are so many hops away at least.
FAR = 3
SEARCH_COUNT = 6
# A foreign node whose neighbours are foreign may find nobody for a while after it came: of all that
# an answer lists it asks one, which may be itself or one already asked, and then gives up. In the
# same graphs with only foreign nodes 17 of 1000 searches end so; 7 of 9 such succeeded when
# repeated up to so many times, a second apart.
SEARCH_REPEATS_MAX = 10
# Bits of the longest label, and by how many one may become longer when it is told.
LABEL_BITS = 59
WIDENING = 6
# Nodes that each of ours is asked for by each foreign node that knows it.
QUESTION_COUNT = 3

SEED = os.environ.get("SEED", "")

# Lines in the log of a foreign node that tell of something it could not make sense of.
STRANGE = re.compile(
    r"\b(WARN|ERROR|CRITICAL)\b|\bDROP|[Dd]rop(ped|ping)|[Ii]nvalid|[Mm]alformed|[Uu]nparsable|"
    r"garbage|[Uu]nrecognized|[Uu]nexpected|[Mm]issing|[Rr]unt|[Aa]ssert|[Ff]atal|[Ff]ailed|"
    r"[Ii]ncompat|[Bb]ad |too (old|long|short)")
# Those among them that foreign nodes say where there are only foreign nodes, too: of what is for
# the other one of their two routers, of empty lists, and of what other programs send.
USUAL = re.compile(
    r"MsgCore\.c:\d+ DROP query which begins with 0 and is for old pathfinder|"
    r"Pinger\.c:\d+ Invalid ping response handle|"
    r"ReplySerializer\.c:\d+ Missing 'n' field in reply|"
    r"SwitchPinger\.c:\d+ dropped invalid GetSnode key|"
    r"NodeStore\.c:\d+ Invalid path|"
    r"IpTunnel\.c:\d+ Message with unrecognized address from TUN|"
    r"SessionManager\.c:\d+ DROP Handshake from 'ourselves'|"
    # Something took it a millisecond.
    r"WARN NodeStore\.c:458 *$|"
    # What it wants to send is more than the busy machine lets it.
    r"UDPAddrIface\.c:\d+ DROP Maximum queue length reached|"
    r"SessionManager\.c:\d+ DROP message which needs lookup because new one received")
# End to end two that begin at the same time, and packets that overtake each other on different
# paths, cost some packets until both have the same keys. That is to pass.
STUMBLE = re.compile(
    r"inner \[[0-9a-f:]+\] state\[\d+\]: DROP |SessionManager\.c:\d+ .* DROP Failed decrypting")
STUMBLE_SECONDS_MAX = 4
STUMBLE_SHARE_MAX = 0.2
# Counters of ours that stay zero where all goes well, and those that are shown.
BAD_COUNTERS = ["runt", "labelShift", "badReturnPath", "exhausted", "linkRunt", "linkExhausted",
                "linkUndecryptable", "eventDropped", "controlRefused"]
SHOWN_COUNTERS = ["undecryptable", "unknownHandle", "contentRefused", "errorSent",
                  "errorReceived", "waitingDropped", "tunUnroutable"]
QUERY_RECEIVED = "DROP query which begins with 0"
QUERY_SENT = "millisecond timeout"


class Trail:
    """Where a path leads: the nodes on the way, and what is wrong with it (empty if nothing)."""

    def __init__(self, nodes, fault):
        self.nodes, self.fault = nodes, fault

    @property
    def hops(self):
        return len(self.nodes) - 1

    @property
    def end(self):
        return self.nodes[-1]


def director(label):
    """The place in the switch that a label begins with, and how many bits say so."""
    if label & 1:
        number = label >> 1 & 7
        return {0: 1, 1: 0}.get(number, number), 4
    number, width = (label >> 2 & 31, 7) if label & 2 else (label >> 2 & 255, 10)
    return (number + 1 if number else 0), width


def least_width(place):
    return 4 if place < 8 else 7 if place < 33 else 10


def follow(places, origin, label):
    """Follows a label from `origin` through `places`: of each key, by place, the neighbour's key.

    Switches refuse a director that is narrower than the one which leads back."""
    nodes, came_by = [origin], None
    while label > 1:
        at = nodes[-1]
        place, width = director(label)
        if label.bit_length() <= width:
            return Trail(nodes, "malformed")
        if place == 1:
            return Trail(nodes, "goes on behind a router")
        if place not in places[at]:
            return Trail(nodes, "leads nowhere")
        if came_by is not None and least_width(came_by) > width:
            return Trail(nodes, "too narrow for the way back")
        neighbour = places[at][place]
        back = [p for p, key in places[neighbour].items() if key == at]
        if not back:
            return Trail(nodes, "one way")
        came_by = back[0]
        nodes.append(neighbour)
        label >>= width
    return Trail(nodes, "" if label == 1 else "malformed")


class Entry:
    """One line of a table: whose it is, who it is about, and the label."""

    def __init__(self, owner, key, label):
        self.owner, self.key, self.label = owner, key, label

    def judge(self, places):
        """Hops, and what is wrong, if anything."""
        trail = follow(places, self.owner, self.label)
        wrong = trail.fault or ("" if trail.end == self.key else "leads to somebody else")
        return trail.hops, wrong


class Found:
    """What came of a search: who answered, with which list, and whether the target did."""

    def __init__(self):
        self.answers, self.is_found = [], False

    def entries(self):
        """All paths that were told."""
        return [e for answerer, listed in self.answers for e in [answerer, *listed]]


class Mixture:
    """Nodes, ours and foreign ones, joined by wires along `edges` (pairs of their numbers)."""

    def __init__(self, lab, kinds, edges, executables, chance):
        self.lab = lab
        self.nodes = [lab.node(f"n{i}", executables[kind]) for i, kind in enumerate(kinds)]
        self.kinds = {n.key: kind for n, kind in zip(self.nodes, kinds)}
        self.by_key = {n.key: n for n in self.nodes}
        self.links = {n.key: set() for n in self.nodes}
        for a, b in edges:
            left, right = self.nodes[a], self.nodes[b]
            left_address, right_address = lab.wire(left.name, right.name)
            if chance.random() < 0.5:
                lab.peer(left, right, right_address)
            else:
                lab.peer(right, left, left_address)
            self.links[left.key].add(right.key)
            self.links[right.key].add(left.key)

    def kind(self, node):
        return self.kinds[node.key]

    def running(self, kind=None):
        return [n for n in self.nodes if n.process and kind in (None, self.kind(n))]

    def neighbours(self, key):
        """Those that are running."""
        return {k for k in self.links[key] if self.by_key[k].process}

    def pairs(self, chance):
        nodes = self.running()
        pairs = [(a, b) for a in nodes for b in nodes if a is not b]
        chance.shuffle(pairs)
        return pairs

    def distances(self, key):
        """Hops from a running node to each, over their links."""
        return distances({n.key: self.neighbours(n.key) for n in self.running()}, key)

    def needs(self, node):
        """Whether the others could not all reach each other without that one."""
        links = {key: ends - {node.key} for key, ends in self.links.items() if key != node.key}
        return len(distances(links, next(iter(links)))) < len(links)

    def places(self, seconds=20):
        """Of each node, by place in its switch, the neighbour; waits until each has all."""
        deadline = time.monotonic() + seconds
        while True:
            places = {}
            for node in self.running():
                mine = places[node.key] = {}
                for peer in node.peers():
                    if peer["state"] == b"ESTABLISHED":
                        key, label = address(peer["addr"])
                        mine[director(label)[0]] = key
            bad = [n for n in self.running() if set(places[n.key].values())
                   != self.neighbours(n.key)]
            if not bad:
                return places
            if time.monotonic() >= deadline:
                raise LabError(f"{bad[0].name} ({self.kind(bad[0])}) has the peers "
                               f"{places[bad[0].key]}")
            time.sleep(0.1)

    def tables(self, kind):
        """The entries of all tables that have a path, without those of nodes about themselves."""
        return [entry for node in self.running(kind) for entry in self.entries(node)]

    def entries(self, node):
        """Those of one node's table."""
        entries = []
        for said in node.admin().pages("NodeStore_dumpTable", "routingTable"):
            key, label = address(said["addr"])
            if key == node.key or said["path"] == b"ffff.ffff.ffff.ffff":
                continue
            if key not in self.by_key or self.by_key[key].address != said["ip"].decode():
                raise LabError(f"{node.name} lists a node that is not there: {said}")
            entries.append(Entry(node.key, key, label))
        return entries


def distances(links, origin):
    """Hops from `origin` to all that can be reached."""
    found, queue = {origin: 0}, collections.deque([origin])
    while queue:
        at = queue.popleft()
        for neighbour in links[at] - found.keys():
            found[neighbour] = found[at] + 1
            queue.append(neighbour)
    return found


def address(text):
    """Key and label of a node's address as the admin interface writes it."""
    _, *path, key, _ = text.decode().split(".")
    return key + ".k", int("".join(path), 16)


def ping_all(mixture, pairs, patience, interval=PING_INTERVAL):
    """Pings as a user would, for all pairs at the same time; the seconds to each first answer, by
    pair; who got none is missing."""
    nodes = list({n.key: n for pair in pairs for n in pair}.values())
    sockets = {n.key: mixture.lab.socket_in(n.namespace, socket.AF_INET6, socket.SOCK_RAW,
                                            socket.IPPROTO_ICMPV6) for n in nodes}
    for sock in sockets.values():
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    by_socket = {sock: key for key, sock in sockets.items()}
    by_address = {socket.inet_pton(socket.AF_INET6, n.address): n.key for n in nodes}
    begin = time.monotonic()
    # Not all in the same instant.
    due = {(a.key, b.key): begin + interval * i / len(pairs) for i, (a, b) in enumerate(pairs)}
    first, answered, sequence = dict(due), {}, 0
    try:
        while due and (now := time.monotonic()) < begin + interval + patience:
            for pair, moment in list(due.items()):
                if moment > now:
                    continue
                if now >= first[pair] + patience:
                    del due[pair]
                    continue
                sequence = sequence + 1 & 0xffff
                packet = struct.pack(">BBHHH", 128, 0, 0, 0x6d69, sequence) + bytes(56)
                try:
                    sockets[pair[0]].sendto(packet, (mixture.by_key[pair[1]].address, 0))
                    due[pair] = moment + interval
                except OSError:
                    # The device has no address yet, or the node said that there is no way.
                    due[pair] = now + 0.05
            ready, _, _ = select.select(list(by_socket), [], [], 0.01)
            for sock in ready:
                try:
                    packet, source = sock.recvfrom(2048)
                except OSError:
                    continue
                origin = by_address.get(socket.inet_pton(socket.AF_INET6, source[0].split("%")[0]))
                pair = by_socket[sock], origin
                if packet[:1] == b"\x81" and packet[4:6] == b"mi" and pair in due:
                    answered[pair] = time.monotonic() - first[pair]
                    del due[pair]
    finally:
        for sock in sockets.values():
            sock.close()
    return answered


# What is looked at in each mesh.

class Trial:
    """One mesh and what it has to stand."""

    def __init__(self, mixture, chance):
        self.mixture, self.chance = mixture, chance
        self.newcomer = None
        self.places = {}

    def cases(self):
        """The names and what is done for each, in this order."""
        return [
            ("the nodes start", self.start),
            ("all pairs ping, from the start on", self.ping),
            ("tables right after the start", self.glance),
            ("a foreign newcomer finds the farthest of ours", self.join),
            ("foreign nodes find ours through ours", self.search),
            ("ours tell foreign nodes whom they ask for", self.question),
            ("an idle network", self.idle),
            ("all pairs ping again", self.ping),
            ("our tables are true", lambda: self.compare("ours")),
            ("foreign tables are true", lambda: self.compare("foreign")),
            ("an untruth would be seen", self.lie),
            ("foreign nodes find nothing strange", self.read_logs),
            ("ours find nothing strange", self.read_our_logs),
            ("the switches go where the truth says", self.ask_the_switches),
        ]

    def start(self):
        """All but one foreign node are started."""
        mixture = self.mixture
        # One without which the others are joined, with as few foreign neighbours as possible.
        self.newcomer = min(
            (n for n in mixture.nodes if mixture.kind(n) == "foreign" and not mixture.needs(n)),
            key=lambda n: (sum(mixture.kinds[k] == "foreign" for k in mixture.links[n.key]),
                           len(mixture.links[n.key])))
        begin = time.monotonic()
        mixture.lab.start([n for n in mixture.nodes if n is not self.newcomer])
        return f"{len(mixture.running())} in {time.monotonic() - begin:.2f} s"

    def ping(self):
        """Everybody asks for everybody at once."""
        mixture = self.mixture
        pairs = mixture.pairs(self.chance)
        answers = ping_all(mixture, pairs, PATIENCE)
        seconds = collections.defaultdict(list)
        for a, b in pairs:
            if (a.key, b.key) in answers:
                seconds[f"{mixture.kind(a)} -> {mixture.kind(b)}"].append(answers[a.key, b.key])
        missing = [f"{a.name} ({mixture.kind(a)}) -> {b.name} ({mixture.kind(b)})"
                   for a, b in pairs if (a.key, b.key) not in answers]
        if missing:
            raise LabError(f"{len(missing)} of {len(pairs)} pairs have no answer within "
                           f"{PATIENCE} s: " + ", ".join(missing[:10]))
        return f"{len(pairs)} pairs; seconds to the first reply, median and longest: " + ", ".join(
            f"{which} {statistics.median(found):.2f} and {max(found):.2f}"
            for which, found in sorted(seconds.items()))

    def glance(self):
        """Ours must be right at once; foreign nodes may still have to learn."""
        self.places = self.mixture.places()
        notes = []
        for kind in ("ours", "foreign"):
            entries = self.mixture.tables(kind)
            wrong = self.wrong(entries)
            if wrong and kind == "ours":
                raise LabError(f"{len(wrong)} of {len(entries)} entries are wrong: "
                               + ", ".join(wrong[:10]))
            notes.append(f"{kind}: {len(wrong)} of {len(entries)} entries wrong"
                         + "".join("; " + text for text in wrong[:5]))
        return ", ".join(notes)

    def ask_the_switches(self):
        """Pings along labels made here, some of which lead nowhere, have to end where `follow`
        says: at whoever says that key, or nowhere."""
        walks = [(node, self.walk(node)) for node in self.mixture.running() for _ in range(4)]

        def ask(walk):
            node, label = walk
            said = node.admin().call("SwitchPinger_ping", path=dotted(label), keyPing=1,
                                     timeout=500)
            # The label is not in its shortest form, if it is said to differ.
            return said["key"].decode() if said["result"] in (b"pong", b"diff_label") else None

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            ends = list(pool.map(ask, walks))
        for (node, label), end in zip(walks, ends):
            trail = follow(self.places, node.key, label)
            if end != (None if trail.fault else trail.end):
                raise LabError(f"{node.name}: {dotted(label)} leads to {end}, not {trail.end} "
                               f"({trail.fault or 'right'})")
        right = sum(end is not None for end in ends)
        if not 0 < right < len(ends):
            raise LabError(f"{right} of {len(ends)} paths led to somebody: too few were tried")
        return f"{right} paths that lead to somebody and {len(ends) - right} that do not"

    def walk(self, node):
        """A path of one to four hops; one in four ends at a place where nobody is."""
        places, at = [], node.key
        for _ in range(self.chance.randint(1, 4)):
            came = at
            place, at = self.chance.choice(sorted(self.places[at].items()))
            places.append(place)
        if self.chance.random() < 0.25:
            places[-1] = next(p for p in range(2, 257) if p not in self.places[came])
        label = 1
        for place in reversed(places):
            label = splice(place, label, 7 if self.chance.random() < 0.25 else 4)
        return label

    def join(self):
        """The last foreign node is started and searches."""
        mixture, newcomer = self.mixture, self.newcomer
        newcomer.start()
        begin = time.monotonic()
        distances = mixture.distances(newcomer.key)
        target = max(mixture.running("ours"), key=lambda n: distances[n.key])
        while True:
            found = self.find(newcomer, target)
            seconds = time.monotonic() - begin
            if found.is_found or seconds > PATIENCE:
                break
            time.sleep(0.2)
        self.places = mixture.places()
        if not found.is_found:
            raise LabError(f"{newcomer.name} does not find {target.name}, "
                           f"{distances[target.key]} hops away, in {PATIENCE} s")
        self.check_found(found.entries())
        return (f"{distances[target.key]} hops away, after {seconds:.2f} s, "
                f"{len(found.entries())} paths in answers")

    def find(self, origin, target):
        """Lets a node search."""
        admin, found = origin.admin(), Found()
        said = admin.call("SearchRunner_search", timeout=10, ipv6=target.address, maxRequests=20)
        deadline = time.monotonic() + 15
        while "from" in said:
            answerer = Entry(origin.key, *address(said["from"]))
            found.is_found = found.is_found or answerer.key == target.key
            found.answers.append(
                (answerer, [Entry(origin.key, *address(text)) for text in said["nodes"]]))
            admin.socket.settimeout(max(0.1, deadline - time.monotonic()))
            try:
                said = bdecode(admin.socket.recv(70000))
            except TimeoutError:
                break
        return found

    def check_found(self, entries):
        """Judges what was said in a search."""
        wrong = self.wrong(entries)
        if wrong:
            raise LabError(f"{len(wrong)} of {len(entries)} paths in answers are wrong: "
                           + ", ".join(wrong[:5]))

    def known(self):
        """Of each of ours, the labels in its table by key."""
        return {node.key: {entry.key: entry.label for entry in self.mixture.entries(node)}
                for node in self.mixture.running("ours")}

    def check_answer(self, answerer, listed, target, known):
        """Judges whom one of ours names first, as the nearest: the target, if it knew it and both
        ways together are not too long for a label."""
        label = known[answerer.key].get(target.key)
        if not label or answerer.label.bit_length() + label.bit_length() + WIDENING > LABEL_BITS:
            return
        named = [self.mixture.by_key[e.key].name for e in listed]
        if named[:1] != [target.name]:
            names = [self.mixture.by_key[k].name for k in (answerer.key, answerer.owner)]
            raise LabError(f"{names[0]} knows {target.name} and tells {names[1]} of {named}")

    def search(self):
        """Foreign nodes search ours that are far away, with ours on the way."""
        mixture, pairs = self.mixture, []
        for origin in mixture.running("foreign"):
            distances = mixture.distances(origin.key)
            pairs += [(origin, target) for target in mixture.running("ours")
                      if distances[target.key] >= FAR]
        self.chance.shuffle(pairs)
        if not pairs:
            raise LabError(f"no two are {FAR} hops away from each other")
        passed_ours, paths, repeats = 0, 0, []
        pairs = pairs[:SEARCH_COUNT]
        for origin, target in pairs:
            found, count = self.insist(origin, target)
            paths += len(found.entries())
            if count:
                repeats.append(count)
            trails = [follow(self.places, e.owner, e.label) for e in found.entries()
                      if e.key == target.key]
            passed_ours += any(mixture.kinds[k] == "ours" for t in trails for k in t.nodes[1:-1])
        if not passed_ours:
            raise LabError("no path that was found passes one of ours")
        note = f"{len(pairs)} searches, {passed_ours} through ours, {paths} paths in answers"
        if repeats:
            note += f"; {len(repeats)} met only foreign nodes at first and were repeated: {repeats}"
        if len(repeats) > SEARCH_COUNT // 2:
            raise LabError(note)
        return note

    def insist(self, origin, target):
        """Lets a foreign node search until it finds, as who uses it does; what came of it, and how
        often that was repeated.

        It asks all whom it knows, so if there is one of ours among them, or among those who
        answered, it has to find at once: ours know the way."""
        mixture = self.mixture
        for count in range(SEARCH_REPEATS_MAX + 1):
            known, asked = self.known(), {e.key for e in mixture.entries(origin)}
            found = self.find(origin, target)
            self.check_found(found.entries())
            for answerer, listed in found.answers:
                asked.add(answerer.key)
                if mixture.kinds[answerer.key] == "ours" and answerer.key != target.key:
                    self.check_answer(answerer, listed, target, known)
            if found.is_found:
                return found, count
            names = [mixture.by_key[a.key].name for a, _ in found.answers]
            ours = [mixture.by_key[k].name for k in asked if mixture.kinds[k] == "ours"]
            if ours:
                raise LabError(f"{origin.name} does not find {target.name} though it asked {ours}, "
                               f"which are ours; {names} answered")
            time.sleep(PING_INTERVAL)
        raise LabError(f"{origin.name} does not find {target.name} in {SEARCH_REPEATS_MAX + 1} "
                       f"searches; the last one was answered by {names}, all foreign")

    def question(self):
        """Foreign nodes ask ours which they know, one by one, as they do in a search."""
        mixture, known, asked, questions, paths = self.mixture, self.known(), set(), 0, 0
        for answerer in mixture.tables("foreign"):
            if mixture.kinds[answerer.key] != "ours" or answerer.judge(self.places)[1]:
                continue
            origin, node = mixture.by_key[answerer.owner], mixture.by_key[answerer.key]
            others = [n for n in mixture.running() if n not in (origin, node)]
            for target in self.chance.sample(others, QUESTION_COUNT):
                said = origin.admin().call(
                    "RouterModule_findNode", timeout=35, target=target.address,
                    nodeToQuery=f"v20.{dotted(answerer.label)}.{answerer.key}")
                if said.get("result") != b"nodes":
                    raise LabError(f"{node.name} tells {origin.name} nothing of {target.name}: "
                                   f"{said}")
                listed = [Entry(origin.key, *address(text)) for text in said["nodes"]]
                self.check_answer(answerer, listed, target, known)
                self.check_found(listed)
                asked.add(node)
                questions, paths = questions + 1, paths + len(listed)
        if not questions:
            raise LabError("no foreign node knows one of ours")
        return f"{questions} questions to {len(asked)} of ours, {paths} paths in answers"

    def idle(self):
        """Nobody uses the network; the queries that foreign nodes get and send are counted."""
        foreign = self.mixture.running("foreign")
        before = [(log.count(QUERY_RECEIVED), log.count(QUERY_SENT))
                  for log in (n.log() for n in foreign)]
        time.sleep(IDLE_SECONDS)
        after = [(log.count(QUERY_RECEIVED), log.count(QUERY_SENT))
                 for log in (n.log() for n in foreign)]
        count = len(foreign) * IDLE_SECONDS
        received = sum(a[0] - b[0] for a, b in zip(after, before)) / count
        sent = sum(a[1] - b[1] for a, b in zip(after, before)) / count
        note = f"a foreign node receives {received:.2f} queries a second and sends {sent:.2f}"
        if len(foreign) == 1:
            each = received / len(self.mixture.running("ours"))
            note += f"; that is {each:.3f} from each of ours"
        if not sent:
            raise LabError("no queries are to be seen in the logs: " + note)
        return note

    def compare(self, kind):
        """Follows all paths of all tables of one kind of nodes."""
        entries = self.mixture.tables(kind)
        wrong = self.wrong(entries)
        if wrong:
            raise LabError(f"{len(wrong)} of {len(entries)} entries are wrong: "
                           + ", ".join(wrong[:10]))
        count = len(self.mixture.running())
        hops = shortest = longer = 0
        for entry in entries:
            least = self.mixture.distances(entry.owner)[entry.key]
            taken, _ = entry.judge(self.places)
            hops, shortest, longer = hops + taken, shortest + least, longer + (taken > least)
        expected = len(self.mixture.running(kind)) * (count - 1)
        if len(entries) < expected / 4:
            raise LabError(f"only {len(entries)} of {expected} entries are there")
        return (f"0 of {len(entries)} entries wrong, {expected - len(entries)} missing, {longer} "
                f"longer than needed ({hops / shortest:.2f} times the hops)")

    def wrong(self, entries, places=None):
        """The entries that are wrong, in words."""
        found = []
        for entry in entries:
            _, fault = entry.judge(places or self.places)
            if fault:
                owner, about = self.mixture.by_key[entry.owner], self.mixture.by_key[entry.key]
                found.append(f"{owner.name} ({self.mixture.kind(owner)}) for {about.name} "
                             f"({self.mixture.kind(about)}) {dotted(entry.label)} {fault}")
        return found

    def lie(self):
        """If two neighbours of any node changed places, entries would have to be wrong."""
        notes = []
        for kind in ("ours", "foreign"):
            entries, count = self.mixture.tables(kind), 0
            for key in self.places:
                places = {k: dict(mine) for k, mine in self.places.items()}
                if len(places[key]) < 2:
                    continue
                a, b, *_ = places[key]
                places[key][a], places[key][b] = places[key][b], places[key][a]
                count += len(self.wrong(entries, places))
            if not count:
                raise LabError("tables would be true, whatever the switches did")
            notes.append(f"{kind}: {count} entries in all")
        return ", ".join(notes)

    def read_logs(self):
        """Counts what foreign nodes complain about, but for what is between two of them."""
        strange, stumbles, between = collections.Counter(), collections.defaultdict(list), 0
        foreign = self.mixture.running("foreign")
        addresses = {n.address for n in foreign}
        for node in foreign:
            for line in node.log().splitlines():
                if not STRANGE.search(line) or USUAL.search(line):
                    continue
                about = self.about(node, line)
                if about in addresses:
                    between += 1
                elif about and STUMBLE.search(line):
                    stumbles[node.address, about].append(int(line.split()[0]))
                else:
                    # Without the time, addresses, keys and numbers.
                    strange[re.sub(r"^\d+ |0x[0-9a-f]+|\[[^\]]*\]", "", line)] += 1
        if strange:
            raise LabError(f"{strange.total()} strange lines:\n" + "\n".join(
                f"    {count} x {text}" for text, count in strange.most_common(10)))
        sessions = len(foreign) * len(self.mixture.running("ours"))
        longest = max((max(seconds) - min(seconds) for seconds in stumbles.values()), default=0)
        note = (f"0 strange lines, {len(stumbles)} of {sessions} sessions with ours stumbled for "
                f"{longest} s at most, {between} lines about other foreign nodes")
        if longest > STUMBLE_SECONDS_MAX or len(stumbles) > max(2, sessions * STUMBLE_SHARE_MAX):
            raise LabError(note)
        return note

    def about(self, node, line):
        """The address of the node that a line in a log names, somehow; else None."""
        if found := re.search(r"\[(fc[0-9a-f:]{37})\]", line):
            return found[1]
        if found := re.search(r"\[v\d+\.[0-9a-f.]{20}([0-9a-z]{52}\.k)\]", line):
            return self.mixture.by_key[found[1]].address
        if found := re.search(r"\[([0-9a-f]{4}(\.[0-9a-f]{4}){3})\]", line):
            trail = follow(self.places, node.key, int(found[1].replace(".", ""), 16))
            return None if trail.fault else self.mixture.by_key[trail.end].address
        return None

    def read_our_logs(self):
        """Warnings of ours, and packets that could not be read or passed on."""
        lines = [f"{node.name}: {line}" for node in self.mixture.running("ours")
                 for line in node.log().splitlines()
                 if re.search(r"\b(WARN|ERROR|CRITICAL)\b", line) and "pipe:" not in line]
        if lines:
            raise LabError(f"{len(lines)} warnings: " + "; ".join(lines[:5]))
        total = collections.Counter()
        for node in self.mixture.running("ours"):
            said = node.admin().call("Core_counters")
            total.update({k: v for k, v in said.items() if isinstance(v, int) and v})
        bad = {k: total[k] for k in BAD_COUNTERS if total[k]}
        if bad:
            raise LabError(f"dropped: {bad}")
        return ", ".join(f"{k} {total[k]}" for k in SHOWN_COUNTERS)


def splice(place, behind, width):
    """The label of a path that begins at that place of a switch and goes on with `behind`."""
    width = max(width, least_width(place))
    if width == 4:
        return behind << 4 | {0: 1, 1: 0}.get(place, place) << 1 | 1
    number = place - 1 if place else 0
    return behind << width | number << 2 | (2 if width == 7 else 0)


def dotted(label):
    text = f"{label:016x}"
    return ".".join(text[i:i + 4] for i in range(0, 16, 4))


# The shapes of the meshes.

def alternating(count):
    return [("foreign", "ours")[i % 2] for i in range(count)]


def line(count):
    return [(i, i + 1) for i in range(count - 1)]


def graph(count, chance):
    """A connected graph with two nodes, one of each kind, that have more neighbours than four bits
    can tell apart, and what is farther away behind them."""
    kinds = ["foreign", "ours"] + alternating(count - 2)
    rest = list(range(2, count))
    chance.shuffle(rest)
    edges = {(0, i) for i in rest[:9]} | {(1, i) for i in rest[8:count - 5]}
    for before, i in zip(rest[count - 6:], rest[count - 5:]):
        edges.add((before, i))
    while len(edges) < count + 4:
        a, b = sorted(chance.sample(rest, 2))
        edges.add((a, b))
    return kinds, sorted(edges)


def shapes(chance):
    """Names, kinds and links of the meshes."""
    yield "a line of 8", alternating(8), line(8)
    yield "a ring of 8", alternating(8), line(8) + [(7, 0)]
    yield "a graph of 20", *graph(20, chance)
    yield "one foreign in a ring of 9", ["foreign"] + ["ours"] * 8, line(9) + [(8, 0)]


def run(ours, foreign, attempt, only):
    """All meshes; `attempt` gets the name and the function of each case, and says whether it was
    passed."""
    seed = int(SEED) if SEED else random.randrange(1 << 32)
    chance = random.Random(seed)
    for shape, kinds, edges in shapes(chance):
        title = f"mixed, {shape}"
        if only and only not in title:
            continue
        print(f"{title}: SEED={seed}", flush=True)
        with Lab("interop") as lab:
            mixture = Mixture(lab, kinds, edges, {"ours": ours, "foreign": foreign}, chance)
            trial = Trial(mixture, chance)
            for name, case in trial.cases():
                passed = attempt(f"{title}: {name}", case)
                # What comes next needs the nodes and what is known about them.
                if not passed and (not mixture.running() or case in (trial.start, trial.join)):
                    break
