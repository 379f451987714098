#!/usr/bin/python3
"""Faults below HTTP, and of HTTP itself: rows N1 to N20 of the matrix."""
import base64
import contextlib
import ctypes
import gzip
import json
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

from harness import (ACCEPT, NEVER, RETRY, Authority, Listener, Skip, at_least,
                     at_most, attempts, audit, closed_port, expect, fault,
                     golden_answer, main, need, never_there, one_of, read_head,
                     row, same)

CONNECT, TLS, TIMEOUT, CUT = (
    "UPSTREAM_CONNECT", "UPSTREAM_TLS", "UPSTREAM_TIMEOUT",
    "UPSTREAM_TRUNCATED")
ALL_WAITS = 3.0  # the longest waits before attempts 2 and 3 together
SLACK = 1.5      # start, end, a busy machine


def all_down(run, code, attempts=3):
    """One call alone, and nothing gets through: it is not invented."""
    audit(run, 3)
    for record in run.records:
        same((record["status"], record["error"]["code"]), ("failed", code),
             record["call_id"])
        for name in ("classification", "compliance"):
            stage = record["meta"]["stages"][name]
            same(stage["attempts"], attempts, f"{name}: attempts")
            same(stage["error"]["code"], code, name)


def http(body, head="HTTP/1.1 200 OK"):
    """A reply for the fault `garbage`, which sends it as it is."""
    return (f"{head}\r\nConnection: close\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}")


def good_body():
    """A good reply to the compliance stage."""
    return json.dumps({
        "id": "gen-1", "object": "chat.completion", "created": 1,
        "model": "m", "choices": [{
            "index": 0, "finish_reason": "stop", "message": {
                "role": "assistant",
                "content": json.dumps(golden_answer("compliance"))}}]})


# ---- connecting --------------------------------------------------------------

@row("N1-refused", "nobody listens: three attempts, then try again later")
def refused(world):
    for url in (f"http://127.0.0.1:{closed_port()}/api/v1",
                f"https://127.0.0.1:{closed_port()}/api/v1"):
        run = world.run(url, calls=["one", "two"])
        never_there(run, CONNECT)
        at_most(run.seconds, ALL_WAITS + SLACK, "it is not waited for")


@row("N1-refused-later", "nobody listens any more: waited for, nothing lost")
def refused_later(world):
    links = []

    def serve(link, _):
        links.append(link)
        with socket.create_connection(("127.0.0.1", fake.port)) as far:
            pump(link, far)

    def outage(server, over):
        server.__exit__()
        for link in links:
            # close() alone leaves it open while pump() waits in recv()
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        time.sleep(3)
        over.append(world.listen(serve, port=server.port))
    with world.fake([{"delay_ms": 100}]) as fake:
        server, over = Listener(serve), []
        clock = threading.Timer(0.7, outage, (server, over))
        clock.start()
        run = world.run(server.base, calls=[f"c{i}" for i in range(12)],
                        jobs=4)
        clock.join()
        audit(run, 0)
        at_least(attempts(run), run.summary["requests"] + 1, "refused ones")
        at_least(run.seconds, 3.7, "it waited")


fault("N1-reset", "RST, before or after the request", RETRY, CUT,
      {"refuse_reset": {"fault": "refuse_reset"}})


@row("N1-reset-at-connect", "accepted and reset before a request")
def reset_at_connect(world):
    with world.fake() as fake:
        relay = Relay(world, fake.port, dead={1, 2})
        run = world.run(relay.base, calls=["one"])
        audit(run, 0)
        stage = run.stage("one", "classification")
        # libcurl may learn of the reset when it sends or when it reads
        same((stage["attempts"], stage["re_asks"]), (3, 0), "attempts")


class Relay:
    """Passes bytes on to a port.

    The connections in `dead` are reset.  Those in `silent` lose what ends a
    TLS connection: the server's last record, a close_notify.
    """

    def __init__(self, world, port, dead=(), silent=()):
        self.port, self.dead, self.silent = port, dead, silent
        self.silenced = 0
        self.listener = world.listen(self.serve)
        self.base = self.listener.base

    def serve(self, link, n):
        if n in self.dead:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")
            return
        with socket.create_connection(("127.0.0.1", self.port)) as far:
            self.silenced += pump(link, far, n in self.silent)


