"""The admin interface on its real socket, as the tools of others use it."""
import hashlib
import os
import re
import secrets
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
from lab import LabError, bdecode, bencode  # noqa: E402
from stage import DONE, Stage, check, generated, need_program, without_tun  # noqa: E402

BIND = ("127.0.0.1", 11234)


def quiet(executable, password="NONE", **changes):
    """A node with few things, whose log goes to those who subscribe."""
    return without_tun(executable, **{
        "logging": {}, "admin": {"bind": "127.0.0.1:11234", "password": password}, **changes})


class Wire:
    """Bare datagrams to the admin address of a namespace."""

    def __init__(self, stage, name, address=BIND):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = stage.socket_in(stage.namespace(name), family, socket.SOCK_DGRAM)
        self.socket.connect(address)

    def ask(self, packet, seconds=2.0):
        """The next datagram after `packet` is sent; None if there is none."""
        self.socket.send(packet)
        return self.next(seconds)

    def next(self, seconds=2.0):
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(69632)
        except TimeoutError:
            return None

    def call(self, function, **arguments):
        """Without a txid and without authentication."""
        request = {"q": function}
        if arguments:
            request["args"] = arguments
        return bdecode(self.ask(bencode(request)))


# Clients, after what admin.md section 10 says of each

class PythonClient:
    """Pings bare, lists the functions page by page, keeps itself alive, checks the password."""

    def __init__(self, stage, name, password):
        self.wire, self.password = Wire(stage, name), password
        reply = self.wire.ask(b"d1:q4:pinge")
        check(reply is not None and reply.endswith(b"1:q4:ponge"), "this is no cjdns", reply)
        self.functions, page = {}, 0
        while True:
            # Keys in the order in which it makes them: q before args.
            reply = bdecode(self.wire.ask(
                b"d1:q24:Admin_availableFunctions4:argsd4:pagei%deee" % page))
            self.functions.update(reply["availableFunctions"])
            if "more" not in reply:
                break
            page += 1
        keep = bdecode(self.wire.ask(b"d1:q18:Admin_asyncEnabled4:txid8:keepalive"))
        check(keep["txid"] == b"keepaliv", "the txid of the keep-alive", keep)
        self.is_entitled = "error" not in self.call("ping")

    def call(self, function, **arguments):
        """Every argument that was left out goes along, as two apostrophes if it is a number."""
        given = dict(arguments)
        for argument, kind in self.functions.get(function, {}).items():
            if argument not in given and kind["required"] == 0 and kind["type"] == b"Int":
                given[argument] = "''"
        cookie = bdecode(self.wire.ask(b"d1:q6:cookiee"))["cookie"]
        txid = secrets.token_hex(5).encode()
        head = (b"d1:q4:auth2:aq%d:%s4:args%s6:cookie%d:%s"
                % (len(function), function.encode(), bencode(given), len(cookie), cookie))
        hash_ = hashlib.sha256(self.password.encode() + cookie).hexdigest().encode()
        tail = b"4:txid10:%se" % txid
        final = hashlib.sha256(head + b"4:hash64:" + hash_ + tail).hexdigest().encode()
        reply = bdecode(self.wire.ask(head + b"4:hash64:" + final + tail))
        check(reply.get("txid") == txid, "the txid", reply)
        return reply


