#!/usr/bin/python3
"""Rows of the table of faults: the store, S1 to S8.

The database is a real PostgreSQL; the REST server before it is a fake that
runs the SQL of the real one, see tests/store/.
"""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import harness
from harness import at_least, at_most, golden_answer, row, same

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "store"))
# pylint: disable=wrong-import-position
import database
import postgrest

RESULTS = "eavesly_evaluation_results"
COLUMNS = {
    "classification_result": "classification",
    "script_deviation_result": "script_deviation",
    "compliance_result": "compliance",
    "communication_result": "communication", "deep_dive_result": "deep_dive"}


# ---- a project, and runs that store there ------------------------------------

class Project:
    """A database with the tables, and its REST server."""

    def __init__(self, world, tables=True, **options):
        try:
            self.db = world.stack.enter_context(database.Database())
        except database.Missing as e:
            raise harness.Skip(f"{e} is not installed") from e
        if tables:
            self.make_tables()
        self.rest = world.stack.enter_context(
            postgrest.Rest(self.db, **options))

    def make_tables(self):
        self.db.script(subprocess.run(
            [f"{harness.bin_dir}/callqa-store", "--config", "none",
             "--print-sql"], check=True, text=True,
            stdout=subprocess.PIPE).stdout)

    def rows(self):
        """call_id -> row."""
        return {r[0]["call_id"]: r[0] for r in self.db.ask(
            f"select row_to_json(t) from {RESULTS} t")}

    def posts(self):
        return self.rest.posts(RESULTS)