CLOSE_NOTIFY = 24  # bytes of it in TLS 1.3
HANDSHAKE = 3000   # more than a client sends before its request


def pump(near, far, silent=False):
    """Passes bytes both ways to the end of one side; True if it cut some."""
    tail, sent = b"", 0
    while True:
        for s in select.select([near, far], [], [])[0]:
            data = s.recv(65536)
            if not data:
                return bool(tail)
            if s is near:
                sent += len(data)
                far.sendall(data)
                continue
            tail += data
            keep = CLOSE_NOTIFY if silent and sent > HANDSHAKE else 0
            near.sendall(tail[:len(tail) - keep])
            tail = tail[len(tail) - keep:]


@row("N2-connect-hangs", "the connection takes its own share of the time")
def connect_hangs(world):
    with socket.socket() as deaf, contextlib.ExitStack() as filling:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        for _ in range(3):  # what the backlog holds, and one that waits
            s = filling.enter_context(socket.socket())
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", port))
        run = world.run(f"http://127.0.0.1:{port}/api/v1", "--timeout", "20",
                        "--connect-timeout", "1", "--attempts", "2")
    never_there(run, CONNECT, tries=2)
    at_least(run.seconds, 2, "it waited for the connection, twice")
    at_most(run.seconds, 2 + 1 + SLACK, "and not longer")


# ---- no answer, no whole answer ----------------------------------------------

@row("N5-mute", "a stopped server accepts and never answers")
def mute(world):
    for tls in (False, True):
        with world.fake(tls=tls) as fake:
            fake.process.send_signal(signal.SIGSTOP)
            run = world.run(fake, "--timeout", "1", "--attempts", "2")
        if tls:  # not even a handshake
            never_there(run, TIMEOUT, tries=2)
        else:
            all_down(run, TIMEOUT, attempts=2)
        stages = 1 if tls else 2
        at_least(run.seconds, 2 * stages, "requests one after the other")
        at_most(run.seconds, 3 * stages + SLACK, "the deadline holds")


SLOW = ("--timeout", "1")
MOST = 3 * 1 + ALL_WAITS + SLACK
fault("N5-hang", "one request is never answered", RETRY, TIMEOUT,
      {"plain": {"fault": "hang"}}, SLOW, seconds=MOST)
fault("N5-hang-tls", "one request is never answered, over TLS", RETRY,
      TIMEOUT, {"tls": {"fault": "hang"}}, SLOW, tls=True, seconds=MOST)
fault("N6-drip", "a byte now and then: the total counts", RETRY, TIMEOUT,
      {"head": {"fault": "drip", "interval_ms": 200},
       "body": {"fault": "drip", "interval_ms": 2},
       "tls": {"fault": "drip", "interval_ms": 50}}, SLOW, seconds=MOST)
fault("N6-whitespace-forever", "keep-alive white space and no reply", RETRY,
      TIMEOUT, {n: {"fault": "whitespace_forever", "interval_ms": 50,
                    "framing": n} for n in ("chunked", "close")},
      SLOW, seconds=MOST)
fault("N6-whitespace-then-good", "white space, then the reply: accepted",
      ACCEPT, None, {"half a second": {"fault": "whitespace", "seconds": 0.5}})
fault("N6-whitespace-only", "a body of white space is no reply", RETRY, CUT,
      {"spaces": {"body": " \r\n\t " * 100},
       "chunked": {"body": "\n" * 9, "framing": "chunked"}})

CUTS = {
    "RST in the headers": {"fault": "reset_headers"},
    "RST in the body": {"fault": "reset_body"},
    "RST in a chunk": {"fault": "reset_body", "framing": "chunked"},
    "FIN in Content-Length": {"fault": "truncate"},
    "FIN in a chunk": {"fault": "truncate_chunked"},
    "FIN in the headers": {"fault": "cut", "at": 40},
    "FIN after the headers": {"fault": "truncate", "at": 0},
    "FIN, no byte": {"fault": "no_reply_close"},
}
fault("N7-cut", "broken off: tried again, never asked again", RETRY, CUT,
      CUTS)
