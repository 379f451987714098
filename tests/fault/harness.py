"""What the fault tests share: a world per test, servers, runs, rows.

A row is one line of the table of faults.  Most are a rule for the fake
upstream and what callqa must make of it:

    fault("H1-never", "a bad request is bad again", NEVER, "UPSTREAM_STATUS",
          {"400": {"status": 400}, "422": {"status": 422}})

which is played for each variant in a run of its own over three calls: `fine`,
whose upstream is well; `once`, whose first compliance request meets the fault;
`always`, whose compliance requests all do.  What must follow depends on the
remedy alone: see REMEDIES.  The others are functions:

    @row("N1-refused", "nobody listens")
    def refused(world): ...

Every run, of either kind, is held to what must be true of all: see audit().
A row that cannot be tested, or not yet, is listed with its reason by
not_here().  Each module runs its rows:

    transport.py --bin BUILD [ROW...]     all without ROW
    transport.py --list | --table
"""
import argparse
import concurrent.futures
import contextlib
import datetime
import functools
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SKIPPED = 77
LIMIT_S = 50  # a run that takes longer hangs
KEY = "sk-fault-5b1d9a7c3e"
SECRET = "Zyzzogeton"  # stands in every transcript, never on stderr
STAGES = ("classification", "script_deviation", "compliance", "communication",
          "deep_dive")
GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
KEEP = ("PATH", "LANG", "LC_ALL", "TSAN_OPTIONS", "ASAN_OPTIONS",
        "UBSAN_OPTIONS", "LSAN_OPTIONS")
bin_dir = None
rows = {}
absent = {}


class Skip(Exception):
    """This machine lacks what the row needs."""


# ---- rows --------------------------------------------------------------------

def row(name, what, isolated=False, label="fault"):
    """A test; isolated: in a network and mount namespace of its own.

    label: that of ctest.
    """
    def add(function):
        assert name not in rows, name
        rows[name] = dict(what=what, run=function, isolated=isolated,
                          label=label)
        return function
    return add


def not_here(name, why):
    """A line of the matrix, or a part of one, without a test."""
    absent[name] = why


def remedy(once, always):
    """(record's status, requests of the stage, re-asks) of the two calls."""
    return {"once": once, "always": always}


RETRY = remedy(("ok", 2, 0), ("partial", 3, 0))
NEVER = remedy(("partial", 1, 0), ("partial", 1, 0))
REASK = remedy(("ok", 2, 1), ("partial", 3, 2))
LONGER = remedy(("ok", 2, 0), ("partial", 2, 0))
ACCEPT = remedy(("ok", 1, 0), ("ok", 1, 0))


def fault(name, what, expected, code, variants, options=(), tls=False,
          seconds=None, says=None, reached=True, isolated=False):
    """A row by table.

    variants: {name: rule, or function() -> rule}.  code: of the failed stage.
    seconds: what the whole run may take.  says: in the stage's message.
    reached: every request of callqa's is one that the fake saw.
    """
    def play(world, variant, rule):
        rule = rule() if callable(rule) else rule
        at = {"stage": "compliance"}
        rules = [{"call": "once", "times": 1, **at, **rule},
                 {"call": "always", **at, **rule}]
        with world.fake(rules, tls=tls) as fake:
            run = world.run(fake, *options, calls=["fine", "once", "always"])
            whole = all(status == "ok" for status, _, _ in expected.values())
            audit(run, 0 if whole else 3, fake=fake if reached else None)
            for call, (status, requests, re_asks) in expected.items():
                expect(run, call, "compliance", status, requests, re_asks,
                       code)
                if status == "partial" and says:
                    message = run.stage(call)["error"]["message"]
                    same(says in message, True, f"{variant}: {message!r}")
            expect(run, "fine", "compliance", "ok", 1, 0, None)
            if seconds:
                at_most(run.seconds, seconds, variant)

    def test(_):
        def one(item):
            try:
                with World() as world:
                    play(world, *item)
            except AssertionError as e:
                return f"variant {item[0]}: {e}"
            return None
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            wrong = list(filter(None, pool.map(one, variants.items())))
        if wrong:
            raise AssertionError("\n".join(wrong))

    row(name, what, isolated)(test)