class Stored:
    """What callqa-store did with the reports."""

    def __init__(self, world, project, reports, *options, key="secret",
                 env=None):
        name = world.next("stored")
        text = "".join(json.dumps(r) + "\n" for r in reports)
        self.process = subprocess.Popen(
            [f"{harness.bin_dir}/callqa-store", "--summary",
             world.path(name), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={
                **harness.Run.environment(world, "unset", None),
                **project.rest.environment(key), **(env or {})})
        self.out, self.err = self.process.communicate(
            text, timeout=harness.LIMIT_S)
        self.exit = self.process.returncode
        self.records = [json.loads(line) for line in self.out.split("\n")
                        if line]
        self.stored = [r["stored"] for r in self.records]
        with contextlib.suppress(OSError), \
                open(world.path(name), encoding="utf-8") as lines:
            self.summary = json.load(lines)


def run_stored(world, project, *options, calls=("one", "two", "three"),
               rules=(), key="secret", env=None, **kwargs):
    """callqa --store against a fake model."""
    fake = world.fake(rules)
    return world.run(fake, "--store", *options, calls=calls,
                     env={**project.rest.environment(key), **(env or {})},
                     **kwargs)


def holds(project, reports):
    """The table has each report once, equal, and nothing else."""
    rows = project.rows()
    same(sorted(rows), sorted(r["call_id"] for r in reports), "rows")
    for report in reports:
        found = rows[report["call_id"]]
        for column, stage in COLUMNS.items():
            same(found[column], report["evaluation"][stage], column)
        for column, name in (("agent_id", "agent_id"),
                             ("correlation_id", "correlation_id"),
                             ("api_overall_score", "overall_score"),
                             ("processing_time_ms", "processing_time_ms")):
            same(found[column], report[name], column)


def no_secrets(project, *texts):
    for text in texts:
        for key in project.rest.keys.values():
            same(key[:12] in text, False, "a key in the output")
        same(harness.SECRET in text, False, "the transcript in the output")


def sample_report(call_id, score=80, seconds=0):
    """A report of callqa's, by its format."""
    with open(harness.GOLDEN / "reports.ndjson", encoding="utf-8") as lines:
        report = json.loads(next(lines))
    report.update(call_id=call_id, overall_score=score,
                  timestamp=f"2026-03-10T14:{seconds // 60:02}:"
                            f"{seconds % 60:02}.000Z")
    return report


# ---- S1: was it done? --------------------------------------------------------

@row("S1-no-answer", "written, but the answer is lost: sent again, one row")
def no_answer(world):
    project = Project(world)
    lost = []

    def lose(request, reply):
        if request.method == "POST" and len(lost) < 2:
            lost.append(reply.status)
            return None
        return reply
    project.rest.after = lose
    run = run_stored(world, project)
    same(run.exit, 0, run.err)
    at_least(len(lost), 1, "answers that were lost")
    same(lost[0], 201, "it was written")
    holds(project, run.records)


@row("S1-timeout", "written, but too late: sent again, one row")
def late_answer(world):
    project = Project(world)
    late = []

    def delay(request, reply):
        if request.method == "POST" and not late:
            late.append(reply.status)
            time.sleep(2)
        return reply
    project.rest.after = delay
    run = run_stored(world, project, "--timeout", "1")
    same(run.exit, 0, run.err)
    same(late, [201], "it was written")
    holds(project, run.records)


@row("S1-kill-9", "killed while it stores; callqa-store over a rerun's reports")
def killed(world):
    project = Project(world)
    calls = [f"k{i}" for i in range(40)]

    def kill(run):
        while not project.posts() and run.process.returncode is None:
            time.sleep(0.002)
        run.process.kill()
    project.rest.before = lambda request: time.sleep(0.05)
    try:
        run_stored(world, project, "--store-batch", "3", calls=calls,
                   rules=[{"delay_ms": 20}], watch=kill)
    except AssertionError as e:
        same("signal 9" in str(e), True, str(e))
    else:
        raise AssertionError("it was not killed")
    some = len(project.rows())
    at_least(some, 1, "rows of the killed run")
    at_most(some, len(calls) - 1, "rows of the killed run")
    with world.fake() as fake:
        again = world.run(fake, calls=calls)
    same(again.exit, 0, again.err)
    stored = Stored(world, project, again.records)
    same((stored.exit, stored.err), (0, ""), "callqa-store")
    same(stored.stored, [True] * len(calls), "stored")
    holds(project, again.records)


# ---- S2: a person has to act -------------------------------------------------

def expired(project):
    project.rest.keys["service"] = postgrest.make_jwt("service_role", -60)
    project.rest.keys["secret"] = project.rest.keys["service"]


def another_key(project):
    project.rest.keys = {**project.rest.keys, "secret": "sb_secret_other"}


def answer(status, body, kind="text/html"):
    def set_answer(project):
        project.rest.before = lambda request: postgrest.Reply(
            status, {"Content-Type": kind}, body)
    return set_answer


def sql(text):
    return lambda project: project.db.run(text)


REFUSALS = {
    "expired": (expired, "PGRST303: the key has expired"),
    "grant": (sql(f"revoke all on {RESULTS} from service_role"),
              "has no grant: callqa-store --print-sql"),
    "table": (sql(f"drop table {RESULTS}"),
              "a table is missing: give the database what callqa-store"),
    "column": (sql(f"alter table {RESULTS} drop agent_id"),
               "lacks a column"),
    "constraint": (sql(f"alter table {RESULTS} drop constraint "
                       f"{RESULTS}_pkey"), "no unique constraint"),
    "schema": (lambda project: None, "does not expose this schema"),
    "gateway": (another_key, "the key is not accepted"),
    "page": (answer(200, b"<!DOCTYPE html><p>Project paused"),
             "is the project paused"),
    "paused": (answer(540, b""), "the project is paused"),
    "merges-not": (answer(201, b"[]", "application/json"),
                   "does not say that it merged"),
}


def refusal(world, name, change, says):
    project = Project(world)
    env = project.rest.environment()
    change(project)
    if name == "expired":
        env = project.rest.environment()
    options = ["--store-schema", "nowhere"] if name == "schema" else []
    run = run_stored(world, project, *options, env=env)
    same(run.exit, 6, run.err)
    same([r["status"] for r in run.records], ["ok"] * 3,
         "the evaluation goes on")
    same(len(project.rest.seen), 1, "requests: nothing is tried again")
    same(says in run.err, True, run.err)
    same((run.summary["stored"], run.summary["not_stored"],
          run.summary["exit"]), (0, 3, 6), "summary")
    no_secrets(project, run.err)
    return project, run


for _name, (_change, _says) in REFUSALS.items():
    def _test(world, name=_name, change=_change, says=_says):
        refusal(world, name, change, says)
    row(f"S2-{_name}", f"nothing can be stored: {_says}")(_test)


@row("S2-mended", "no table: all reports; the table made: callqa-store")
def mended(world):
    project, run = refusal(world, "table", *REFUSALS["table"])
    project.make_tables()
    stored = Stored(world, project, run.records)
    same((stored.exit, stored.stored), (0, [True] * 3), stored.err)
    holds(project, run.records)
    again = Stored(world, project, run.records)
    same((again.exit, again.summary["unchanged"], again.summary["stored"]),
         (0, 3, 0), "what is there is not written again")


@row("S2-keys", "both kinds of keys are sent as they must be; others refused")
def keys(world):
    project = Project(world)
    for key in ("secret", "service"):
        run = run_stored(world, project, key=key)
        same(run.exit, 0, run.err)
        with_bearer = "authorization" in \
            project.rest.seen[-1][0].headers and key == "service"
        same(with_bearer, key == "service", "a bearer")
    run = run_stored(world, project, key="anon")
    same((run.exit, run.out), (2, ""), "the anon key: nothing is paid for")
    same("role anon" in run.err, True, run.err)
    no_secrets(project, run.err)


# ---- S3: a row is refused ----------------------------------------------------

@row("S3-constraint", "one row is refused: it alone, by name, its content not")
def one_refused(world):
    project = Project(world)
    project.db.run(f"alter table {RESULTS} add constraint own_rule check "
                   "(call_id <> 'c7')")
    calls = [f"c{i}" for i in range(12)]
    run = run_stored(world, project, calls=calls)
    same(run.exit, 6, run.err)
    same(sorted(project.rows()), sorted(set(calls) - {"c7"}), "rows")
    same("call_id=c7" in run.err and "own_rule" in run.err, True, run.err)
    for text in ("Failing row", "agent-1", "red_flags"):
        same(text in run.err, False, f"{text} in {run.err}")
    same(run.summary["not_stored"], 1, "summary")
    stored = Stored(world, project, run.records)
    same((stored.exit, [r["call_id"] for r in stored.records
                        if not r["stored"]]), (6, ["c7"]), "callqa-store")


@row("S3-too-large", "413: halved until the server takes it")
def too_large(world):
    project = Project(world)
    sizes = []

    def limit(request):
        sizes.append(len(request.body))
        if len(request.body) > 30000:
            return postgrest.Reply(413, {}, b"")
        return None
    project.rest.before = limit
    reports = [sample_report(f"l{i}", 50 + i) for i in range(20)]
    stored = Stored(world, project, reports)
    same((stored.exit, all(stored.stored)), (0, True), stored.err)
    at_least(max(sizes), 30001, "bytes of the first request")
    holds(project, reports)


@row("S3-logs", "partial and failed records are logged, invalid ones are not")
def logs(world):
    project = Project(world)
    rules = [{"call": "part", "stage": "compliance", "status": 400},
             {"call": "fail", "status": 400}]
    run = run_stored(world, project, calls=["fine", "part", "fail"],
                     rules=rules)
    same(run.exit, 3, run.err)
    same(list(project.rows()), ["fine"], "rows")
    ids = {r["call_id"]: r["correlation_id"] for r in run.records}
    found = project.db.ask(
        "select correlation_id, endpoint, http_method, http_status_code, "
        "error_message from eavesly_api_logs order by http_status_code")
    same(found[0], (ids["part"], "/evaluate-call", "POST", 207,
                    "compliance: UPSTREAM_STATUS"), "the partial one")
    same(found[1][:4], (ids["fail"], "/evaluate-call", "POST", 500), "failed")
    same(len(found), 2, "log rows")
    project.db.run("drop table eavesly_api_logs")
    run = run_stored(world, project, calls=["fine", "part"], rules=rules)
    same(run.exit, 3, "a log that cannot be written is a warning")
    same("eavesly_api_logs are not stored" in run.err, True, run.err)


# ---- S4: it passes -----------------------------------------------------------

PASSING = [(500, "40001"), (500, "40P01"), (500, "55P03"), (500, "57014"),
           (503, "53300"), (503, "08006"), (503, "57P01"), (503, "PGRST001"),
           (504, "PGRST003"), (502, None), (429, None), (520, None)]


def passing(world, status, code):
    project = Project(world)
    left = [1]

    def fail_once(request):
        if request.method != "POST" or not left:
            return None
        left.pop()
        if code:
            return postgrest.error(status, code, "words")
        return postgrest.Reply(status, {"Retry-After": "1"}, b"")
    project.rest.before = fail_once
    reports = [sample_report("p1"), sample_report("p2")]
    stored = Stored(world, project, reports)
    same((stored.exit, stored.stored), (0, [True, True]),
         f"{status} {code}: {stored.err}")
    same(left, [], "it failed once")
    holds(project, reports)


for _status, _code in PASSING:
    def _test(world, status=_status, code=_code):
        passing(world, status, code)
    row(f"S4-{(_code or str(_status)).lower()}",
        f"{_status} {_code or ''}: sent again")(_test)


@row("S4-gap", "the database is away in mid-run: the rows arrive later")
def gap(world):
    project = Project(world)
    calls = [f"g{i}" for i in range(30)]

    def interrupt(run):
        while not project.posts() and run.process.returncode is None:
            time.sleep(0.005)
        project.db.stop()
        time.sleep(2)
        project.db.start()
    run = run_stored(world, project, "--store-batch", "4", "-v", calls=calls,
                     rules=[{"delay_ms": 30}], jobs=2, watch=interrupt)
    same(run.exit, 0, run.err)
    same("store_down" in run.err and "store_up" in run.err, True, run.err)
    same(run.summary["stored"], 30, "summary")
    holds(project, run.records)


@row("S4-locked", "a row is locked by somebody: tried again, then in halves")
def locked(world):
    project = Project(world, statement_timeout_ms=300)
    reports = [sample_report(f"w{i}") for i in range(3)]
    same(Stored(world, project, reports).exit, 0, "before")
    link = project.db.connect()
    link.cursor().execute(f"select 1 from {RESULTS} where call_id = 'w1' "
                          "for update")

    def limits():
        return [status for _, status in project.posts()].count(500)

    def release():
        end = time.monotonic() + harness.LIMIT_S
        while limits() < 2 and time.monotonic() < end:
            time.sleep(0.005)
        link.rollback()
    thread = threading.Thread(target=release)
    thread.start()
    for report in reports:
        report["overall_score"] = 33
        report["timestamp"] = "2026-04-01T00:00:00.000Z"
    stored = Stored(world, project, reports)
    thread.join()
    link.close()
    same((stored.exit, stored.stored), (0, [True] * 3), stored.err)
    at_least(limits(), 2, "statements that ran into the limit")
    sizes = [rows for rows, _ in project.posts()]
    same(sizes[1:3], [3, 3], "the whole batch twice")
    at_most(max(sizes[3:]), 2, "rows of a request after that")
    holds(project, reports)


# ---- S5: batches -------------------------------------------------------------

@row("S5-one-bad", "one bad row in a batch of 60: by halves; the rest at once")
def one_bad(world):
    project = Project(world)
    reports = [sample_report(f"b{i}", 50 + i % 40) for i in range(60)]
    reports[37]["overall_score"] = 0
    stored = Stored(world, project, reports)
    same(stored.exit, 6, stored.err)
    same([r["call_id"] for r in stored.records if not r["stored"]], ["b37"],
         "not stored")
    holds(project, [r for r in reports if r["call_id"] != "b37"])
    at_most(len(project.posts()), 15, "requests")


@row("S5-twice", "the same call twice in a batch: the newer evaluation")
def twice(world):
    project = Project(world)
    reports = [sample_report("t", 70, 20), sample_report("u", 60),
               sample_report("t", 71, 30), sample_report("t", 72, 10)]
    stored = Stored(world, project, reports)
    same((stored.exit, stored.stored), (0, [False, True, True, False]),
         stored.err)
    same(project.rows()["t"]["api_overall_score"], 71, "the newest")
    same((stored.summary["stored"], stored.summary["superseded"]), (2, 2),
         "summary")
    same(project.posts(), [(2, 201)], "one request")


@row("S5-duplicate-id", "two calls by one name in a run: the second fails")
def duplicate_id(world):
    project = Project(world)
    fake = world.fake()
    lines = [harness.request("d"), harness.request("e"),
             harness.request("d", " Other words.")]
    done = subprocess.run(
        [f"{harness.bin_dir}/callqa", "--store"], text=True, check=False,
        input="".join(json.dumps(line) + "\n" for line in lines),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**harness.Run.environment(world, fake.base, None),
             **project.rest.environment()})
    records = [json.loads(line) for line in done.stdout.splitlines()]
    same((done.returncode, [r["status"] for r in records]),
         (3, ["ok", "ok", "failed"]), done.stderr)
    same(records[2]["error"]["code"], "DUPLICATE_ID", "code")
    holds(project, records[:2])


