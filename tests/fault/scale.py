#!/usr/bin/python3
"""Faults in numbers: cuts at every byte, outages, isolation, soak.

Small variants are fault tests; the full ones have the label soak and are run
by hand or at night.
"""
import copy
import os
import random
import socket
import sys

from harness import (Samples, at_least, at_most, audit, golden_answer, main,
                     row, same)

CUT, REFUSED = "UPSTREAM_TRUNCATED", "UPSTREAM_REFUSED"
FEW_TOKENS = {"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.001}


def names(count, letter="c"):
    """call_ids of one length."""
    return [f"{letter}{i:05}" for i in range(count)]


def spent(run):
    """What is told of every stage of every record, with its call."""
    return [(record["call_id"], name, stage) for record in run.records
            for name, stage in record["meta"]["stages"].items()]


# ---- F11: a reply cut at every byte ------------------------------------------

def quiet():
    """A classification that asks for nothing more."""
    answer = copy.deepcopy(golden_answer("classification"))
    answer.update(red_flags=[], requires_deep_dive=False)
    return {"stage": "classification", "answer": answer}


def innocent():
    """A compliance answer without a violation."""
    answer = copy.deepcopy(golden_answer("compliance"))
    for item in answer["items"]:
        item.update(status="No Infraction", details=None)
    answer["summary"] = {"no_infraction": [], "coaching_needed": [],
                         "violations": [], "not_applicable": []}
    return {"stage": "compliance", "answer": answer, "usage": FEW_TOKENS}


def wire_length(world, framing):
    """Bytes of the compliance reply, its head and framing included."""
    # cut behind its end, it comes whole and the connection ends with it
    whole = {**innocent(), "call": "p00000", "framing": framing,
             "fault": "cut", "at": 1 << 30}
    with world.fake([whole, quiet()]) as fake:
        audit(world.run(fake, calls=["p00000"]), 0)
        number = next(line["n"] for line in fake.requests()
                      if line["stage"] == "compliance")
        with open(f"{fake.bodies}/{number}.json", "rb") as kept:
            body = kept.read()
    with world.fake([whole]) as fake, \
            socket.create_connection(("127.0.0.1", fake.port), 10) as link:
        link.sendall(b"POST /api/v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)
        got = b""
        while more := link.recv(65536):
            got += more
    at_least(got.find(b'"finish_reason"'), 1, "a good reply")
    return len(got)


def cut_everywhere(framing, tls):
    def test(world):
        length = wire_length(world, framing)
        # of a last chunk's "\r\n" libcurl can do without the "\n"
        offsets = range(length - (framing == "chunked"))
        calls = names(len(offsets))
        rules = [quiet()] + [
            {**innocent(), "call": call, "framing": framing, "fault": "cut",
             "at": at} for call, at in zip(calls, offsets)]
        # the first are whole: a run of which nothing comes out well ends
        good = names(8, "p")
        with world.fake(rules, tls=tls, bodies=False) as fake:
            run = world.run(fake, "--attempts", "1", calls=good + calls,
                            jobs=16, limit_s=300)
            audit(run, 3, fake=fake)
        for call, at in zip(calls, offsets):
            stage = run.stage(call)
            got = (stage["status"], stage["attempts"], stage["re_asks"],
                   stage.get("error", {}).get("code"))
            same(got, ("failed", 1, 0, CUT), f"cut at {at} of {length}")
        same({run.record(c)["status"] for c in good}, {"ok"}, "whole replies")
    return test


for framing in ("length", "chunked", "close"):
    for tls in (False, True):
        where = framing + ("-tls" if tls else "")
        row(f"F11-cut-{where}", "a reply cut at every byte: never accepted, "
            "never asked again")(cut_everywhere(framing, tls))


# ---- M12: requests are counted -----------------------------------------------

SORTS = [{"status": 503}, {"fault": "reset_body"}, {"fault": "no_reply_close"},
         {"fault": "truncate_chunked"}, {"fault": "close_idle"},
         {"content": "{}"}, {"fault": "refuse_reset"},
         {"patch": {"choices": []}}, {"framing": "close"},
         {"status": 429, "headers": {"Retry-After": "0"}}]


def some_faults(calls, share, seed):
    """Rules for that share of first requests, of sorts that pass."""
    luck = random.Random(seed)
    rules = []
    for call in calls:
        for stage in ("classification", "script_deviation", "compliance",
                      "communication"):
            if luck.random() < share:
                rules.append({"call": call, "stage": stage, "attempt": 1,
                              **luck.choice(SORTS)})
    return rules


@row("M12-count", "the fake saw as many requests as callqa reports")
def count(world):
    calls = names(120)
    for tls in (False, True):
        with world.fake(some_faults(calls, 0.05, 12 + tls), tls=tls) as fake:
            run = world.run(fake, calls=calls, jobs=12)
            audit(run, 0, fake=fake)


# ---- H3: one refused call of many --------------------------------------------

def moderation(n):
    def test(world):
        calls = names(n)
        bad = calls[n // 2]
        rules = [{"call": bad, "status": 403, "json": {"error": {
            "code": 403, "message": "flagged",
            "metadata": {"reasons": ["violence"], "flagged_input": "Agent"}}}}]
        with world.fake(rules, bodies=False) as fake:
            run = world.run(fake, calls=calls, jobs=16, limit_s=300)
            audit(run, 3, fake=fake)
        wrong = [r["call_id"] for r in run.records if r["status"] != "ok"]
        same(wrong, [bad], "records that are not ok")
        same(run.record(bad)["error"]["code"], REFUSED, "code")
        same({s["attempts"] for c, _, s in spent(run) if c == bad} - {0}, {1},
             "attempts")
    return test


row("H3-one-of-many", "a refused call costs itself")(moderation(100))
row("H3-one-of-1000", "a refused call costs itself", label="soak")(
    moderation(1000))


# ---- F7: soak ----------------------------------------------------------------

PER_CALL = 256  # bytes kept of every call_id, to tell one that comes twice


def soak(n, jobs, strict):
    def test(world):
        calls = names(n)
        samples = Samples(0.02 if n < 1000 else 0.5)
        with world.fake(some_faults(calls, 0.05, n), "--latency-ms", "5",
                        bodies=False) as fake:
            run = world.run(fake, calls=calls, jobs=jobs, limit_s=1800,
                            watch=samples.watch)
            audit(run, 0, fake=fake)
        print(f"{n} calls in {run.seconds:.1f} s, {run.cpu:.1f} s CPU, "
              f"{samples.most_mib():.0f} MiB at most")
        if strict:
            before, after = (max(s[1] for s in samples.between(*part)) for part
                             in ((n // 10, n // 5), (n - n // 10, n + 1)))
            print(f"KiB resident: {before} early, {after} late")
            at_most(after, before * 1.05 + n * PER_CALL / 1024, "KiB resident")
        # a connection a job, and as much again for what is always open
        at_most(max(s[2] for s in samples.list), 2 * jobs + 16, "descriptors")
        at_most(samples.most_mib(), 64, "MiB resident")
    return test


row("F7-soak", "calls with 5 % faults: all well in the end, nothing grows")(
    soak(300, 16, False))
row("F7-soak-10000", "10,000 calls with 5 % faults", label="soak")(
    soak(10000, 16, True))


# ---- F9, N20: outages --------------------------------------------------------

def outage(n, seconds, jobs):
    """503 to all for that long, then all is well."""
    def test(world):
        calls = names(n)
        rules = [{"before_s": seconds, "status": 503}, quiet(), innocent()]
        with world.fake(rules, bodies=False) as fake:
            run = world.run(fake, calls=calls, jobs=jobs,
                            limit_s=20 * seconds + 60)
            audit(run, 0, fake=fake)
        asked = sum(stage["attempts"] > 0 for _, _, stage in spent(run))
        print(f"{run.summary['requests']} requests for {asked} questions")
        at_most(run.summary["requests"], 1.1 * asked + 10, "requests")
        at_most(max(s["attempts"] for _, _, s in spent(run)), 5,
                "requests of a stage")
    return test


row("F9-outage", "an outage of 4 s from the first request on, 100 calls")(
    outage(100, 4, 16))
row("F9-outage-few-jobs", "the same with few jobs")(
    outage(30, 4, 4))
row("F9-outage-1000", "an outage of a minute, 1,000 calls", label="soak")(
    outage(1000, 60, 16))


@row("N20-no-end", "an outage beyond --max-outage: try again later")
def no_end(world):
    with world.fake([{"after_s": 1, "status": 503}, {"delay_ms": 50}],
                    bodies=False) as fake:
        run = world.run(fake, "--max-outage", "5", calls=names(400), jobs=8)
        audit(run, 75, fake=fake, lines=len(run.records))
    at_least(run.summary["successful"], 1, "what was done before")
    at_most(run.seconds, 1 + 5 + 3, "it does not wait longer")
    same(run.summary["input_unread"], True, "input was left unread")


@row("H7-storm", "429 to all jobs: fewer at once, then more again")
def storm(world):
    rules = [{"after_s": 1, "before_s": 3, "status": 429}, {"delay_ms": 100}]
    with world.fake(rules, bodies=False) as fake:
        run = world.run(fake, calls=names(300), jobs=32, limit_s=120)
        audit(run, 0, fake=fake)
        log = fake.requests()
    start = log[0]["t_start"]

    def most(low, high):
        return max((line["in_flight"] for line in log if
                    low <= line["t_start"] - start < high), default=0)
    print(f"in flight: {most(0, 1)} before, {most(1.5, 3)} in the storm, "
          f"{most(3, 1e9)} after")
    at_most(most(1.5, 3), most(0, 1) / 2, "in flight while it lasts")
    together = {}
    for line in log:
        if line["t_start"] - start > 1.2 and line["attempt"] > 1:
            tick = int(line["t_start"] * 20)
            together[tick] = together.get(tick, 0) + 1
    at_most(max(together.values(), default=0), 24, "awake within 50 ms")


# ---- F10: one mute connection of many ----------------------------------------

def isolation(n):
    def latencies(world, rules, calls):
        with world.fake([*rules, {"delay_ms": 30}], bodies=False) as fake:
            run = world.run(fake, "--timeout", "1", calls=calls, jobs=16,
                            limit_s=600)
            audit(run, 0, fake=fake)
        hit = {rule["call"] for rule in rules}
        found = sorted(s["latency_ms"] for c, _, s in spent(run)
                       if c not in hit and s["attempts"])
        return found[len(found) * 99 // 100]

    def test(world):
        calls = names(n)
        mute = [{"call": call, "stage": "compliance", "attempt": 1, **how}
                for call, how in zip(calls[::16], [
                    {"fault": "hang"}, {"fault": "drip", "interval_ms": 40},
                    {"fault": "whitespace_forever"}] * n)]
        before = latencies(world, [], calls)
        after = latencies(world, mute, calls)
        print(f"99 of 100 within {before} ms, with mute ones {after} ms")
        at_most(after, before * 1.05 + 2, "ms, the slowest of a hundred")
    return test


row("F10-isolation", "one of 16 connections is mute: the others do not feel "
    "it", label="soak")(isolation(800))

@row("F10-timeouts", "10,000 requests that nobody answers: each ends in time",
     label="soak")
def timeouts(world):
    with world.fake([{"fault": "hang"}], bodies=False) as fake:
        run = world.run(fake, "--timeout", "1", "--attempts", "1",
                        "--max-failures", "100%", calls=names(2500), jobs=256,
                        limit_s=600)
        audit(run, 3, fake=fake)
    found = sorted(s["latency_ms"] for _, _, s in spent(run) if s["attempts"])
    print(f"{len(found)} timeouts of 1000 ms: {found[0]} to {found[-1]} ms, "
          f"half of them within {found[len(found) // 2]}")
    same(len(found), 10000, "trials")
    at_least(found[0], 1000, "ms, the shortest")
    at_most(found[-1], 2000, "ms, the longest")


# ---- money and hopeless runs -------------------------------------------------

def answer_of(stage):
    return {"classification": quiet, "compliance": innocent}.get(
        stage, lambda: {"stage": stage})()


def priced(calls, seed):
    """Rules: a price and perhaps a fault for each first and later request."""
    luck = random.Random(seed)
    faults, prices = [], []
    for call in calls:
        for stage in ("classification", "script_deviation", "compliance",
                      "communication"):
            usage = {"prompt_tokens": 3000, "completion_tokens": 20,
                     # up to what is reserved; dearer ones have their own row
                     "cost": round(luck.uniform(0, 0.024), 6)}
            rule = {**answer_of(stage), "call": call, "usage": usage}
            prices.append(rule)
            if luck.random() < 0.1:
                faults.append({**rule, "attempt": 1, **luck.choice(SORTS)})
    return faults + prices


@row("max-cost-faults", "random prices, faults, 32 jobs: never above the cap")
def cap(world):
    for seed in range(5):
        calls = names(150)
        rules = priced(calls, seed)
        with world.fake(rules, bodies=False) as fake:
            run = world.run(fake, "--max-cost", "1.00", "--price-input", "2.50",
                            "--price-output", "10", calls=calls, jobs=32)
            audit(run, 5, fake=fake, lines=len(run.records))
            log = fake.requests()
        price = {(r["call"], r["stage"]): r["usage"]["cost"] for r in rules}
        billed = sum(price[line["call"], line["stage"]] for line in log
                     if line["status"] == 200)
        told = sum(stage["cost"] or 0 for _, _, stage in spent(run))
        print(f"{len(log)} requests: {billed:.4f} USD billed, {told:.4f} told")
        at_most(billed, 1.0, "USD that the upstream bills")
        at_most(told, 1.0, "USD that are told")
        at_least(billed, 0.5, "USD: it is used")
        same("overrun" in run.err, False, run.err)


@row("max-cost-overrun", "a reply dearer than reserved is told, and ends it")
def overrun(world):
    dear = {"prompt_tokens": 3000, "completion_tokens": 20, "cost": 0.9}
    with world.fake([{"usage": dear}], bodies=False) as fake:
        run = world.run(fake, "--max-cost", "1.00", "--price-input", "2.50",
                        "--price-output", "10", calls=names(100), jobs=32)
        audit(run, 5, fake=fake, lines=len(run.records))
    same("overrun" in run.err, True, run.err)
    # what was in flight when it was found out, and nothing more
    at_most(run.summary["requests"], 32 + 1, "requests")


def hopeless(rule, per_record):
    def test(world):
        with world.fake([rule], bodies=False) as fake:
            run = world.run(fake, calls=names(1000), jobs=8)
            audit(run, 4, fake=fake, lines=len(run.records))
        asked = {c for c, _, s in spent(run) if s["attempts"]}
        print(f"{len(asked)} records, {run.summary['requests']} requests")
        same(run.summary["successful"], 0, "records that are ok")
        # 20, and those that were begun beside them
        at_most(len(asked), 20 + 8, "records that were sent")
        at_most(run.summary["requests"], per_record * (20 + 8), "requests")
        same(run.summary["input_unread"], True, "input was left unread")
    return test


row("stop-invalid", "no answer ever fits: it ends after 20 records")(
    hopeless({"content": "{}"}, 12))
row("stop-wrong-model", "a model that does not exist: it ends after 20 records"
    )(hopeless({"status": 404, "json": {"error": {"code": 404, "message":
                                                  "no such model"}}}, 4))

if __name__ == "__main__":
    sys.exit(main())