class NodeClient:
    """At most four requests in flight, a cookie for each call, numbers as txid; functions are
    called by position: required arguments first, each group by descending name."""

    def __init__(self, stage, name, password):
        self.wire, self.password, self.number = Wire(stage, name), password, 0
        self.functions, page = {}, 0
        while found := self.exchange([{"q": "Admin_availableFunctions", "args": {"page": page}}]
                                     )[0]["availableFunctions"]:
            self.functions.update(found)
            page += 1

    def exchange(self, requests):
        """Sends all and returns the replies in the order of the requests."""
        waiting, replies = {}, {}
        for index, request in enumerate(requests):
            self.number += 1
            waiting[str(self.number).encode()] = index
            self.wire.socket.send(bencode(dict(request, txid=str(self.number))))
        while waiting:
            reply = self.wire.next()
            check(reply is not None, "no reply to", waiting)
            reply = bdecode(reply)
            check("txid" in reply, "a reply without txid", reply)
            replies[waiting.pop(reply["txid"])] = reply
        return [replies[i] for i in range(len(requests))]

    def call_four(self, function, *positional):
        """Four times the same call at once."""
        known = self.functions[function]
        names = sorted((n for n in known if known[n]["required"]), reverse=True) + sorted(
            (n for n in known if not known[n]["required"]), reverse=True)
        arguments = dict(zip(names, positional))
        cookies = [r["cookie"] for r in self.exchange([{"q": "cookie"}] * 4)]
        requests = []
        for cookie in cookies:
            self.number += 1
            request = {"q": "auth", "aq": function, "args": arguments, "cookie": cookie,
                       "txid": str(self.number),
                       "hash": hashlib.sha256(self.password.encode() + cookie).hexdigest()}
            request["hash"] = hashlib.sha256(bencode(request)).hexdigest()
            requests.append(request)
        for request in requests:
            self.wire.socket.send(bencode(request))
        replies = [bdecode(self.wire.next()) for _ in requests]
        check(sorted(r["txid"] for r in replies) == sorted(r["txid"].encode() for r in requests),
              "the txids", replies)
        return replies


def test_the_python_client(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable, "correct horse")
        stage.run("a", executable, configuration).expect(DONE)
        client = PythonClient(stage, "a", "correct horse")
        check(client.is_entitled, "the right password is refused")
        check(len(client.functions) > 50, "functions", len(client.functions))
        for function, arguments in (("InterfaceController_peerStats", {"page": 0}),
                                    ("NodeStore_dumpTable", {"page": 0}),
                                    ("SwitchPinger_ping", {"path": "0000.0000.0000.0001"}),
                                    ("RouterModule_lookup", {"address": configuration["ipv6"]}),
                                    ("AuthorizedPasswords_list", {}),
                                    ("AdminLog_subscribe", {"level": "INFO"}), ("memory", {})):
            reply = client.call(function, **arguments)
            check(reply.get("error", b"none").lower() == b"none", function, reply)
        check(not PythonClient(stage, "a", "correct donkey").is_entitled,
              "the wrong password is taken")
        return f"{len(client.functions)} functions"


def test_the_node_client(executable):
    with Stage("admin") as stage:
        stage.run("a", executable, quiet(executable, "secret")).expect(DONE)
        client = NodeClient(stage, "a", "secret")
        for reply in client.call_four("SwitchPinger_ping", "0000.0000.0000.0001", 1000):
            check(reply.get("result") == b"pong", "a ping of itself", reply)
        for reply in client.call_four("InterfaceController_peerStats", 0):
            check(reply["peers"] == [], "peers", reply)


def test_the_lua_client(executable):
    """A socket for each request, no txid, and the function's q among the arguments."""
    with Stage("admin") as stage:
        stage.run("a", executable, quiet(executable, "secret")).expect(DONE)
        for _ in range(40):
            cookie = bdecode(Wire(stage, "a").ask(b"d1:q6:cookiee"))["cookie"]
            hash_ = hashlib.sha256(b"secret" + cookie).hexdigest()
            request = {"q": "auth", "aq": "AuthorizedPasswords_list", "cookie": cookie,
                       "args": {"q": "AuthorizedPasswords_list"}, "hash": hash_}
            request["hash"] = hashlib.sha256(bencode(request)).hexdigest()
            reply = bdecode(Wire(stage, "a").ask(bencode(request)))
            check("users" in reply and "txid" not in reply, "a reply", reply)


