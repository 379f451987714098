#!/usr/bin/env python3
"""What callqa costs, as ratios against a floor in the same run.

  bench.py BUILD_DIR [--calls N] [--jobs R] [--runs K] [--only WHAT]

cpu      CPU of callqa / CPU of the floor (tests/bench/floor.c): the same
         requests and replies at latency 0, R requests in flight
wall     wall time of callqa / the least that R slots allow for the same
         latencies (greedy list schedule, earlier calls first, the pipeline's
         order of stages), at 150 to 450 ms a request
memory   peak memory at 100 x N calls / peak memory at N calls
state    CPU and wall time with a new --state / without one, at latency 0, where
         it shows most; and of a run that finds all its answers there
rules    CPU of callqa --engine rules / CPU of the floor that reads and parses
         the same 10 x N calls and does nothing else; and calls and MB a second
Medians of K runs, the two programs in turn.  Seconds are printed for the eye
only: machines differ, ratios less.
"""
import argparse
import heapq
import json
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time

STAGES = ("classification", "script_deviation", "compliance", "communication", "deep_dive")
WORDS = ("loan rate term month payment account today letter income card office home question number minute email "
         "document offer amount balance reason detail morning answer name address employer verify total").split()


def make_calls(path, count):
    """Calls of 4 to 40 KB (median 12), deterministic."""
    r = random.Random(7)
    script = "\n".join(f"Section {i}: Part {i}\n" + " ".join(r.choices(WORDS, k=90)) for i in range(1, 9))
    with open(path, "w") as out:
        for n in range(count):
            size = min(40000, max(4000, int(r.lognormvariate(9.4, 0.6))))
            lines = [f"Agent: this is call {n:06d}"]
            while sum(map(len, lines)) < size:
                lines.append(("Agent: " if len(lines) % 2 else "Customer: ") + " ".join(r.choices(WORDS, k=18)))
            request = {
                "call_id": f"bench-{n:06d}", "agent_id": "a", "call_context": "First Call",
                "transcript": {"transcript": "\n".join(lines),
                               "metadata": {"duration": 600, "timestamp": "2026-01-05T10:00:00Z", "disposition": "completed"}},
                "ideal_script": script,
                "client_data": {"script_progress": {"sections_attempted": [1, 2], "last_completed_section": 2, "termination_reason": "completed"}}}
            out.write(json.dumps(request) + "\n")


class Fake:
    def __init__(self, build, *options):
        self.p = subprocess.Popen([f"{build}/tests/callqa-fake", "--lifetime", "900", *options], stdout=subprocess.PIPE)
        self.url = self.p.stdout.readline().decode().strip() + "/api/v1"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.p.terminate()
        self.p.wait()