# ---- S6: a slow store --------------------------------------------------------

@row("S6-slow", "ten times slower than the model: bounded, nothing lost")
def slow(world):
    project = Project(world)
    calls = [f"s{i}" for i in range(300)]
    ahead = []
    stored = [0]

    def delay(request):
        time.sleep(0.1)

    def count(request, reply):
        if reply.status < 300:
            stored[0] += len(json.loads(request.body))
        return reply

    def watch(run):
        while run.process.returncode is None:
            with contextlib.suppress(OSError), \
                    open(run.out_file, "rb") as out:
                ahead.append(out.read().count(b"\n") - stored[0])
            time.sleep(0.02)
    project.rest.before, project.rest.after = delay, count
    samples = harness.Samples(0.05)

    def both(run):
        thread = threading.Thread(target=samples.watch, args=(run,))
        thread.start()
        watch(run)
        thread.join()
    run = run_stored(world, project, "--store-batch", "10", "--store-queue",
                     "64K", calls=calls, jobs=4, watch=both)
    same(run.exit, 0, run.err)
    holds(project, run.records)
    # 64 KiB hold some 40 of these rows; then what was read already: 2 x 4 + 16
    at_most(max(ahead), 40 + 24 + 10 + 20, "reports ahead of their rows")
    at_least(run.seconds, 300 / 10 * 0.1, "the store sets the pace")
    if not harness.sanitized():
        at_most(samples.most_mib(), 40, "MiB")