fault("N7-cut-tls", "broken off under TLS", RETRY, CUT, CUTS, tls=True)
CLOSED = {str(at): {"fault": "truncate_close", "at": at}
          for at in (0, 1, 400)} | {"half": {"fault": "truncate_close"}}
fault("N9-close", "no length, cut: the JSON tells", RETRY, CUT, CLOSED)
fault("N9-close-tls", "no length, cut, close_notify sent", RETRY, CUT, CLOSED,
      tls=True)
fault("N9-close-good", "no length, complete", ACCEPT, None,
      {"close": {"framing": "close"}, "chunked": {"framing": "chunked"}})


@row("N9-tls-cut", "no length, cut by somebody who cannot send close_notify")
def tls_cut(world):
    rules = [{"nth": 3, "fault": "truncate_close"}, {"framing": "close"}]
    with world.fake(rules, tls=True) as fake:
        relay = Relay(world, fake.port, silent={3})
        run = world.run(f"https://localhost:{relay.listener.port}/api/v1",
                        "--cacert", fake.cert[2], jobs=1)
        audit(run, 0, fake=fake)
    spent = [s["attempts"] for s in run.record("one")["meta"]
             ["stages"].values()]
    same(max(spent), 2, f"attempts {spent}")
    same(relay.silenced, 1, "connections that ended without a word")


# ---- HTTP/2 ------------------------------------------------------------------

def libcurl_before_8():
    version = ctypes.CDLL("libcurl.so.4").curl_version
    version.restype = ctypes.c_char_p
    return int(version().split(b"/")[1].split(b".")[0]) < 8