# ---- saying what is wrong ----------------------------------------------------

def same(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def one_of(got, wanted, what):
    if got not in wanted:
        raise AssertionError(f"{what}: got {got!r}, want one of {wanted!r}")


def at_most(got, most, what):
    if got > most:
        raise AssertionError(f"{what}: {got:.3f} is more than {most}")


def at_least(got, least, what):
    if got < least:
        raise AssertionError(f"{what}: {got:.3f} is less than {least}")


def expect(run, call, stage, status, requests, re_asks, code):
    """A record's status, and what came of one stage."""
    there = run.record(call)
    found = there["meta"]["stages"][stage]
    same((there["status"], found["attempts"], found["re_asks"]),
         (status, requests, re_asks),
         f"{call}: status, attempts, re_asks ({found.get('error')})")
    error = None if status == "ok" else code
    same(found.get("error", {}).get("code"), error, f"{call}: code of {stage}")


def attempts(run):
    """Of all stages of all records."""
    return sum(s["attempts"] for r in run.records
               for s in r["meta"]["stages"].values())


def never_there(run, code, tries=3):
    """No request ever had a connection: it ends with the first stage."""
    audit(run, 75)
    same(run.summary["requests"], 0, "requests that were sent")
    same("stopped: try again later: " in run.err, True, f"says so: {run.err}")
    found = [r for r in run.records
             if r["meta"]["stages"]["classification"]["attempts"] == tries]
    at_least(len(found), 1, "a record whose attempts were used up")
    for record in run.records:
        stages = record["meta"]["stages"]
        same(stages["compliance"]["status"], "skipped", "what comes after")
        if record in found:
            same((record["status"], record["error"]["code"]),
                 ("failed", code), record["call_id"])


def audit(run, exits, fake=None, lines=None):
    """What is true of every run, whatever happened to it.

    fake: one or more that saw every request.  lines: records that were read;
    all, if not given.
    """
    exits = exits if isinstance(exits, tuple) else (exits,)
    one_of(run.exit, exits, f"exit status\n{run.err}")
    ids = run.calls if lines is None else run.calls[:lines]
    same([r["call_id"] for r in run.records], ids, "lines in order")
    total = {s: sum(r["status"] == s for r in run.records)
             for s in ("ok", "partial", "failed", "skipped")}
    want = {"total": len(ids), "successful": total["ok"], "exit": run.exit,
            **{s: n for s, n in total.items() if s != "ok"}}
    same({k: run.summary[k] for k in want}, want, "summary")
    # not all of them had a connection, but what the fake saw had
    at_most(run.summary["requests"], attempts(run), "requests in summary")
    for record in run.records:
        audit_record(record)
    for secret, text in ((KEY, run.out), (KEY, run.err), (SECRET, run.err)):
        same(secret in text, False, f"{secret} in output")
    if run.exit == 0:
        same(run.err, "", "stderr of a good run")
    if fake:
        fakes = fake if isinstance(fake, (list, tuple)) else [fake]
        same(sum(len(f.requests()) for f in fakes), run.summary["requests"],
             "requests that the fake saw")


def audit_record(record):
    stages = record["meta"]["stages"]
    for name, stage in stages.items():
        at_most(stage["attempts"], 5, f"{name}: requests")
        at_most(stage["re_asks"], 2, f"{name}: re-asks")
        same("error" in stage, stage["status"] in ("failed", "skipped"),
             f"{name}: an error says why")
    if record["status"] not in ("ok", "partial"):
        same("overall_score" in record, False, "a score without an answer")
        return
    failed = [n for n, s in stages.items()
              if s["status"] in ("failed", "skipped")]
    same(bool(failed), record["status"] == "partial", "partial")
    scored = not {"compliance", "communication"} & set(failed)
    same(record["overall_score"] is not None, scored, "a score")
    same("score_range" in record, not scored, "a range")
    same(bool(failed) and not record["needs_review"], False, "needs_review")


# ---- the world of one test ---------------------------------------------------

class World:
    """A temporary folder and what runs in it; everything ends with it."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.folder = self.stack.enter_context(
            tempfile.TemporaryDirectory(prefix="callqa-fault-"))
        self.numbers = itertools.count(1)
        self.ca = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path(name)

    def next(self, stem):
        return f"{stem}{next(self.numbers)}"

    def fake(self, rules=(), *options, tls=False, cert=None, bodies=True):
        """A running fake; cert: (certificate, key) files, else a good one."""
        if tls and not cert:
            cert = self.authority().issue("localhost")
        return self.stack.enter_context(Fake(self, rules, options, cert,
                                             bodies))

    def listen(self, *args, **kwargs):
        return self.stack.enter_context(Listener(*args, **kwargs))

    def start(self, *command, **kwargs):
        """A helper process, ended by its id with the world."""
        process = subprocess.Popen(command, **kwargs)

        def end():
            process.terminate()
            process.wait()
        self.stack.callback(end)
        return process

    def authority(self):
        if not self.ca:
            self.ca = Authority(self)
        return self.ca

    def run(self, upstream, *options, calls=("one",), **kwargs):
        return Run(self, upstream, options, list(calls), **kwargs)


def request(call_id, words=""):
    """A request whose transcript no other call_id has."""
    return {
        "call_id": call_id, "agent_id": "agent-1",
        "call_context": "First Call",
        "transcript": {
            "transcript": f"Agent: Good morning, this is call {call_id}, it "
                          f"is recorded. My name is {SECRET}.{words}\n"
                          "Customer: Good morning.",
            "metadata": {"duration": 300, "disposition": "completed",
                         "timestamp": "2026-01-15T10:30:00Z"}},
        "ideal_script": "Section 1: Introduction\nHello.\n"
                        "Section 2: Close\nBye.",
        "client_data": {"script_progress": {
            "sections_attempted": [1, 2], "last_completed_section": 2,
            "termination_reason": "completed"}}}


@functools.lru_cache(maxsize=None)
def golden_answer(stage, call=None):
    """An answer that fits the built-in prompts."""
    with open(GOLDEN / "answers.ndjson", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line["stage"] == stage and call in (None, line["call_id"]):
                return line["answer"]
    raise KeyError(stage)


class Run:
    """One run of callqa to its end, and all that can be known of it."""

    def __init__(self, world, upstream, options, calls, words="", env=None,
                 wrap=(), jobs=8, limit=None, watch=None, limit_s=LIMIT_S,
                 ends=(), stdout=None, stderr=None):
        """limit: called in the child; watch(run): while it runs.

        ends: signals that it may end by; its exit is then 128 and the number.
        stdout, stderr: descriptors in the place of the files.
        """
        self.calls = calls
        self.limit_s = limit_s
        self.out_file = None
        url = upstream if isinstance(upstream, str) else upstream.base
        name = world.next("run")
        summary = world.path(name + ".summary")
        text = "".join(json.dumps(request(c, words)) + "\n" for c in calls)
        command = [*wrap, f"{bin_dir}/callqa", "--jobs", str(jobs),
                   "--summary", summary, *self.trust(upstream), *options]
        with open(world.write(name + ".in", text), "rb") as source, \
                open(world.path(name + ".out"), "w+b") as out, \
                open(world.path(name + ".err"), "w+b") as err:
            begin = time.monotonic()
            self.process = subprocess.Popen(
                command, stdin=source, stdout=stdout or out,
                stderr=stderr or err,
                env=self.environment(world, url, env), cwd=world.folder,
                preexec_fn=limit)
            self.out_file = out.name
            if watch:
                threading.Thread(target=watch, args=(self,),
                                 daemon=True).start()
            self.exit, self.usage = self.wait()
            self.seconds = time.monotonic() - begin
            out.seek(0)
            err.seek(0)
            self.out = out.read().decode()
            self.err = err.read().decode(errors="replace")
        if -self.exit in ends:
            self.exit = 128 - self.exit
        if self.exit < 0:
            raise AssertionError(f"ended by signal {-self.exit}\n{self.err}")
        self.records = [json.loads(line) for line in self.out.split("\n")
                        if line]
        self.summary = {}
        if os.path.exists(summary):
            with open(summary, encoding="utf-8") as lines:
                self.summary = json.load(lines)

    @staticmethod
    def trust(upstream):
        cert = getattr(upstream, "cert", None)
        return ["--cacert", cert[2]] if cert else []

    @staticmethod
    def environment(world, url, more):
        env = {k: v for k, v in os.environ.items() if k in KEEP}
        env.update(HOME=world.folder, CALLQA_CONFIG="none", TZ="UTC",
                   OPENROUTER_BASE_URL=url, OPENROUTER_API_KEY=KEY)
        env.update(more or {})
        return env

    def wait(self):
        """Exit status (negative: a signal) and what it used."""
        def kill():
            self.hung = True
            self.process.kill()
        self.hung = False
        timer = threading.Timer(self.limit_s, kill)
        timer.start()
        _, status, usage = os.wait4(self.process.pid, 0)
        timer.cancel()
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.hung:
            raise AssertionError(f"it hangs: no end after {self.limit_s} s")
        return self.process.returncode, usage

    @property
    def cpu(self):
        return self.usage.ru_utime + self.usage.ru_stime

    def record(self, call):
        for record in self.records:
            if record["call_id"] == call:
                return record
        raise AssertionError(f"no line for {call}\n{self.err}")

    def stage(self, call, stage="compliance"):
        return self.record(call)["meta"]["stages"][stage]


@functools.lru_cache(maxsize=None)
def sanitized():
    """Is callqa built with a sanitizer?  Its memory says nothing then."""
    with open(f"{bin_dir}/callqa", "rb") as program:
        image = program.read()
    return b"__asan_init" in image or b"__tsan_init" in image


class Samples:
    """What a run holds while it runs: (lines out, KiB resident, files, peak).

    Not what wait4() tells: a child begins with its parent's peak.
    """

    def __init__(self, every):
        self.every = every
        self.list = []
        self.peak_kib = 0

    def watch(self, run):
        where = f"/proc/{run.process.pid}"
        while run.process.returncode is None:
            try:
                with open(f"{where}/status", encoding="ascii") as lines:
                    sizes = {line.split()[0]: int(line.split()[1])
                             for line in lines if line.startswith("Vm")}
                files = len(os.listdir(f"{where}/fd"))
                with open(run.out_file, "rb") as out:
                    done = sum(chunk.count(b"\n") for chunk in
                               iter(lambda: out.read(1 << 20), b""))
                self.list.append((done, sizes["VmRSS:"], files,
                                  sizes["VmHWM:"]))
            except (OSError, KeyError):
                return  # it has ended
            self.peak_kib = max(self.peak_kib, sizes["VmHWM:"])
            time.sleep(self.every)

    def most_mib(self):
        at_least(len(self.list), 1, "samples")
        return 0 if sanitized() else self.peak_kib / 1024

    def peak_by(self, lines):
        """KiB at most resident until so many lines were out."""
        return next((s[3] for s in self.list if s[0] >= lines), self.peak_kib)

    def between(self, low, high):
        """The samples while so many lines were out."""
        return [s for s in self.list if low <= s[0] < high]


# ---- servers -----------------------------------------------------------------

class Fake:
    """The fake upstream, with its log and the bodies that it got."""

    def __init__(self, world, rules, options, cert, bodies):
        name = world.next("fake")
        self.log = world.path(name + ".log")
        self.bodies = world.path(name + ".bodies")
        self.cert = cert
        command = [f"{bin_dir}/tests/callqa-fake", "--lifetime", "600",
                   "--seed", "1", "--log", self.log, "--calls", world.write(name + ".calls", self.known(rules)),
                   "--script", world.write(name + ".rules", "".join(
                       json.dumps(rule) + "\n" for rule in rules))]
        if bodies:
            os.mkdir(self.bodies)
            command += ["--bodies", self.bodies]
        if cert:
            command += ["--tls", *cert[:2]]
        # what libcrypto holds for a thread that is ending looks like a leak
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0") if cert else None
        self.process = subprocess.Popen([*command, *options], env=env,
                                        stdout=subprocess.PIPE)
        self.url = self.process.stdout.readline().decode().strip()
        if not self.url:
            raise AssertionError("the fake did not start")
        self.port = int(self.url.rpartition(":")[2])
        self.base = self.url + "/api/v1"

    @staticmethod
    def known(rules):
        """The calls that rules name; of others it need not know the name."""
        ids = {rule["call"] for rule in rules if "call" in rule}
        return "".join(json.dumps(request(c)) + "\n" for c in sorted(ids))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """By SIGTERM; the log is complete then."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
        same(self.process.wait(20), 0, "the fake's exit status")
        self.process.stdout.close()

    def requests(self):
        """Its log lines, in the order in which the requests came."""
        self.end()
        with open(self.log, encoding="utf-8") as lines:
            return sorted(map(json.loads, lines), key=lambda line: line["n"])

    def body(self, line):
        with open(f"{self.bodies}/{line['n']}.json", encoding="utf-8") as f:
            return json.load(f)


class Listener:
    """A server of a few lines: serve(socket, n) in a thread per connection."""

    def __init__(self, serve, backlog=64, receive_buffer=None, port=0):
        self.serve = serve
        self.accepted = 0
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                   receive_buffer)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.socket.listen(backlog)
        self.port = self.socket.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}/api/v1"
        self.over = False
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        while True:
            try:
                link, _ = self.socket.accept()
            except OSError:
                return
            if self.over:
                link.close()
                return
            self.accepted += 1
            threading.Thread(target=self.one, args=(link, self.accepted),
                             daemon=True).start()

    def one(self, link, n):
        with contextlib.suppress(OSError), link:
            link.settimeout(LIMIT_S)
            self.serve(link, n)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over = True
        with contextlib.suppress(OSError):  # ends accept()
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self.thread.join(5)
        self.socket.close()


