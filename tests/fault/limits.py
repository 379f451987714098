#!/usr/bin/python3
"""Faults that the kernel makes: names, routes, bandwidth, descriptors."""
import concurrent.futures
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from harness import (Skip, at_least, at_most, attempts, audit, main, need,
                     never_there, one_of, read_head, row, same)

CONNECT, TIMEOUT = "UPSTREAM_CONNECT", "UPSTREAM_TIMEOUT"
NXDOMAIN, SERVFAIL, REFUSED, MUTE = 3, 2, 5, None


# ---- names: a namespace with a DNS server of our own -------------------------

class Names:
    """A DNS server on 127.0.0.53: A records of 127.0.0.1, or a fault."""

    def __init__(self, world, code=0, delay=0.0):
        self.code, self.delay = code, delay
        self.asked = 0
        self.mute = None  # a label: to names with it
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.53", 53))
        threading.Thread(target=self.loop, daemon=True).start()
        config = world.write("resolv.conf", "nameserver 127.0.0.53\n")
        subprocess.run(["mount", "--bind", config, "/etc/resolv.conf"],
                       check=True)

    def loop(self):
        while True:
            query, who = self.socket.recvfrom(4096)
            self.asked += 1
            if self.code is MUTE or (self.mute and self.mute in query):
                continue
            threading.Timer(self.delay, self.socket.sendto,
                            (self.reply(query), who)).start()

    def reply(self, query):
        end = query.index(b"\0", 12) + 5  # the name, its type, its class
        kind = struct.unpack(">H", query[end - 4:end - 2])[0]
        records = b""
        if kind == 1 and not self.code:
            records = (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" +
                       socket.inet_aton("127.0.0.1"))
        return (query[:2] + struct.pack(">HHHHH", 0x8180 | (self.code or 0),
                                        1, 1 if records else 0, 0, 0) +
                query[12:end] + records)


def named(world, tls=True, **dns):
    names = Names(world, **dns)
    cert = world.authority().issue("upstream.test")
    fake = world.fake(cert=cert)
    return names, fake, f"https://upstream.test:{fake.port}/api/v1"


@row("N3-good", "the name server that the rows below break works",
     isolated=True)
def names_good(world):
    names, fake, url = named(world)
    run = world.run(url, "--cacert", fake.cert[2])
    audit(run, 0, fake=fake)
    at_least(names.asked, 1, "questions")


@row("N3-nxdomain", "a name that does not exist: configuration",
     isolated=True)
def nxdomain(world):
    _, fake, url = named(world, code=NXDOMAIN)
    run = world.run(url, calls=["one", "two"], jobs=1)
    audit(run, 2, lines=len(run.records))
    same((attempts(run), run.summary["requests"]), (1, 0), "attempts, sent")
    same("upstream.test" in run.err, True, f"the name is told: {run.err}")
    same(run.record("one")["error"]["code"], CONNECT, "code")
    same(len(fake.requests()), 0, "requests")


@row("N3-servfail", "name servers that fail: tried again", isolated=True)
def servfail(world):
    _, _, url = named(world, code=SERVFAIL)
    run = world.run(url, "--attempts", "2")
    never_there(run, CONNECT, tries=2)


@row("N3-mute", "a mute name server: the deadline holds (M2)", isolated=True)
def mute_dns(world):
    _, _, url = named(world, code=MUTE)
    run = world.run(url, "--timeout", "1", "--attempts", "2",
                    calls=["one", "two"])
    audit(run, 75)
    for call in run.calls:
        stage = run.stage(call, "classification")
        one_of(stage["error"]["code"], (CONNECT, TIMEOUT), "code")
    # two requests of a second each, a wait up to a second
    at_most(run.seconds, 2 + 1 + 1.5, "run")


@row("N3-slow", "a slow name server costs time and nothing else",
     isolated=True)
def slow_dns(world):
    _, fake, url = named(world, delay=0.7)
    run = world.run(url, "--cacert", fake.cert[2], "--timeout", "5")
    audit(run, 0, fake=fake)
    at_least(run.seconds, 0.7, "it waited")


FORGOTTEN_S = 63  # libcurl knows an address for a minute