@row("S6-lines", "lines do not wait for the database")
def lines_first(world):
    project = Project(world)
    go = threading.Event()
    seen = []

    def hold(_):
        go.wait(20)

    def watch(run):
        end = time.monotonic() + 15
        while time.monotonic() < end and len(seen) < 12:
            with contextlib.suppress(OSError), \
                    open(run.out_file, encoding="utf-8") as out:
                seen[:] = out.readlines()
            time.sleep(0.01)
        go.set()
    project.rest.before = hold
    calls = [f"n{i}" for i in range(12)]
    run = run_stored(world, project, calls=calls, watch=watch)
    same(run.exit, 0, run.err)
    same(len(seen), 12, "lines that were out while the database slept")
    holds(project, run.records)


@row("S2-gone", "the database is gone for good: reports on stdout, exit 6")
def gone(world):
    project = Project(world)
    project.db.stop()
    calls = [f"x{i}" for i in range(8)]
    run = run_stored(world, project, "--store-max-outage", "2", calls=calls)
    same(run.exit, 6, run.err)
    same([r["status"] for r in run.records], ["ok"] * 8, "reports")
    same("8 of 8 reports are not stored" in run.err, True, run.err)
    same("store-max-outage" in run.err, True, run.err)
    at_most(run.seconds, 2 + 6, "seconds")
    project.db.start()
    stored = Stored(world, project, run.records)
    same((stored.exit, all(stored.stored)), (0, True), stored.err)
    holds(project, run.records)