def test_the_client_of_rust(executable):
    """It tries the password with AuthorizedPasswords_list, and pages until a page is empty."""
    with Stage("admin") as stage:
        configuration = quiet(executable, "secret")
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        check(admin.call("AuthorizedPasswords_list").get("error", b"none") == b"none", "refused")
        names, page = set(), 0
        while found := admin.exchange({"q": "Admin_availableFunctions", "args": {"page": page}}
                                      )["availableFunctions"]:
            names.update(found)
            page += 1
            check(page < 100, "the pages do not end")
        admin.password = "wrong"
        check(admin.call("AuthorizedPasswords_list")["error"] == b"Auth failed.", "taken")


# Bytes on the socket

def test_what_is_answered_and_what_is_not(executable):
    with Stage("admin") as stage:
        stage.run("a", executable, quiet(executable)).expect(DONE)
        wire = Wire(stage, "a")
        for packet, reply in ((b"d1:q4:pinge", b"d1:q4:ponge"),
                              (b"d000001:q4:pinge", b"d1:q4:ponge"),
                              (b"d1:q4:ping4:txid3:abce", b"d1:q4:pong4:txid3:abce"),
                              (b"d4:txid3:abc1:q4:pinge", b"d1:q4:pong4:txid3:abce"),
                              (b"d1:q4:ping4:txidi5ee", b"d1:q4:ponge"),
                              (b"d3:foold3:bari1eee1:q4:pinge", b"d1:q4:ponge"),
                              (b"d1:q8:Core_pid1:q4:pinge", b"d1:q4:ponge")):
            check(wire.ask(packet) == reply, f"the reply to {packet}")
        check(re.fullmatch(rb"d6:cookie10:\d{10}e", wire.ask(b"d1:q6:cookiee")), "a cookie")
        for count in (4097, 8192, 9000, 65000):
            check(wire.ask(b"d1:q%d:%se" % (count, b"x" * count))
                  == b"d5:error16:Request too big.e", f"a request of {count} bytes")
        check(wire.ask(b"d4:fill2000:" + b"x" * 2000 + b"1:q4:pinge") == b"d1:q4:ponge",
              "2000 bytes are no more than 22.3 takes")
        for packet in (b"d1:q4:pinge\n", b"d1:q4:ping", b"", b"le", b"i1e", b"4:ping", b"de",
                       b"d1:qi1ee", b"d1:q5:pinge", b"d1:q-4:pinge", b"d1:q9999999999999999:pinge",
                       b"d1:q4:ping1:ai-0ee", b"l" * 3000, b"d1:q" + b"l" * 2000):
            wire.socket.send(packet)
        check(wire.next(0.3) is None, "what is no request was answered")
        check(wire.ask(b"d1:q4:pinge") == b"d1:q4:ponge", "the socket is deaf afterwards")


def test_unknown_functions_and_arguments(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable)
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        unknown = b"No functions matched your request, try Admin_availableFunctions()"
        check(admin.call("Core_nothing")["error"] == unknown, "an unknown function")
        reply = admin.call("SwitchPinger_ping")["error"]
        check(reply == b"Entry [path] is required and must be of type [String]", "path", reply)
        reply = admin.call("SessionManager_sessionStats", handle="one")["error"]
        check(reply == b"Entry [handle] is required and must be of type [Int]", "handle", reply)
        reply = admin.call("InterfaceController_peerStats", page="''")
        check(reply["peers"] == [], "an optional argument of the wrong type is left out", reply)


def test_a_flood_leaves_it_alive(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable)
        stage.run("a", executable, configuration).expect(DONE)
        pid = stage.pid("a", configuration)
        wire = Wire(stage, "a")
        good = bencode({"q": "auth", "aq": "ping", "cookie": "1", "hash": "0" * 64})

        def memory():
            with open(f"/proc/{pid}/statm") as file:
                return int(file.read().split()[1]) * 4
        before, end, count = memory(), time.monotonic() + 2, 0
        while time.monotonic() < end:
            packet = bytearray(good)
            for _ in range(count % 4):
                packet[secrets.randbelow(len(packet))] = secrets.randbelow(256)
            try:
                wire.socket.send(bytes(packet) if count % 5 else secrets.token_bytes(count % 600))
            except ConnectionRefusedError:
                raise LabError(f"it is gone after {count} datagrams") from None
            count += 1
        check(stage.answers("a", configuration, 3), "it does not answer any more")
        grown = memory() - before
        check(grown < 1024, "memory grew", f"{grown} kB")
        return f"{count} datagrams, {grown} kB more"