def slowest_of_a_hundred(world, cert, host, closes):
    """Milliseconds of stages whose first request found a connection.

    closes: one of the 16 connections is, when libcurl has forgotten the
    address.
    """
    rules = [{"delay_ms": 300}]
    if closes:
        rules.insert(0, {"after_s": FORGOTTEN_S, "times": 1, "delay_ms": 300,
                         "framing": "close"})
    with world.fake(rules, cert=cert, bodies=False) as fake:
        run = world.run(f"https://{host}:{fake.port}/api/v1", "--cacert",
                        cert[2], "--timeout", "2", "--attempts", "5",
                        calls=[f"c{i:05}" for i in range(900)], jobs=16,
                        limit_s=300)
        audit(run, 0, fake=fake)
    stages = [s for record in run.records
              for s in record["meta"]["stages"].values()]
    stuck = sum(s["attempts"] > 1 for s in stages)
    print(f"{host}: {stuck} requests were stuck in {run.seconds:.0f} s")
    if closes:
        at_least(stuck, 3, "requests without a name server")
    found = sorted(s["latency_ms"] for s in stages if s["attempts"] == 1)
    return found[len(found) * 99 // 100]


@row("F10-isolation-names", "the name server is mute for one of 16: the others "
     "do not feel it", isolated=True, label="soak")
def isolation_names(world):
    names = Names(world)
    authority = world.authority()
    threading.Timer(10, setattr, (names, "mute", b"\x05later")).start()
    # both at once: what else the machine does is the same for both
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(slowest_of_a_hundred, world,
                            authority.issue(host), host, closes)
                for host, closes in (("good.test", False),
                                     ("later.test", True))]
        before, after = (run.result() for run in runs)
    print(f"99 of 100 within {before} ms, with a mute name server {after} ms")
    at_most(after, before * 1.05 + 2, "ms, the slowest of a hundred")


# ---- routes ------------------------------------------------------------------

def no_route(world, run_words):
    run = world.run("https://192.0.2.1:443/api/v1", "--timeout", "5",
                    "--attempts", "2")
    never_there(run, CONNECT, tries=2)
    stage = run.stage("one", "classification")
    one_of(any(w in stage["error"]["message"] for w in run_words), (True,),
           f"the kernel's reason is told: {stage['error']['message']}")
    at_most(run.seconds, 1 + 1.5, "known at once, tried again")


@row("N4-no-route", "no route", isolated=True)
def unreachable(world):
    no_route(world, ["unreachable"])


@row("N4-unreachable", "a route that says unreachable", isolated=True)
def unreachable_host(world):
    subprocess.run([need("ip"), "route", "add", "unreachable",
                    "192.0.2.0/24"], check=True)
    no_route(world, ["No route to host", "unreachable"])


@row("N4-prohibit", "a route that is prohibited", isolated=True)
def prohibited(world):
    subprocess.run([need("ip"), "route", "add", "prohibit", "192.0.2.0/24"],
                   check=True)
    no_route(world, ["Permission denied", "Network is unreachable"])


# ---- bandwidth ---------------------------------------------------------------

@row("N18-slow-upload", "a line too slow for the transcript: says what took "
     "the time")
def slow_upload(world):
    def serve(link, _):
        read_head(link)
        while link.recv(2048):
            time.sleep(0.1)
    server = world.listen(serve, receive_buffer=4096)
    run = world.run(server.base, "--timeout", "1", "--attempts", "1",
                    words=" word" * 800000)
    audit(run, 3)
    stage = run.stage("one", "classification")
    same(stage["error"]["code"], TIMEOUT, "code")
    same("sending the request" in stage["error"]["message"], True,
         f"the phase is told: {stage['error']['message']}")
    at_most(run.seconds, 2 * 1 + 2.5, "the deadline counts the upload")


@row("N18-large-request", "a large transcript over a line that is fast")
def large_request(world):
    with world.fake() as fake:
        run = world.run(fake, words=" word" * 400000)
        audit(run, 0, fake=fake)


# ---- descriptors -------------------------------------------------------------

def few_files(n):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))
    return limit


@row("N19-few-descriptors", "fewer descriptors than jobs")
def few_descriptors(world):
    # each with a delay, so that all connections would be open at once
    with world.fake([{"delay_ms": 300}]) as fake:
        calls = [f"c{i}" for i in range(12)]
        run = world.run(fake, calls=calls, jobs=16, limit=few_files(20))
        audit(run, (0, 3), fake=None)
        saw = len(fake.requests())
    at_least(saw, 12, "requests that left")
    at_most(run.cpu, 2.0, "CPU seconds: it must not spin")
    for record in run.records:
        for name, stage in record["meta"]["stages"].items():
            if stage["status"] == "failed":
                same(stage["error"]["code"], CONNECT, name)


@row("N19-nothing-lost", "fewer descriptors than jobs: slower, and all well")
def nothing_lost(world):
    with world.fake([{"delay_ms": 300}]) as fake:
        calls = [f"c{i}" for i in range(12)]
        for _ in range(3):
            run = world.run(fake, calls=calls, jobs=16, limit=few_files(20))
            audit(run, 0)


@row("N19-emfile-once", "no descriptor for a connection, then one again")
def emfile_once(world):
    strace = need("strace")
    with world.fake() as fake:
        trace = world.path("trace")
        run = world.run(
            fake, jobs=4, env={"ASAN_OPTIONS": "detect_leaks=0"}, wrap=[strace, "-f", "-qq", "-o", trace, "-e",
                                "trace=socket", "-e",
                                "inject=socket:error=EMFILE:when=1..2"])
        if "strace: " in run.err:
            raise Skip("no right to trace")
        audit(run, 0)
    with open(trace, encoding="utf-8") as lines:
        injected = sum("INJECTED" in line for line in lines)
    at_least(injected, 1, "sockets that were refused")


if __name__ == "__main__":
    sys.exit(main())