@row("S6-stopped", "stopped by a signal: finished calls are stored all the same")
def stopped(world):
    project = Project(world)
    project.rest.before = lambda request: time.sleep(0.2)
    calls = [f"t{i}" for i in range(60)]

    def stop(run):
        while run.process.returncode is None and not project.posts():
            time.sleep(0.005)
        run.process.terminate()
    try:
        run_stored(world, project, "--store-batch", "5", "--store-queue",
                   "1M", calls=calls, jobs=4, rules=[{"delay_ms": 40}],
                   watch=stop)
    except AssertionError as e:
        same("ended by signal 15" in str(e), True, str(e))
    else:
        raise AssertionError("it was not stopped")
    with open(world.path("run2.out"), encoding="utf-8") as out:
        records = [json.loads(line) for line in out]
    done = [r for r in records if r["status"] == "ok"]
    at_least(len(done), 5, "reports")
    at_most(len(done), len(calls) - 1, "reports")
    holds(project, done)


@row("S6-stopped-away", "stopped while only the database is waited for: the "
     "grace period, then the end")
def stopped_away(world):
    project = Project(world)
    project.rest.before = lambda request: postgrest.Reply(503, {}, b"{}")

    def stop(run):
        while run.process.returncode is None and len(project.rest.seen) < 2:
            time.sleep(0.005)
        run.process.terminate()
    began = time.monotonic()
    try:
        run_stored(world, project, "--grace", "1", watch=stop)
    except AssertionError as e:
        same("ended by signal 15" in str(e), True, str(e))
        same("3 of 3 reports are not stored" in str(e), True, str(e))
    else:
        raise AssertionError("it was not stopped")
    at_most(time.monotonic() - began, 20, "seconds: no outage is waited for")