def read_head(link):
    """An HTTP head, and what was read of the body."""
    got = b""
    while b"\r\n\r\n" not in got:
        more = link.recv(65536)
        if not more:
            raise OSError("gone")
        got += more
    head, _, rest = got.partition(b"\r\n\r\n")
    return head, rest


def closed_port():
    """A port of loopback on which nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Authority:
    """A certificate authority that lives as long as a test."""

    def __init__(self, world, name="authority"):
        self.world = world
        self.name = world.next(name)
        self.file, self.key = self.files(self.name)
        self.openssl("req", "-x509", *self.new_key(self.key), "-out",
                     self.file, "-days", "2", "-subj", f"/CN={self.name}")

    def files(self, name):
        return self.world.path(name + ".pem"), self.world.path(name + ".key")

    @staticmethod
    def new_key(file):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", file]

    @staticmethod
    def openssl(*words):
        done = subprocess.run(["openssl", *words], capture_output=True,
                              env={"PATH": os.environ["PATH"],
                                   "OPENSSL_CONF": "/dev/null"})
        if done.returncode:
            raise AssertionError(f"openssl {words[0]}: {done.stderr.decode()}")

    def issue(self, host, expired=False):
        """(certificate, key, the authority's certificate), all files."""
        name = self.world.next("leaf")
        cert, key = self.files(name)
        wish = self.world.path(name + ".csr")
        self.openssl("req", "-new", *self.new_key(key), "-out", wish, "-subj",
                     f"/CN={host}")
        now = datetime.datetime.now(datetime.timezone.utc)
        days = [now + datetime.timedelta(days=d)
                for d in ((-9, -2) if expired else (-2, 9))]
        extensions = self.world.write(
            name + ".ext", f"[x]\nsubjectAltName=DNS:{host}\n")
        config = self.world.write(name + ".cnf", "\n".join([
            "[ca]", "default_ca=d", "[d]", "policy=p", "default_md=sha256",
            f"database={self.world.write(name + '.db', '')}",
            f"serial={self.world.write(name + '.serial', '01')}",
            f"new_certs_dir={self.world.folder}", "[p]",
            "commonName=supplied", ""]))
        self.openssl("ca", "-batch", "-notext", "-config", config, "-cert",
                     self.file, "-keyfile", self.key, "-in", wish, "-out",
                     cert, "-startdate", f"{days[0]:%y%m%d%H%M%SZ}",
                     "-enddate", f"{days[1]:%y%m%d%H%M%SZ}", "-extfile",
                     extensions, "-extensions", "x")
        return cert, key, self.file


# ---- kernel rights -----------------------------------------------------------

def need(program):
    path = shutil.which(program, path=os.environ.get("PATH", "") +
                        ":/usr/sbin:/sbin")
    if not path:
        raise Skip(f"{program} is not installed")
    return path


def isolate(argv):
    """Runs this program again in namespaces of its own: its exit status."""
    unshare = [need("unshare"), "--mount", "--net"]
    if os.geteuid():
        unshare.append("--map-root-user")
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        raise Skip("no right to make a network namespace")
    ip = need("ip")
    return subprocess.run(
        [*unshare, "sh", "-c", f'{ip} link set lo up && exec "$@"', "sh",
         sys.executable, "-B", *argv], env={**os.environ, "FAULT_ISOLATED": "1"},
    ).returncode


# ---- running rows ------------------------------------------------------------

def run_row(name, argv):
    found = rows[name]
    if found["isolated"] and not os.environ.get("FAULT_ISOLATED"):
        return isolate([*argv, name])
    with World() as world:
        found["run"](world)
    return 0


def run_rows(names, argv):
    seen = set()
    for name in names:
        begin = time.monotonic()
        try:
            status = run_row(name, argv)
        except Skip as e:
            print(f"{name}: skipped: {e}")
            status = SKIPPED
        except AssertionError as e:
            places = [f"{pathlib.Path(f.filename).name}:{f.lineno}" for f in
                      traceback.extract_tb(e.__traceback__)]
            print(f"{name}: {rows[name]['what']}\n{' '.join(places)}\n{e}")
            status = 1
        if not os.environ.get("FAULT_ISOLATED"):
            print(f"{name}: {'ok' if not status else status} "
                  f"({time.monotonic() - begin:.1f} s)")
        seen.add(status)
    return 1 if 1 in seen else max(seen)


def main():
    global bin_dir
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", help="build directory")
    parser.add_argument("--list", action="store_true",
                        help="names of the rows, each after its label")
    parser.add_argument("--table", action="store_true",
                        help="what each row is about; rows without a test")
    parser.add_argument("row", nargs="*")
    args = parser.parse_args()
    if args.list:
        for name, found in rows.items():
            print(found["label"], name)
        return 0
    if args.table:
        for name, found in rows.items():
            label = found["label"]
            print(f"{name:28} {'' if label == 'fault' else label + ': '}"
                  f"{found['what']}")
        for name, why in absent.items():
            print(f"{name:28} not tested: {why}")
        return 0
    if not args.bin:
        parser.error("--bin is needed")
    bin_dir = os.path.abspath(args.bin)
    for name in args.row:
        if name not in rows:
            parser.error(f"no row {name}")
    names = args.row or [n for n, found in rows.items()
                         if found["label"] == "fault"]
    return run_rows(names, [os.path.abspath(sys.argv[0]), "--bin", bin_dir])