# Authentication

def test_passwords(executable):
    unknown = b"No functions matched your request, try Admin_availableFunctions()"
    with Stage("admin") as stage:
        configuration = quiet(executable, "correct horse")
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        reply = admin.call("AuthorizedPasswords_list")
        check(b"default-login" in reply.get("users", []), "the right one", reply)
        check(admin.exchange({"q": "AuthorizedPasswords_list"})["error"] == unknown,
              "without authentication it does not exist")
        check(b"peers" in bencode(admin.exchange({"q": "InterfaceController_peerStats"})),
              "the statistics of peers need none")
        for wrong in ("correct hors", "correct horse ", "NONE", ""):
            admin.password = wrong
            check(admin.call("ping").get("error") == b"Auth failed.", f"'{wrong}' was taken")
        admin.password = "correct horse"
        for cookie in (0, int(time.time()) - 60, int(time.time()) + 60):
            request = {"q": "auth", "aq": "ping", "cookie": str(cookie), "hash": hashlib.sha256(
                f"correct horse{cookie}".encode()).hexdigest()}
            request["hash"] = hashlib.sha256(bencode(request)).hexdigest()
            check(admin.exchange(request, 2).get("error") == b"Auth failed.",
                  f"the cookie {cookie} was taken")


def test_the_password_NONE(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable)
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        check("users" in admin.exchange({"q": "AuthorizedPasswords_list"}), "all may do all")
        admin.password = "something"
        check(admin.call("ping")["error"] == b"Auth failed.", "a wrong hash is refused even so")


def test_a_missing_password_is_one_that_nobody_knows(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable, admin={"bind": "127.0.0.1:11234"})
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        for guess in ("NONE", ""):
            admin.password = guess
            check(admin.call("ping").get("error") == b"Auth failed.", f"'{guess}' was taken")
        check("error" in admin.exchange({"q": "Core_exit"}), "anybody can end it")


def test_the_shell(executable):
    """What the notes for users show: one line with nc, and a call with cookie and hash."""
    for program in ("nc", "sha256sum", "sed"):
        need_program(program)
    with Stage("admin") as stage:
        stage.run("a", executable, quiet(executable, "correct horse")).expect(DONE)
        shown = stage.shell("a", "echo -n 'd1:q4:pinge' | nc -u -w1 127.0.0.1 11234")
        check(shown.stdout.endswith("1:q4:ponge"), "the one-liner", shown)
        replies = {password: stage.shell("a", SHELL_CALL % password).stdout
                   for password in ("correct horse", "wrong")}
        check(replies["correct horse"] == "d1:q4:ponge", "the right password", replies)
        check(replies["wrong"] == "d5:error12:Auth failed.e", "the wrong password", replies)


SHELL_CALL = r"""
password='%s'
ask() { nc -u -w1 127.0.0.1 11234; }
digest() { sha256sum | sed 's/ .*//'; }
cookie=$(echo -n 'd1:q6:cookiee' | ask | sed 's/^d6:cookie10:\([0-9]*\)e$/\1/')
first=$(echo -n "$password$cookie" | digest)
request="d2:aq4:ping6:cookie10:${cookie}4:hash64:${first}1:q4:authe"
second=$(echo -n "$request" | digest)
echo -n "$request" | sed "s/$first/$second/" | ask
"""


# Functions

