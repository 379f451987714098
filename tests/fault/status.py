#!/usr/bin/python3
"""Statuses and error bodies of the upstream: rows H1 to H10 of the matrix."""
import email.utils
import sys
import time

from harness import (ACCEPT, NEVER, RETRY, at_least, at_most, audit, expect,
                     fault, main, not_here, one_of, row, same)

STATUS, RATE, AUTH, CREDIT, REFUSED, CUT = (
    "UPSTREAM_STATUS", "UPSTREAM_RATE_LIMIT", "UPSTREAM_AUTH",
    "UPSTREAM_CREDIT", "UPSTREAM_REFUSED", "UPSTREAM_TRUNCATED")
STOPPED = "STOPPED"


def statuses(*numbers):
    return {str(n): {"status": n} for n in numbers}


def error(code, inside=None, **more):
    """OpenRouter's error object, for the key `json`."""
    metadata = {"metadata": inside} if inside else {}
    return {"error": {"code": code, "message": "scripted", **metadata, **more}}


def choice(**what):
    """Laid over a good reply's only choice."""
    return {"patch": {"choices": [what]}}


PAGE = {"body": "<!DOCTYPE html>\n<html><title>Just a moment</title></html>",
        "headers": {"Content-Type": "text/html; charset=utf-8"}}


# ---- one request's fault -----------------------------------------------------

fault("H1-never", "wrong is wrong however often it is sent", NEVER, STATUS,
      {**statuses(400, 404, 405, 410, 413, 415, 422, 431, 501),
       "404, a page": {**PAGE, "status": 404}})
fault("H4-again", "busy or broken for a while: tried again", RETRY, STATUS,
      statuses(408, 409, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524,
               529))
fault("H4-rate-limit", "429: tried again", RETRY, RATE, statuses(429))
fault("H4-bare", "a status without a body that says more", RETRY, STATUS,
      {"empty": {"status": 503, "body": ""},
       "text": {"status": 503, "body": "upstream connect error",
                "headers": {"Content-Type": "text/plain"}},
       "cut JSON": {"status": 502, "body": '{"error":{"code":5'},
       "array": {"status": 500, "json": [1]},
       "string": {"status": 500, "json": {"error": "overloaded"}}})
fault("H4-availability", "the upstream says whether again helps", NEVER,
      STATUS, {"503, not retryable": {"status": 503, "json": error(
          503, availability={"retryable": False})}})


@row("H1-excerpt", "what the upstream says is shown short, clean, and no more")
def excerpt(world):
    words = "\x1b[31mred\u202e \u0000" + "long " * 400
    rules = [
        {"call": "long", "stage": "compliance", "status": 400,
         "json": {"error": {"code": 400, "message": words}}},
        {"call": "flagged", "stage": "compliance", "status": 403,
         "json": error(403, {"reasons": ["violence"],
                             "flagged_input": "Customer: my card is"})},
        {"call": "page", "stage": "compliance", "status": 404,
         "body": "<p>" + "secret words " * 400}]
    with world.fake(rules) as fake:
        run = world.run(fake, calls=["long", "flagged", "page"])
        audit(run, 3, fake=fake)
    for call in run.calls:
        message = run.stage(call)["error"]["message"]
        at_most(len(message), 240, f"{call}: length of the message")
        same("my card" in message, False, "text of the call")
    same("\x1b" in run.out or "\0" in run.out, False, "raw control bytes")


# ---- faults that end the run -------------------------------------------------

def stops(world, rule, code, exits=4, attempts=1):
    """One stage of the second call of many meets it, and all is over."""
    calls = [f"c{i:02}" for i in range(60)]
    with world.fake([{"call": "c01", "stage": "compliance", **rule}]) as fake:
        run = world.run(fake, calls=calls, jobs=1)
        audit(run, exits, fake=fake, lines=len(run.records))
        same(fake.requests()[-1]["stage"], "compliance", "the last request")
    same(run.summary["input_unread"], True, "input was left unread")
    statuses_seen = [r["status"] for r in run.records]
    same(statuses_seen[:2], ["ok", "partial"], "what is done stays done")
    same(set(statuses_seen[2:]) - {"skipped", "partial"}, set(), "the rest")
    expect(run, "c01", "compliance", "partial", attempts, 0, code)
    for record in run.records[2:]:
        for name, stage in record["meta"]["stages"].items():
            if stage["status"] != "ok":
                same(stage["attempts"], 0, f"{name}: nothing more was sent")
                one_of(stage.get("error", {}).get("code"), (STOPPED, None),
                       name)