@row("S6-filter-stopped", "callqa-store is stopped: every line that was read "
     "comes out, and says what became of it")
def filter_stopped(world):
    project = Project(world)
    project.rest.before = lambda request: time.sleep(0.1)
    process = subprocess.Popen(
        [f"{harness.bin_dir}/callqa-store", "--store-batch", "4"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env={
            **harness.Run.environment(world, "unset", None),
            **project.rest.environment()})
    reports = [sample_report(f"f{i}") for i in range(30)]
    process.stdin.write("".join(json.dumps(r) + "\n" for r in reports))
    process.stdin.flush()  # and no end of input
    while not project.posts():
        time.sleep(0.005)
    process.terminate()
    out, err = process.communicate(timeout=harness.LIMIT_S)
    same(process.returncode, -15, err)
    records = [json.loads(line) for line in out.split("\n") if line]
    same([r["call_id"] for r in records],
         [r["call_id"] for r in reports[:len(records)]], "in order")
    holds(project, [r for r in records if r["stored"]])
    at_least(sum(r["stored"] for r in records), 4, "stored")


# ---- S7: an older run that ends later ----------------------------------------

@row("S7-older", "a newer evaluation stands in the table: it stays, and that "
     "is told")
def older(world):
    project = Project(world)
    newer = sample_report("two", 44)
    newer["timestamp"] = "2099-01-01T00:00:00.000Z"
    same(Stored(world, project, [newer]).stored, [True], "stored")
    run = run_stored(world, project)
    same(run.exit, 0, run.err)
    same((run.summary["stored"], run.summary["superseded"]), (2, 1),
         "summary")
    same(project.rows()["two"]["api_overall_score"], 44, "the newer one")
    stored = Stored(world, project, run.records)
    same((stored.exit, stored.stored), (0, [True, False, True]), stored.err)
    same(project.rows()["two"]["api_overall_score"], 44, "the newer one")


@row("S7-own-table", "an owner's table without the trigger: callqa-store "
     "looks first")
def own_table(world):
    project = Project(world)
    project.db.run(f"drop trigger eavesly_keep_newest on {RESULTS}")
    newer, old = sample_report("two", 44, 30), sample_report("two", 55, 10)
    same(Stored(world, project, [newer]).stored, [True], "stored")
    same(Stored(world, project, [old]).stored, [False], "not stored")
    same(project.rows()["two"]["api_overall_score"], 44, "the newer one")


# ---- S8: text that jsonb refuses ---------------------------------------------

@row("S8-text", "U+0000 and its kin, from the model into the table")
def hostile(world):
    project = Project(world)
    said = json.loads(json.dumps(golden_answer("compliance")))
    said["items"][0]["details"] = "a\0b \u2028 \U0001f600 \\u0000 \ufffe"
    rules = [{"call": "one", "stage": "compliance", "answer": said}]
    run = run_stored(world, project, calls=["one"], rules=rules)
    same(run.exit, 0, run.err)
    details = run.records[0]["evaluation"]["compliance"]["items"][0]["details"]
    found = project.rows()["one"]["compliance_result"]["items"][0]["details"]
    same(found, details.replace("\0", "\ufffd"), "in the table")


@row("S8-ids", "ids of every kind find their rows")
def strange_ids(world):
    project = Project(world)
    ids = ['a"b', "a,b", "(a)", "a\\b", "a b", "%41", "\u00fc\u4e16", "a'b",
           "*", "x" * 2000, "a\0b", "null", "&select=*", "\U0001f600"]
    reports = [sample_report(i) for i in ids]
    stored = Stored(world, project, reports)
    same((stored.exit, all(stored.stored)), (0, True), stored.err)
    same(sorted(project.rows()),
         sorted(i.replace("\0", "\ufffd") for i in ids), "rows")
    again = Stored(world, project, reports)
    same((again.summary["unchanged"], again.summary["stored"]),
         (len(ids), 0), "all are found again")


# ---- what callqa-store does with what it reads -------------------------------

@row("S5-echo", "every line comes out again, in order, with `stored`")
def echo(world):
    project = Project(world)
    skipped = {"call_id": "k", "status": "skipped", "error": {"code": "X"}}
    partial = {**sample_report("q"), "status": "partial"}
    bad = {**sample_report("v"), "evaluation": {}}
    reports = [sample_report("a"), skipped, partial, bad,
               {**sample_report("b"), "stored": False}, ["no", "record"]]
    stored = Stored(world, project, reports)
    same((stored.exit, stored.stored),
         (3, [True, False, False, False, True, False]), stored.err)
    same([{k: v for k, v in r.items() if k != "stored"}
          for r in stored.records[:3]], reports[:3], "unchanged")
    same(stored.records[3]["error"]["code"], "INVALID_REQUEST", "code")
    same("evaluation.classification" in stored.err, True, stored.err)
    same(sorted(project.rows()), ["a", "b"], "rows")
    counts = stored.summary
    same([counts[k] for k in ("total", "stored", "not_ok", "invalid",
                              "not_stored", "exit")], [6, 2, 2, 2, 0, 3],
         "summary")


if __name__ == "__main__":
    sys.exit(harness.main())