def test_log_lines_for_who_subscribes(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable)
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)

        def lines(seconds=0.5):
            found, end = [], time.monotonic() + seconds
            while (left := end - time.monotonic()) > 0:
                admin.socket.settimeout(left)
                try:
                    message = bdecode(admin.socket.recv(69632))
                except TimeoutError:
                    break
                if "streamId" in message:
                    found.append(message)
            return found
        reply = admin.call("AdminLog_subscribe", level="DEBUG")
        stream = reply["streamId"]
        check(re.fullmatch(rb"[0-9a-f]{16}", stream), "streamId", reply)
        admin.socket.sendto(bencode({"q": "AdminLog_logMany", "args": {"count": 3}}),
                            admin.address)
        found = [line for line in lines() if b"3" in line["message"]]
        check(len(found) == 3, "three lines", found)
        for line in found:
            check(set(line) == {"file", "level", "line", "message", "streamId", "time", "txid"},
                  "the keys of a line", line)
            check(line["level"] == b"DEBUG" and line["streamId"] == stream, "a line", line)
            check(abs(line["time"] - time.time()) < 120, "its time", line)
            check(not line["message"].endswith(b"\n"), "a newline at its end", line)
        entries = admin.call("AdminLog_subscriptions")["entries"]
        check([e["streamId"] for e in entries] == [stream], "the subscriptions", entries)
        check(admin.call("AdminLog_unsubscribe", streamId=stream)["error"] == b"none", "the end")
        # Only errors now: the same lines do not come.
        admin.call("AdminLog_subscribe", level="ERROR")
        admin.socket.sendto(bencode({"q": "AdminLog_logMany", "args": {"count": 3}}),
                            admin.address)
        check(lines(0.3) == [], "lines of a lower level")
        check(admin.call("AdminLog_unsubscribe", streamId="0" * 16)["error"]
              == b"No such subscription.", "an unknown stream")
        check(admin.call("AdminLog_unsubscribe", streamId="x")["error"]
              == b"Invalid streamId.", "a stream that is none")


def test_the_log_of_what_happens_arrives(executable):
    """Not only a test line: a peer with a wrong password, a device that goes."""
    with Stage("admin") as stage:
        configuration = quiet(executable, router={
            "interface": {"type": "TUNInterface", "tunDevice": "cjadmin0"}})
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        admin.call("AdminLog_subscribe", level="INFO")
        stage.ip("a", "link", "del", "cjadmin0")
        admin.socket.settimeout(3)
        while True:
            message = bdecode(admin.socket.recv(69632))
            if b"has been deleted" in message.get("message", b""):
                check(message["level"] == b"ERROR", "its level", message)
                return


def test_without_logTo_stdout_only(executable):
    """With it the AdminLog functions do not exist."""
    with Stage("admin") as stage:
        configuration = quiet(executable, logging={"logTo": "stdout"})
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        check(admin.call("AdminLog_subscribe")["error"].startswith(b"No functions matched"),
              "it subscribes")


def dialling(executable, count):
    """A node that dials `count` addresses where nobody is."""
    key = [generated(executable)["publicKey"] for _ in range(count)]
    return quiet(executable, interfaces={"UDPInterface": [{"bind": "0.0.0.0:9000", "connectTo": {
        f"127.0.0.1:{20000 + i}": {"password": "somethinglong", "publicKey": key[i],
                                   "peerName": f"peer-{i}"} for i in range(count)}}]}), key