def nginx(world, fake):
    """An nginx that offers h2 in front of the fake: an upstream."""
    program = need("nginx")
    built = subprocess.run([program, "-V"], capture_output=True, text=True)
    if "http_v2_module" not in built.stderr:
        raise Skip("this nginx has no HTTP/2")

    class Front:
        cert = world.authority().issue("localhost")
        port = closed_port()
        base = f"https://localhost:{port}/api/v1"
        log = world.path("nginx.log")
    temp = " ".join(f"{kind}_temp_path {world.path(kind)};" for kind in
                    ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = world.write("nginx.conf", f"""
        daemon off; pid {world.path('nginx.pid')}; worker_processes 1;
        error_log {world.path('nginx.err')};
        events {{ worker_connections 64; }}
        http {{
            {temp}
            log_format protocol '$server_protocol $status $connection';
            access_log {Front.log} protocol;
            server {{
                listen 127.0.0.1:{Front.port} ssl http2;
                ssl_certificate {Front.cert[0]};
                ssl_certificate_key {Front.cert[1]};
                location / {{
                    proxy_pass http://127.0.0.1:{fake.port};
                    proxy_http_version 1.1;
                    proxy_set_header Connection "";
                    proxy_buffering off;
                    proxy_next_upstream off;
                }}
            }}
        }}""")
    world.start(program, "-p", world.folder, "-c", config,
                "-e", world.path("nginx.err"), stderr=subprocess.DEVNULL)
    for _ in range(100):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", Front.port), 1).close()
            return Front
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


def protocols(front):
    with open(front.log, encoding="utf-8") as lines:
        return {line.split()[0] for line in lines}


@row("N8-no-h2-before-8", "libcurl before 8.0 must not take h2 (M1)")
def no_h2(world):
    with world.fake() as fake:
        front = nginx(world, fake)
        run = world.run(front, calls=list("abcdefgh"))
        audit(run, 0, fake=fake)
        want = {"HTTP/1.1"} if libcurl_before_8() else {"HTTP/2.0"}
        same(protocols(front), want, "negotiated")


@row("N8-h2-cut", "broken off behind a server that offers h2")
def h2_cut(world):
    rules = []
    for call, rule in {"length": {"fault": "truncate"},
                       "chunk": {"fault": "truncate_chunked"},
                       "reset": {"fault": "reset_body"}}.items():
        rules.append({"call": call, "stage": "compliance", "attempt": 1,
                      **rule})
    with world.fake(rules) as fake:
        front = nginx(world, fake)
        run = world.run(front, calls=["length", "chunk", "reset", "fine"])
        audit(run, 0, fake=fake)
        for call in ("length", "chunk", "reset"):
            expect(run, call, "compliance", "ok", 2, 0, None)


@row("N8-h2-only", "a server that speaks nothing but h2")
def h2_only(world):
    program = need("nghttpd")
    cert = world.authority().issue("localhost")
    port = closed_port()
    world.start(program, "--address=127.0.0.1", str(port), cert[1], cert[0],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        time.sleep(0.05)
    run = world.run(f"https://localhost:{port}/api/v1", "--cacert", cert[2],
                    "--attempts", "2")
    if libcurl_before_8():  # no common protocol, however the server says it
        audit(run, (3, 75))
        one_of(run.record("one")["error"]["code"], (TLS, CUT, CONNECT), "code")
    else:  # it serves files and has none: 404 and 405 are no answers
        audit(run, 3)


# ---- kept connections --------------------------------------------------------

@row("N10-stale", "the server closed the kept connection (M12)")
def stale(world):
    # whatever comes second on a connection finds it closed
    with world.fake([{"fault": "close_idle"}]) as fake:
        run = world.run(fake, calls=["one", "two"], jobs=1)
        audit(run, 0, fake=fake)
        lost = [line for line in fake.requests() if not line["status"]]
    at_least(len(lost), 4, "requests that met a closed connection")
    spent = [stage["attempts"] for record in run.records
             for stage in record["meta"]["stages"].values()]
    same(sum(n - 1 for n in spent if n), len(lost), "attempts beyond the first")
    at_most(max(spent), 2, "a fresh connection comes next")


def read_request(link):
    head, body = read_head(link)
    length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    while len(body) < length:
        body += link.recv(65536)
    return head + b"\r\n\r\n" + body


def answer_first(link, fake):
    """The first request of a connection is answered; two are read."""
    with socket.create_connection(("127.0.0.1", fake.port)) as far:
        far.sendall(read_request(link))
        while link not in select.select([link, far], [], [])[0]:
            link.sendall(far.recv(65536))
    read_request(link)


@row("N10-stale-refused", "the kept connection closes on a request, and the "
     "next is refused: the request counts, and the one after it is sent")
def stale_refused(world):
    over = []

    def relay(link, _):
        with socket.create_connection(("127.0.0.1", fake.port)) as far:
            pump(link, far)

    def serve(link, _):
        answer_first(link, fake)
        server.__exit__()
        clock.start()

    with world.fake() as fake:
        server = Listener(serve)
        clock = threading.Timer(1, lambda: over.append(
            world.listen(relay, port=server.port)))
        run = world.run(server.base, calls=["one"], jobs=1)
        clock.join()
        audit(run, 0)
        # the one that met its end had been sent as a whole
        same(run.summary["requests"], len(fake.requests()) + 1, "sent")
        # of what was refused, how often is chance
        spent = [s["attempts"] for s in run.record("one")["meta"]["stages"]
                 .values() if s["attempts"]]
        same(sorted(spent)[:-1], [1] * (len(spent) - 1), "attempts elsewhere")


@row("N10-stale-hangs", "the kept connection closes on a request, and the next "
     "one is not accepted: the request may have been paid for")
def stale_hangs(world):
    filling = contextlib.ExitStack()

    def serve(link, _):
        answer_first(link, fake)
        server.over = True
        socket.create_connection(("127.0.0.1", server.port)).close()
        server.thread.join(5)
        for _ in range(3):  # what the backlog holds, and one that waits
            s = filling.enter_context(socket.socket())
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", server.port))

    with world.fake() as fake, filling, \
            Listener(serve, backlog=0) as server:
        run = world.run(server.base, "--connect-timeout", "1", "--attempts",
                        "2", "--price-input", "1", "--price-output", "1",
                        "--max-cost", "1", "--max-outage", "2",
                        calls=["one"], jobs=1)
        answered = len(fake.requests())
    same(run.exit, 75, "exit")
    same(run.summary["requests"], answered + 1, "sent")
    stages = run.summary["stages"]
    same((stages["classification"]["cost"] > 0,
          stages["script_deviation"]["cost"]), (True, None), "costs")


fault("N10-stale-tls", "a kept connection that was closed, under TLS", RETRY,
      CUT, {"FIN": {"fault": "no_reply_close"},
            "RST": {"fault": "refuse_reset"}}, tls=True)


# ---- TLS ---------------------------------------------------------------------

def bad_certificate(world, cert, trusted):
    with world.fake(cert=cert) as fake:
        fake.cert = (*cert[:2], trusted)
        run = world.run(fake, calls=["one", "two", "three"], jobs=1)
        audit(run, 2, lines=len(run.records))
        at_most(len(fake.requests()), 0, "requests that got through")
    same((run.records[0]["status"], run.records[0]["error"]["code"]),
         ("failed", TLS), "the record that met it")
    same("localhost" in run.err, True, f"the host is named: {run.err}")
    same("cacert" in run.err, True, f"the remedy is named: {run.err}")
    same("insecure" in run.err, False, "never advise to look away")
    same((attempts(run), run.summary["requests"]), (1, 0), "attempts, sent")
    at_most(run.seconds, SLACK, "at once")


@row("N11-expired", "an expired certificate: configuration")
def expired(world):
    cert = world.authority().issue("localhost", expired=True)
    bad_certificate(world, cert, cert[2])


@row("N11-wrong-host", "somebody else's certificate: configuration")
def wrong_host(world):
    cert = world.authority().issue("other.test")
    bad_certificate(world, cert, cert[2])


@row("N11-self-signed", "a self-signed certificate: configuration")
def self_signed(world):
    authority = world.authority()
    bad_certificate(world, (authority.file, authority.key),
                    Authority(world).file)


@row("N11-unknown-ca", "a certificate of an unknown authority: configuration")
def unknown_ca(world):
    cert = Authority(world, "stranger").issue("localhost")
    bad_certificate(world, cert, world.authority().file)


@row("N11-later", "the certificate changes while the run goes on: a fault")
def certificate_later(world):
    good = world.authority().issue("localhost")
    bad = Authority(world, "stranger").issue("localhost")
    with world.fake([{"framing": "close"}], cert=good) as one, \
            world.fake(cert=bad) as two:
        relay = Switch(world, [one.port] * 3 + [two.port])
        run = world.run(f"https://localhost:{relay.listener.port}/api/v1",
                        "--cacert", good[2], calls=["one"], jobs=1)
        audit(run, 3)
        same(len(one.requests() + two.requests()), 3, "requests with trust")
    same(run.record("one")["status"], "partial", "record")
    failed = [s for s in run.record("one")["meta"]["stages"].values()
              if s["status"] == "failed"]
    at_least(len(failed), 1, "stages that met it")
    for stage in failed:
        same((stage["error"]["code"], stage["attempts"]), (TLS, 1),
             "no second try")


class Switch(Relay):
    """The n-th connection goes to the n-th port, all further to the last."""

    def __init__(self, world, ports):
        self.ports = ports
        super().__init__(world, None)

    def serve(self, link, n):
        port = self.ports[min(n, len(self.ports)) - 1]
        with socket.create_connection(("127.0.0.1", port)) as far:
            pump(link, far)


def handshake_fails(world, serve):
    server = world.listen(serve)
    run = world.run(f"https://localhost:{server.port}/api/v1")
    audit(run, 75)
    record = run.record("one")
    same(record["status"], "failed", "record")
    same(attempts(run), 3, "attempts")
    same((server.accepted, run.summary["requests"]), (3, 0),
         "connections, and requests that went through one")
    return record["error"]["code"]


@row("N12-garbage", "the handshake is answered with something else")
def handshake_garbage(world):
    def serve(link, _):
        link.recv(4096)
        link.sendall(b"220 mail.example.test ESMTP\r\n" * 9)
    same(handshake_fails(world, serve), TLS, "code")


@row("N12-cut", "the handshake is cut")
def handshake_cut(world):
    def serve(link, n):
        link.recv(4096)
        if n % 2:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")
    one_of(handshake_fails(world, serve), (TLS, CONNECT, "EVALUATION_FAILED"),
           "code")


@row("N12-plain-server", "https to a port that speaks http")
def plain_server(world):
    with world.fake() as fake:
        run = world.run(f"https://localhost:{fake.port}/api/v1")
        audit(run, 75)
    same(run.record("one")["error"]["code"], TLS, "code")


# ---- proxies -----------------------------------------------------------------

PROXY_USER = "proxyuser"
PROXY_SECRET = "prx-0f3c77"


def proxy(world, password=None):
    """An HTTP proxy that may want a password; counts in `.tunnels`."""
    def serve(link, _):
        head, _ = read_head(link)
        words = head.split()
        token = base64.b64encode(f"{PROXY_USER}:{password}".encode())
        if words[0] != b"CONNECT" or (
                password and b"Basic " + token not in head):
            link.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n"
                         b"Proxy-Authenticate: Basic realm=\"x\"\r\n\r\n")
            return
        server.tunnels += 1
        host, _, port = words[1].rpartition(b":")
        with socket.create_connection((host, int(port))) as far:
            link.sendall(b"HTTP/1.1 200 Go\r\n\r\n")
            pump(link, far)
    server = world.listen(serve)
    server.tunnels = 0
    return server


def through(port, secret=None):
    who = f"{PROXY_USER}:{secret}@" if secret else ""
    return {"HTTPS_PROXY": f"http://{who}127.0.0.1:{port}"}


@row("N13-proxy-407", "a proxy that wants a password: configuration")
def proxy_407(world):
    with world.fake(tls=True) as fake:
        for secret in (None, "wrong-" + PROXY_SECRET):
            server = proxy(world, PROXY_SECRET)
            run = world.run(fake, env=through(server.port, secret))
            audit(run, 2)
            same(server.tunnels, 0, "tunnels")
            same("407" in run.err, True, f"says why: {run.err}")
            same(run.record("one")["error"]["code"], CONNECT, "code")
            same(PROXY_SECRET in run.err + run.out, False, "password shown")


@row("N13-proxy-good", "a proxy with its password; the key stays inside")
def proxy_good(world):
    with world.fake(tls=True) as fake:
        server = proxy(world, PROXY_SECRET)
        run = world.run(fake, env=through(server.port, PROXY_SECRET))
        audit(run, 0, fake=fake)
        at_least(server.tunnels, 1, "tunnels")
        same(PROXY_SECRET in run.err + run.out, False, "password shown")


@row("N13-proxy-down", "a proxy that is down: tried again")
def proxy_down(world):
    with world.fake(tls=True) as fake:
        run = world.run(fake, env=through(closed_port(), PROXY_SECRET))
        never_there(run, CONNECT)
        same(PROXY_SECRET in run.err + run.out, False, "password shown")
        same(len(fake.requests()), 0, "requests")


@row("N13-no-proxy", "NO_PROXY is obeyed; plain http never leaves loopback")
def no_proxy(world):
    nowhere = f"http://127.0.0.1:{closed_port()}"
    with world.fake(tls=True) as fake:
        run = world.run(fake, env={"HTTPS_PROXY": nowhere,
                                   "NO_PROXY": "localhost"})
        audit(run, 0, fake=fake)
    with world.fake() as fake:
        run = world.run(fake, env={"http_proxy": nowhere,
                                   "ALL_PROXY": nowhere})
        audit(run, 0, fake=fake)


# ---- HTTP itself -------------------------------------------------------------

fault("N14-headers-large", "a megabyte of headers: no reply, no crash", RETRY,
      CUT, {"1 MiB": {"fault": "big_headers"},
            "one line of 1 MiB": {"headers": {"X-Long": "x" * (1 << 20)}}})
fault("N14-headers-odd", "many headers, folded ones, odd ones", ACCEPT, None,
      {"1000 lines": {"headers": {f"X-{i}": "v" for i in range(1000)}},
       "folded": {"headers": {"X-A": "1\r\n  and more"}},
       "empty name": {"headers": {"X-A": "1\r\n: value"}},
       "bytes above 127": {"headers": {"X-A": "\u00e9\u0080"}}})
fault("N14-headers-wrong", "a NUL, no colon: no reply, no crash", RETRY, CUT,
      {"NUL in a value": {"headers": {"X-A": "a\0b"}},
       "NUL in a name": {"headers": {"X-A": "1\r\nX-\0: 2"}},
       "no colon": {"headers": {"X-A": "1\r\nthere is no colon here"}}})
fault("N14-status-line", "no status line that makes sense", RETRY, CUT,
      {"noise": {"fault": "garbage"},
       "another version": {"fault": "garbage",
                           "body": http(good_body(), "HTTP/9.9 200 OK")},
       "no number": {"fault": "garbage",
                     "body": http(good_body(), "HTTP/1.1 OK")},
       "another protocol": {"fault": "garbage", "body": "SSH-2.0-x\r\n"}})


@row("N15-redirect", "not followed, and the key goes nowhere")
def redirect(world):
    with world.fake() as other:
        targets = {"other": f"{other.url}/api/v1/chat/completions",
                   "file": "file:///etc/passwd", "bare": "/elsewhere"}
        rules = []
        for status in (301, 302, 303, 307, 308):
            for name, to in targets.items():
                rules.append({"call": f"{status}-{name}", "status": status,
                              "stage": "compliance",
                              "headers": {"Location": to}})
        calls = [rule["call"] for rule in rules]
        with world.fake(rules) as fake:
            run = world.run(fake, calls=["fine", *calls])
            audit(run, 3, fake=fake)
        for call in calls:
            expect(run, call, "compliance", "partial", 1, 0, "UPSTREAM_STATUS")
            same("redirect" in run.stage(call)["error"]["message"], True,
                 "the message says so")
        same(len(other.requests()), 0, "requests that were redirected")


fault("N16-informational", "1xx before the reply", ACCEPT, None,
      {"100": {"fault": "garbage",
               "body": "HTTP/1.1 100 Continue\r\n\r\n" + http(good_body())},
       "103": {"fault": "garbage", "body": "HTTP/1.1 103 Early Hints\r\n"
               "Retry-After: 99999\r\n\r\n" + http(good_body())},
       "200 of them": {"fault": "garbage",
                       "body": "HTTP/1.1 102 Processing\r\n\r\n" * 200 +
                       http(good_body())}})
fault("N16-informational-only", "1xx and then nothing", RETRY, CUT,
      {"100": {"fault": "garbage", "body": "HTTP/1.1 100 Continue\r\n\r\n"}})
fault("N16-no-content", "204, or a part: there is no reply", RETRY, CUT,
      {"204": {"status": 204},
       "200, empty": {"body": ""},
       "206": {"status": 206, "body": '{"id":"gen-1","choi',
               "headers": {"Content-Range": "bytes 0-18/900"}}})
BOMB = gzip.compress(b"{" + b" " * (32 << 20) + b"}")
fault("N17-gzip", "a coding nobody asked for is not undone", RETRY, CUT,
      {"bomb": {"body_hex": BOMB.hex(),
                "headers": {"Content-Encoding": "gzip"}},
       "broken": {"body_hex": BOMB[:300].hex(),
                  "headers": {"Content-Encoding": "gzip"}},
       "good": {"body_hex": gzip.compress(good_body().encode()).hex(),
                "headers": {"Content-Encoding": "gzip"}}})

if __name__ == "__main__":
    sys.exit(main())