for name, what, rule, code in (
        ("401", "the key is refused", {"status": 401}, AUTH),
        ("402", "no credit, no hint when there will be", {"status": 402},
         CREDIT),
        ("403", "no permission", {"status": 403}, AUTH),
        ("401-inside", "the same told inside a 200", {
            "json": error(401)}, AUTH),
        ("402-inside", "likewise", {"json": error("402")}, CREDIT),
        ("403-by-type", "told by error_type alone", {
            "json": {"error": {"message": "no", "metadata": {
                "error_type": "permission_denied"}}}}, AUTH),
        ("401-choice", "told inside the choice", choice(error={
            "code": 401, "message": "no"}), AUTH),
        ("401-bare", "a 401 without a body", {"status": 401, "body": ""},
         AUTH),
        ("401-page", "a 401 with a web page", {**PAGE, "status": 401}, AUTH),
        ("403-page", "likewise", {**PAGE, "status": 403}, AUTH)):
    row("H2-" + name, what)(
        lambda world, rule=rule, code=code: stops(world, rule, code))


@row("H2-first", "refused at the first request: nothing else is sent")
def refused_first(world):
    for rule, code in (({"status": 401}, AUTH), ({"status": 402}, CREDIT),
                       ({"status": 403}, AUTH),
                       ({**PAGE, "status": 401}, AUTH)):
        with world.fake([rule]) as fake:
            calls = [f"c{i}" for i in range(40)]
            run = world.run(fake, calls=calls, jobs=1)
            audit(run, 4, fake=fake, lines=len(run.records))
            same(len(fake.requests()), 1, "requests")
        same(run.records[0]["error"]["code"], code, "code")
        same({r["status"] for r in run.records[1:]} - {"skipped"}, set(),
             "the rest")


@row("H2-in-flight", "a refusal lets what is in flight end")
def refused_in_flight(world):
    rules = [{"call": "bad", "stage": "classification", "status": 401},
             {"delay_ms": 600}]
    with world.fake(rules) as fake:
        run = world.run(fake, "--grace", "5", calls=["good", "bad"], jobs=8)
        audit(run, 4, fake=fake)
    same(run.stage("good", "classification")["status"], "ok", "in flight")


@row("H2-grace", "what does not end within the grace is ended")
def grace(world):
    rules = [{"call": "bad", "stage": "classification", "status": 401,
              "delay_ms": 200}, {"fault": "hang"}]
    with world.fake(rules) as fake:
        run = world.run(fake, "--grace", "1", "--timeout", "30",
                        calls=["bad", "slow"])
        audit(run, 4, fake=fake)
    expect(run, "slow", "classification", "failed", 1, 0, STOPPED)
    at_least(run.seconds, 1, "the grace is given")
    at_most(run.seconds, 3, "and no more")


fault("H2-402-later", "no credit now, but later: as a 429", RETRY, RATE,
      {"header": {"status": 402, "headers": {"Retry-After": "0"}},
       "body": {"status": 402, "json": error(402, availability={
           "retry_after": 0})}})

MODERATED = {
    "reasons": error(403, {"reasons": ["violence"], "flagged_input": "Agent",
                           "provider_name": "p"}),
    "patterns": error(403, {"patterns": ["card"]}),
    "type": error(403, {"error_type": "content_policy_violation"}),
}
fault("H3-moderation", "403 about this content: only the stage fails", NEVER,
      REFUSED, {n: {"status": 403, "json": j} for n, j in MODERATED.items()})