def watch_peak(pid, peak):
    """The kernel's own high-water mark; ru_maxrss would begin with this interpreter's."""
    try:
        while True:
            with open(f"/proc/{pid}/status") as status:
                peak[0] = max([peak[0]] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
            time.sleep(0.005)
    except OSError:
        pass


def measure(words, url, stdin):
    """CPU seconds, wall seconds, peak MB of one process."""
    env = {"PATH": os.environ["PATH"], "OPENROUTER_BASE_URL": url, "OPENROUTER_API_KEY": "none"}
    start = time.monotonic()
    peak = [0]
    with open(stdin, "rb") as source, open(os.devnull, "wb") as sink:
        p = subprocess.Popen(words, stdin=source, stdout=sink, env=env)
        watcher = threading.Thread(target=watch_peak, args=(p.pid, peak))
        watcher.start()
        _, status, usage = os.wait4(p.pid, 0)
    watcher.join()
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode:
        sys.exit(f"{words[0]} exited with {p.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, peak[0] / 1024


def bodies_of(build, calls, path, deep):
    """The bodies that callqa sends: of the deep dive only for the calls that have one."""
    done = subprocess.run([f"{build}/callqa", "--config", "none", "--print-prompts", calls], capture_output=True, check=True)
    with open(path, "wb") as out:
        for line in done.stdout.splitlines(keepends=True):
            head = line[:200]
            call = head.split(b'"', 4)[3].decode()
            if b'"stage":"deep_dive"' not in head or call in deep:
                out.write(line)


def reports_of(build, calls, url, jobs):
    env = {"PATH": os.environ["PATH"], "OPENROUTER_BASE_URL": url, "OPENROUTER_API_KEY": "none"}
    done = subprocess.run([f"{build}/callqa", "--config", "none", "--jobs", str(jobs), calls], capture_output=True, check=True, env=env)
    return [json.loads(line) for line in done.stdout.splitlines()]


def cpu(build, floor, temp, args):
    calls, bodies = f"{temp}/calls.ndjson", f"{temp}/bodies.ndjson"
    make_calls(calls, args.calls)
    ours, theirs = [], []
    with Fake(build) as fake:
        deep = {r["call_id"] for r in reports_of(build, calls, fake.url, args.jobs) if r["evaluation"]["deep_dive"]}
        bodies_of(build, calls, bodies, deep)
        for _ in range(args.runs):
            ours.append(measure([f"{build}/callqa", "--config", "none", "--jobs", str(args.jobs), calls], fake.url, os.devnull))
            theirs.append(measure([floor, fake.url + "/chat/completions", str(args.jobs), calls, bodies], fake.url, os.devnull))
    a, b = (statistics.median(x[0] for x in v) for v in (ours, theirs))
    print(f"cpu     {a / b:.2f}   callqa {a / args.calls * 1000:.2f} ms a call, floor {b / args.calls * 1000:.2f}; {args.calls} calls, {len(deep)} deep dives, {args.jobs} requests in flight")


def schedule(log, jobs):
    """The least wall time: R slots, ready requests in the order of calls and stages."""
    calls = {}
    for e in log:
        calls.setdefault(e["call"], {})[e["stage"]] = e["t_end"] - e["t_start"]
    order = sorted(calls)
    ready = [(i, 0) for i in range(len(order))]
    running, done, free, now = [], [set() for _ in order], jobs, 0.0
    while ready or running:
        while ready and free:
            i, s = heapq.heappop(ready)
            heapq.heappush(running, (now + calls[order[i]][STAGES[s]], i, s))
            free -= 1
        now, i, s = heapq.heappop(running)
        free += 1
        done[i].add(s)
        if s == 0:
            for n in (1, 2, 3):
                heapq.heappush(ready, (i, n))
        if s == 2 and "deep_dive" in calls[order[i]]:
            heapq.heappush(ready, (i, 4))
    return now


def wall(build, temp, args):
    calls, log = f"{temp}/wall.ndjson", f"{temp}/wall.log"
    make_calls(calls, args.calls)
    ratios = []
    for _ in range(args.runs):
        with Fake(build, "--latency-ms", "150", "--jitter-ms", "300", "--log", log, "--calls", calls) as fake:
            _, took, _ = measure([f"{build}/callqa", "--config", "none", "--jobs", "32", calls], fake.url, os.devnull)
        with open(log) as lines:
            ratios.append(took / schedule([json.loads(x) for x in lines], 32))
        os.unlink(log)
    print(f"wall    {statistics.median(ratios):.3f}   of the least for {args.calls} calls, 32 requests in flight")


def memory(build, temp, args):
    peaks = []
    for count in (100, 10000):
        calls = f"{temp}/memory.ndjson"
        make_calls(calls, count)
        with Fake(build) as fake:
            peaks.append(measure([f"{build}/callqa", "--config", "none", "--jobs", str(args.jobs), calls], fake.url, os.devnull)[2])
    print(f"memory  {peaks[1] / peaks[0]:.2f}   peak {peaks[0]:.1f} MB at 100 calls, {peaks[1]:.1f} MB at 10,000")


def state(build, temp, args):
    calls, file = f"{temp}/state.ndjson", f"{temp}/state.db"
    make_calls(calls, args.calls)
    words = [f"{build}/callqa", "--config", "none", "--jobs", str(args.jobs), calls]
    without, new, again = [], [], []
    with Fake(build) as fake:
        for _ in range(args.runs):
            without.append(measure(words, fake.url, os.devnull))
            for old in pathlib.Path(temp).glob("state.db*"):
                old.unlink()
            new.append(measure([*words, "--state", file], fake.url, os.devnull))
            again.append(measure([*words, "--state", file], fake.url, os.devnull))
    (a, b, c), (d, e, f) = ([statistics.median(x[i] for x in v) for v in (without, new, again)] for i in (0, 1))
    print(f"state   {b / a:.2f}   of the CPU without one, {e / d:.2f} of the wall time; all found: {c / a:.2f} and {f / d:.2f}, "
          f"{args.calls / f:.0f} records a second; {args.calls} calls, {args.jobs} requests in flight")


def rules(build, floor, temp, args):
    """No model: what a call costs when nobody is waited for."""
    calls, count = f"{temp}/rules.ndjson", 10 * args.calls
    make_calls(calls, count)
    ours, theirs = [], []
    for _ in range(args.runs):
        ours.append(measure([f"{build}/callqa", "--config", "none", "--engine", "rules", "--jobs", str(args.jobs), calls], "", os.devnull))
        theirs.append(measure([floor, calls], "", os.devnull))
    (a, took, peak), (b, least, _) = ([statistics.median(column) for column in zip(*v)] for v in (ours, theirs))
    size = os.path.getsize(calls) / 1e6
    print(f"rules   {a / b:.1f}   callqa {a / count * 1000:.2f} ms a call, floor {b / count * 1000:.3f}; {count / took:.0f} calls and {size / took:.1f} MB a second, "
          f"floor {count / least:.0f} and {size / least:.0f}; peak {peak:.1f} MB; {count} calls, {size:.0f} MB, {args.jobs} jobs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=16)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=("cpu", "wall", "memory", "state", "rules"))
    args = parser.parse_args()
    build = str(pathlib.Path(args.build).resolve())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="callqa-bench-") as temp:
        if args.only in (None, "cpu"):
            cpu(build, f"{build}/tests/bench-floor", temp, args)
        if args.only in (None, "wall"):
            wall(build, temp, args)
        if args.only in (None, "memory"):
            memory(build, temp, args)
        if args.only in (None, "state"):
            state(build, temp, args)
        if args.only in (None, "rules"):
            rules(build, f"{build}/tests/bench-floor", temp, args)


if __name__ == "__main__":
    main()