def test_peers_come_in_pages_and_can_be_sent_away(executable):
    with Stage("admin") as stage:
        configuration, keys = dialling(executable, 14)
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        pages = [admin.exchange({"q": "InterfaceController_peerStats", "args": {"page": page}})
                 for page in range(4)]
        check([len(p["peers"]) for p in pages] == [6, 6, 2, 0], "the pages", pages)
        check([p.get("more", 0) for p in pages] == [1, 1, 0, 0], "more")
        check({p["total"] for p in pages} == {14}, "total")
        peers = [peer for page in pages for peer in page["peers"]]
        check({p["user"] for p in peers} == {f"peer-{i}".encode() for i in range(14)}, "names")
        wanted = {"addr", "lladdr", "state", "isIncoming", "bytesIn", "bytesOut", "recvKbps",
                  "sendKbps", "last", "duplicates", "lostPackets", "receivedOutOfRange",
                  "receivedPackets", "ifNum", "user"}
        for peer in peers:
            check(wanted <= set(peer), "keys of a peer", wanted - set(peer))
            check(peer["addr"].decode()[-54:] in keys, "its key is the end of addr", peer)
            check(re.fullmatch(rb"v\d+\.([0-9a-f]{4}\.){4}[0-9a-z]{52}\.k", peer["addr"]), "addr",
                  peer)
        check(admin.call("InterfaceController_disconnectPeer", pubkey="x")["error"] == b"bad key",
              "a bad key")
        other = generated(executable)["publicKey"]
        check(admin.call("InterfaceController_disconnectPeer", pubkey=other)["error"]
              == b"no peer found for that key", "a key of nobody")
        check(admin.call("InterfaceController_disconnectPeer", pubkey=keys[3])["success"] == 1,
              "a peer")
        left = admin.pages("InterfaceController_peerStats", "peers")
        check(len(left) == 13 and b"peer-3" not in {p["user"] for p in left}, "it is still there")


def test_a_mesh_made_by_calls(executable):
    """Interface, password and connection by the admin interface alone; then a switch ping."""
    with Stage("admin") as stage:
        _, address = stage.wire("a", "b")
        configurations = {n: quiet(executable, "secret", interfaces={}) for n in "ab"}
        admins = {}
        for name, configuration in configurations.items():
            stage.run(name, executable, configuration).expect(DONE)
            admins[name] = stage.admin(name, configuration)
        bound = admins["b"].call("UDPInterface_new", bindAddress="0.0.0.0:9000")
        check(bound["error"] == b"none" and bound["bindAddress"] == b"0.0.0.0:9000", "new", bound)
        again = admins["b"].call("UDPInterface_new", bindAddress="0.0.0.0:9000")
        check(b"in use" in again["error"], "twice the same port", again)
        check(admins["a"].call("UDPInterface_new")["error"] == b"none", "any port")
        reply = admins["b"].call("AuthorizedPasswords_add", password="fourteenletters", user="a",
                                 authType=1, displayName="a")
        check(reply["error"] == b"none", "the password", reply)
        peer = {"publicKey": configurations["b"]["publicKey"], "address": f"{address}:9000",
                "interfaceNumber": 0}
        check(admins["a"].call("UDPInterface_beginConnection", **peer)["error"] != b"none",
              "a connection without password")
        reply = admins["a"].call("UDPInterface_beginConnection", password="fourteenletters",
                                 peerName="b", **peer)
        check(reply["error"] == b"none", "the connection", reply)

        def established():
            return any(p["state"] == b"ESTABLISHED"
                       for p in admins["a"].pages("InterfaceController_peerStats", "peers"))
        stage.until(established, 5, "the peers do not find together")
        shown = admins["a"].pages("InterfaceController_peerStats", "peers")[0]
        path = b".".join(shown["addr"].split(b".")[1:5]).decode()
        pong = admins["a"].call("SwitchPinger_ping", path=path, data="hello", keyPing=1)
        check(pong["result"] == b"pong" and pong["key"].decode() == peer["publicKey"], "ping",
              pong)
        incoming = admins["b"].pages("InterfaceController_peerStats", "peers")
        check([p["isIncoming"] for p in incoming] == [1], "incoming", incoming)
        listed = admins["b"].call("AuthorizedPasswords_list")["users"]
        check(b"a" in listed, "its users", listed)
        reply = admins["b"].call("AuthorizedPasswords_remove", user="a")
        check(reply["error"] == b"none", "remove", reply)


def test_the_device_by_calls(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable)
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        check(admin.call("Core_stopTun")["error"] == b"no tun currently configured", "none yet")
        reply = admin.call("Core_initTunnel", desiredTunName="cjadmin0")
        check(reply["error"] == b"none", "initTunnel", reply)
        shown = stage.ip("a", "-6", "addr", "show", "dev", "cjadmin0")
        check("/8 " in shown and "mtu 1304" in shown, "the device", shown)
        check(admin.call("Core_stopTun")["error"] == b"none", "stopTun")
        check("cjadmin0" not in stage.ip("a", "link"), "the device stayed")