fault("H3-moderation-400", "the same with another status", NEVER, REFUSED,
      {"policy": {"status": 400, "json": error(
          400, {"error_type": "content_policy_violation"})},
       "refusal": {"status": 400, "json": error(
           400, {"error_type": "refusal"})}})
fault("H3-moderation-inside", "the same inside a 200 and inside a choice",
      NEVER, REFUSED,
      {"body": {"json": MODERATED["reasons"]},
       "choice": choice(**MODERATED["reasons"])})


# ---- when again? -------------------------------------------------------------

def date_in(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


def after(value, status=429):
    return {"status": status, "headers": {"Retry-After": value}}


def waits(name, what, rule, least, most, code=RATE):
    """The time between the first request of a stage and the second."""
    def test(world):
        made = rule() if callable(rule) else rule
        with world.fake([{"call": "one", "stage": "compliance", "times": 1,
                          **made}]) as fake:
            run = world.run(fake)
            audit(run, 0, fake=fake)
            first, second = [line for line in fake.requests()
                             if line["stage"] == "compliance"]
        expect(run, "one", "compliance", "ok", 2, 0, code)
        # not from its end: the reply can be read before that is noted
        gap = second["t_start"] - first["t_start"]
        at_least(gap, least, "wait")
        at_most(gap, most + 1, "wait")
    row(name, what)(test)


OWN = (1.0, 1.2)  # our own back-off after the first 429 without a usable hint
waits("H5-seconds", "Retry-After: 2", after("2"), 2.0, 2.2)
waits("H5-fraction", "a fraction of a second", after("1.4"), 1.4, 1.6)
waits("H5-ms", "retry-after-ms, which goes before",
      {"status": 429, "headers": {"retry-after-ms": "400",
                                  "Retry-After": "9"}}, 0.4, 0.5)
waits("H5-date", "an HTTP date, by the reply's own clock",
      lambda: {"status": 503, "headers": {
          "Date": date_in(-7200), "Retry-After": date_in(-7198)}}, 2.0, 2.2,
      STATUS)
waits("H5-date-no-clock", "an HTTP date without a Date: our clock",
      lambda: after(date_in(3)), 1.0, 3.6)  # it is made some time before
waits("H5-body", "told in the body",
      {"status": 429, "json": error(429, availability={
          "retryable": True, "retry_after": 1.5})}, 1.5, 1.7)
waits("H5-past", "a date that is over", lambda: after(date_in(-900)), 0, 1)
waits("H5-zero", "Retry-After: 0", after("0"), 0, 1)
for name, value in (("negative", "-5"), ("exponent", "1e309"),
                    ("garbage", "soon"), ("empty", ""), ("nan", "nan"),
                    ("hex", "0x10"), ("two", "1, 2")):
    waits("H5-" + name, f"Retry-After: {value!r} says nothing: our own wait",
          after(value), *OWN)


@row("H5-too-long", "longer than 120 s: not tried again in this run")
def too_long(world):
    values = {"121": "121", "year": "31536000", "decade": date_in(3.2e8),
              "digits": "9" * 400}
    rules = [{"call": call, "stage": "compliance", **after(value)}
             for call, value in values.items()]
    with world.fake(rules) as fake:
        run = world.run(fake, calls=[*values, "fine"])
        audit(run, 3, fake=fake)
    for call in values:
        expect(run, call, "compliance", "partial", 1, 0, RATE)
    at_most(run.seconds, 2, "it does not wait")


@row("H5-for-all", "a hint to one request holds for all")
def hint_for_all(world):
    rules = [{"call": "c0", "stage": "compliance", "times": 1, **after("2")},
             {"delay_ms": 20}]
    calls = [f"c{i}" for i in range(30)]
    with world.fake(rules) as fake:
        run = world.run(fake, calls=calls, jobs=4)
        audit(run, 0, fake=fake)
        log = fake.requests()
    told = next(line["t_start"] for line in log if line["status"] == 429)
    early = [line["n"] for line in log if told + 0.3 < line["t_start"] <
             told + 2.0]
    same(early, [], "requests sent before the time")


@row("H5-last-attempt", "a hint holds for all though its own stage gives up")
def hint_of_last(world):
    with world.fake([{"call": "c0", "stage": "compliance", **after("1.5")}]) \
            as fake:
        run = world.run(fake, "--attempts", "1", calls=["c0", "c1", "c2"],
                        jobs=1)
        audit(run, 3, fake=fake)
        log = fake.requests()
    told = next(line["t_start"] for line in log if line["status"] == 429)
    next_one = min(line["t_start"] for line in log if line["t_start"] > told)
    at_least(next_one - told, 1.5, "wait of the next request")


# ---- errors under a good status ----------------------------------------------

fault("H6-again", "an error inside a 200 is that error", RETRY, STATUS,
      {"code 502": {"json": error(502)},
       "code as text": {"json": error("503")},
       "no code": {"json": {"error": {"message": "x"}}},
       "text": {"json": {"error": "x"}},
       "by type": {"json": {"error": {"message": "x", "metadata": {
           "error_type": "provider_overloaded"}}}},
       "choice": choice(error={"code": 502, "message": "x"}),
       "choice, no code": choice(error={"message": "x"}),
       "finish_reason": {"finish_reason": "error"},
       "with choices": {"patch": error(500)}})
fault("H6-rate-limit", "a 429 inside a 200", RETRY, RATE,
      {"body": {"json": error(429)},
       "choices null": {"json": {"choices": None, **error(429)}}})
fault("H6-never", "what is never tried again, inside a 200", NEVER, STATUS,
      {"400": {"json": error(400)}, "413": {"json": error(413)},
       "choice": choice(error={"code": 422, "message": "x"})})
fault("H6-no-choice", "no choice, no reply", RETRY, CUT,
      {"null": {"patch": {"choices": None}},
       "empty": {"patch": {"choices": []}},
       "missing": {"json": {"id": "gen-1"}},
       "number": {"patch": {"choices": 7}},
       "of null": {"json": {"choices": [None]}},
       "no message": {"json": {"choices": [{"finish_reason": "stop"}]}},
       "an object": {"json": {"choices": {"0": {}}}}})
fault("H6-error-null", "error: null is no error", ACCEPT, None,
      {"body": {"patch": {"error": None}}, "choice": choice(error=None)})


# ---- not JSON ----------------------------------------------------------------

@row("H8-first", "a web page as the first reply: try again later")
def page_first(world):
    for page in (PAGE, {"body": "\n <HTML>"}, {**PAGE, "status": 503}):
        with world.fake([page]) as fake:
            calls = [f"c{i}" for i in range(40)]
            run = world.run(fake, calls=calls, jobs=1)
            audit(run, 75, fake=fake, lines=len(run.records))
            same(len(fake.requests()), 1, "requests")
        same("web page" in run.err, True, f"says why: {run.err}")


fault("H8-later", "a web page later: tried again", RETRY, STATUS,
      {"200": PAGE, "503": {**PAGE, "status": 503},
       "no type": {"body": "<html>", "headers": {"Content-Type": ""}}})
fault("H8-text", "text where JSON was due", RETRY, CUT,
      {"text": {"body": "ok", "headers": {"Content-Type": "text/plain"}},
       "number": {"body": "7"}, "string": {"json": "x"}, "null": {"json": None},
       "array": {"json": []}})


# ---- the model ---------------------------------------------------------------

@row("H9-other-model", "another model answered: the report says which")
def other_model(world):
    with world.fake((), "--model-name", "other/model-7") as fake:
        run = world.run(fake, "--model", "wanted/model-1")
        audit(run, 0, fake=fake)
        asked = {fake.body(line)["model"] for line in fake.requests()}
    same(asked, {"wanted/model-1"}, "asked")
    same(run.record("one")["meta"]["model"], "other/model-7", "answered")


# ---- what is not here --------------------------------------------------------

not_here("H9-pin", "there is no --pin-model: nothing promises it")
not_here("H10", "what PostgREST answers is in the rows S")

if __name__ == "__main__":
    sys.exit(main())