def test_rights_by_calls(executable):
    """As cjdroute's own client gives them up after it has set everything."""
    with Stage("admin") as stage:
        configuration = quiet(executable)
        stage.run("a", executable, configuration).expect(DONE)
        admin = stage.admin("a", configuration)
        user = admin.call("Security_getUser", user="nobody")
        check((user["uid"], user["gid"], user["error"]) == (65534, 65534, b"none"), "user", user)
        reply = admin.call("Security_getUser", user="no-such-user")
        check(reply["error"].startswith(b"Could not find user ["), "an unknown user", reply)
        for function, arguments in (("Security_chroot", {"root": "/var/run"}),
                                    ("Security_setUser", {"uid": 65534, "keepNetAdmin": 0}),
                                    ("Security_noforks", {}), ("Security_nofiles", {}),
                                    ("Security_setupComplete", {})):
            reply = admin.call(function, **arguments)
            check(reply["error"] == b"none", function, reply)
        shown = admin.call("Security_checkPermissions")
        check(shown["userId"] == 65534 and shown["noOpenFiles"] == 1, "permissions", shown)


def test_it_tells_of_itself(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable)
        stage.run("a", executable, configuration).expect(DONE)
        wire = Wire(stage, "a")
        info = wire.call("Core_nodeInfo")
        check(info["myIp6"].decode() == configuration["ipv6"], "its address", info)
        check(info["myAddr"].decode().endswith("0000.0000.0000.0001." + configuration["publicKey"]),
              "its node address", info)
        check(wire.call("memory")["bytes"] > 100_000, "memory")
        check(wire.call("Core_pid")["pid"] in stage.pids(stage.namespace("a")), "its process")


def test_Core_exit_ends_it_in_order(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable, "secret", router={
            "interface": {"type": "TUNInterface", "tunDevice": "cjadmin0"}})
        process = stage.front("a", executable, configuration, "--nobg")
        admin = stage.admin("a", configuration)
        check("error" in admin.exchange({"q": "Core_exit"}), "without the password")
        check(process.poll() is None, "it ended without the password")
        check(admin.call("Core_exit")["error"] == b"none", "its last reply")
        check(process.wait(3) == 0, "status", process.returncode)
        check("cjadmin0" not in stage.ip("a", "link"), "the TUN device stayed")


def test_addresses_to_listen_on(executable):
    """Any port, IPv6, and all addresses; it says where it really listens."""
    with Stage("admin") as stage:
        for name, bind, host in (("zero", "127.0.0.1:0", "127.0.0.1"),
                                 ("six", "[::1]:11234", "::1"),
                                 ("all", "0.0.0.0:11234", "127.0.0.1")):
            run = stage.run(name, executable, quiet(executable, admin={"bind": bind})).expect(DONE)
            found = re.search(r"admin address (\S+):(\d+)", run.said)
            check(found is not None and found.group(2) != "0", "where it listens", run.said)
            wire = Wire(stage, name, (host, int(found.group(2))))
            check(wire.ask(b"d1:q4:pinge") == b"d1:q4:ponge", f"it does not answer at {bind}")


def test_many_clients_at_once(executable):
    with Stage("admin") as stage:
        configuration = quiet(executable, "secret")
        stage.run("a", executable, configuration).expect(DONE)
        troubles = []

        def work():
            try:
                admin = stage.admin("a", configuration)
                for _ in range(25):
                    if "users" not in admin.call("AuthorizedPasswords_list"):
                        troubles.append("refused")
            except Exception as error:  # noqa: BLE001  Told below.
                troubles.append(repr(error))
        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(not troubles, "a client failed", troubles)


if __name__ == "__main__":
    lab.main(globals())
