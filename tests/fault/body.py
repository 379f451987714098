#!/usr/bin/python3
"""Bodies, what the model says, schemas: rows B1 to B14 of the matrix."""
import copy
import json
import sys

from harness import (ACCEPT, LONGER, NEVER, REASK, RETRY, STAGES, Samples,
                     at_least, at_most, audit, expect, fault, golden_answer, main,
                     not_here, row, same)

CUT, LARGE, REFUSED, LENGTH, SCHEMA, STATUS = (
    "UPSTREAM_TRUNCATED", "UPSTREAM_TOO_LARGE", "UPSTREAM_REFUSED",
    "UPSTREAM_LENGTH", "UPSTREAM_SCHEMA", "UPSTREAM_STATUS")
MIB = 1 << 20
CAP = 8 * MIB


def envelope(content, choice=None):
    """A good reply around a content, as text."""
    return json.dumps({
        "id": "gen-1", "object": "chat.completion", "created": 1,
        "model": "m", "choices": [choice or {
            "index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": content}}]})


GOOD = golden_answer("compliance")
GOOD_TEXT = json.dumps(GOOD)
BODY = envelope(GOOD_TEXT)


def changed(path, value):
    """The good answer with one value in another's place."""
    answer = copy.deepcopy(GOOD)
    at = answer
    for key in path[:-1]:
        at = at[key]
    if value is None and isinstance(at, dict):
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return answer


def says(answer):
    return {"answer": answer}


def raw(body):
    return {"body_hex": body.hex()}


# ---- B1: size ----------------------------------------------------------------

fault("B1-too-large", "a reply beyond the cap: not again", NEVER, LARGE,
      {"announced": {"fault": "big_body", "bytes": CAP + 1},
       "chunked": {"fault": "big_body", "bytes": CAP + 1,
                   "framing": "chunked"},
       "close": {"fault": "big_body", "bytes": CAP + 1, "framing": "close"},
       "endless": {"fault": "big_body", "bytes": 1 << 50,
                   "framing": "chunked"}}, seconds=8)
fault("B1-at-the-cap", "as large as the cap: accepted", ACCEPT, None,
      {framing: {"fault": "big_body", "bytes": CAP, "framing": framing}
       for framing in ("length", "chunked", "close")})


@row("B1-memory", "endless bodies on all jobs stay within the cap")
def memory(world):
    calls = [f"c{i}" for i in range(12)]
    samples = Samples(0.002)
    with world.fake([{"stage": "compliance", "fault": "big_body",
                      "bytes": 1 << 50, "framing": "chunked"}]) as fake:
        run = world.run(fake, calls=calls, jobs=4, watch=samples.watch)
        audit(run, 3, fake=fake)
    for call in calls:
        expect(run, call, "compliance", "partial", 1, 0, LARGE)
    # at most four replies of 8 MiB, their buffers doubled while growing
    at_most(samples.most_mib(), 4 * 16 + 32, "MiB of memory")


# ---- B2 to B4: what is no JSON -----------------------------------------------

BAD_JSON = {
    "bad UTF-8": BODY.encode().replace(b"gen-1", b"gen\xff1"),
    "overlong": BODY.encode().replace(b"gen-1", b"gen\xc0\xaf1"),
    "surrogate in UTF-8": BODY.encode().replace(b"gen-1", b"\xed\xa0\x80"),
    "lone surrogate": BODY.encode().replace(b"gen-1", b"\\ud800"),
    "raw control": BODY.encode().replace(b"gen-1", b"gen\x01"),
    "raw NUL": BODY.encode().replace(b'"created": 1', b'"created": 1\0'),
    "UTF-16": BODY.encode("utf-16"),
}
fault("B2-envelope", "no UTF-8, raw controls: a broken reply", RETRY, CUT,
      {n: raw(b) for n, b in BAD_JSON.items()})
fault("B2-mark", "a byte order mark is taken off", ACCEPT, None,
      {"BOM": raw(b"\xef\xbb\xbf" + BODY.encode())})
fault("B2-content", "the same in what the model says: asked again", REASK,
      SCHEMA,
      {"lone surrogate": {"content": GOOD_TEXT.replace(
          '"details": ', '"details": "\\ud800", "x": ', 1)},
       "raw control": {"content": GOOD_TEXT.replace(
           '"details": ', '"details": "\u0001", "x": ', 1)},
       "raw newline": {"content": GOOD_TEXT.replace(
           '"details": ', '"details": "a\nb", "x": ', 1)},
       "NUL": {"content": GOOD_TEXT + "\0"},
       "BOM": {"content": "\ufeff" + GOOD_TEXT}})

DEEP = "[" * 70 + "]" * 70
MANY = "[" + "1," * MIB + "1]"
ODD_VALUES = {"deep": DEEP, "a million values": MANY, "NaN": "NaN",
              "Infinity": "-Infinity", "1e999": "1e999",
              "long integer": "1" + "0" * 400}
fault("B3-envelope", "depth, number of values, numbers that are none, keys "
      "twice: a broken reply", RETRY, CUT,
      {**{n: {"body": BODY[:-1] + f', "x": {v}}}'}
          for n, v in ODD_VALUES.items()},
       "key twice": {"body": '{"choices": [], ' + BODY[1:]}})
fault("B3-content", "the same in what the model says: asked again", REASK,
      SCHEMA,
      {**{n: {"content": GOOD_TEXT[:-1] + f', "x": {v}}}'}
          for n, v in ODD_VALUES.items()},
       "key twice": {"content": '{"items": [], ' + GOOD_TEXT[1:]}})
TWO = {"two": "{}", "two lines": "\n{}", "a comma": ",", "text": " done",
       "a brace": "}"}
fault("B4-envelope", "something after the reply: a broken one", RETRY, CUT,
      {**{n: {"body": BODY + more} for n, more in TWO.items()},
       "NUL": raw(BODY.encode() + b"\0"),
       "before": {"body": "data: " + BODY}})
fault("B4-content", "something after the answer: asked again", REASK, SCHEMA,
      {n: {"content": GOOD_TEXT + more} for n, more in TWO.items()})


# ---- B5 to B7: before the content --------------------------------------------

def message(**what):
    return {"patch": {"choices": [{"message": what}]}}


fault("B5-empty", "no content is no reply", RETRY, CUT,
      {"null": message(content=None), "empty": message(content=""),
       "blank": message(content=" \n"), "no parts": message(content=[]),
       "number": message(content=7),
       "tool calls": {"json": {"choices": [{
           "finish_reason": "tool_calls", "message": {
               "content": None, "tool_calls": [{"id": "t"}]}}]}},
       "images": message(content=[{"type": "image_url"}])})
fault("B5-parts", "parts are joined", ACCEPT, None,
      {"two": {"json": json.loads(envelope(
          [{"type": "text", "text": GOOD_TEXT[:99]},
           {"type": "reasoning", "data": "x"},
           {"type": "text", "text": GOOD_TEXT[99:]}]))}})
fault("B5-reason-first", "empty for a reason: the reason counts", NEVER,
      REFUSED, {"filter": {"content": "", "finish_reason": "content_filter"},
                "null": {"json": {"choices": [{
                    "finish_reason": "content_filter",
                    "message": {"content": None}}]}}})
fault("B6-length", "cut off by the limit: once more with a larger one, not "
      "asked again", LONGER, LENGTH,
      {"half": {"content": GOOD_TEXT[:90], "finish_reason": "length"},
       "whole": {"finish_reason": "length"},
       "empty": {"content": "", "finish_reason": "length"}})


@row("B6-larger", "the second request after `length` asks for more tokens")
def larger(world):
    with world.fake([{"call": "one", "stage": "compliance",
                      "finish_reason": "length"}]) as fake:
        run = world.run(fake, "--max-tokens", "700")
        audit(run, 3, fake=fake)
        asked = [fake.body(line)["max_tokens"] for line in fake.requests()
                 if line["stage"] == "compliance"]
    same(asked, [700, 1400], "max_tokens")


@row("B6-one-attempt", "with one attempt there is no second request")
def length_once(world):
    with world.fake([{"stage": "compliance", "finish_reason": "length"}]) \
            as fake:
        run = world.run(fake, "--attempts", "1")
        audit(run, 3, fake=fake)
    expect(run, "one", "compliance", "partial", 1, 0, LENGTH)


fault("B7-refused", "refused or filtered: not scored, not tried again", NEVER,
      REFUSED, {"filter": {"finish_reason": "content_filter"},
                "refusal": {"refusal": "I cannot help with that."},
                "with answer": {"refusal": "No.", "answer": GOOD}})


@row("B7-every-stage", "a call that is refused everywhere fails; others do not")
def refused_call(world):
    with world.fake([{"call": "bad", "finish_reason": "content_filter"}]) \
            as fake:
        run = world.run(fake, calls=["a", "bad", "b"])
        audit(run, 3, fake=fake)
    same([r["status"] for r in run.records], ["ok", "failed", "ok"], "status")
    same(run.record("bad")["error"]["code"], REFUSED, "code")


# ---- B8, B9: what the model says ---------------------------------------------

@row("B8-fence", "a code fence is taken off, and that is recorded")
def fence(world):
    rules = [{"call": "tagged", "stage": "compliance", "fence": True},
             {"call": "bare", "stage": "compliance",
              "content": f"\n```\n{GOOD_TEXT}\n```\n"}]
    with world.fake(rules) as fake:
        run = world.run(fake, calls=["tagged", "bare", "none"])
        audit(run, 0, fake=fake)
    for call, stripped in (("tagged", True), ("bare", True), ("none", None)):
        expect(run, call, "compliance", "ok", 1, 0, None)
        same(run.stage(call).get("fence_stripped"), stripped, call)


fault("B8-nothing-else", "nothing else is repaired", REASK, SCHEMA,
      {"prose before": {"content": "Here it is:\n" + GOOD_TEXT},
       "prose after": {"content": GOOD_TEXT + "\nHope this helps!"},
       "prose and fence": {"content": f"Sure:\n```json\n{GOOD_TEXT}\n```"},
       "open fence": {"content": "```json\n" + GOOD_TEXT},
       "two fences": {"content": "```\n```\n" + GOOD_TEXT + "\n```\n```"},
       "single quotes": {"content": GOOD_TEXT.replace('"', "'")},
       "trailing comma": {"content": GOOD_TEXT[:-1] + ",}"},
       "comment": {"content": "{ // an answer\n" + GOOD_TEXT[1:]},
       "cut": {"content": GOOD_TEXT[:-5]}})
fault("B9-schema", "what does not fit is asked again", REASK, SCHEMA,
      {"no summary": says(changed(["summary"], None)),
       "no status": says(changed(["items", 0, "status"], None)),
       "unknown status": says(changed(["items", 0, "status"], "Maybe")),
       "unknown name": says(changed(["items", 0, "name"], "Vibes")),
       "a name twice": says(changed(["items", 1, "name"],
                                    GOOD["items"][0]["name"])),
       "an item less": says(changed(["items"], GOOD["items"][1:])),
       "list for object": says(changed(["summary"], [])),
       "number for string": says(changed(["items", 0, "details"], 7)),
       "an array": {"content": "[]"}, "a string": {"content": '"ok"'},
       "a list of 10^4": says(changed(["items"], GOOD["items"][:1] * 10000)),
       "unknown key": says(changed(["confidence"], 0.9)),
       "a string of 1 MB": says(changed(["items", 0, "details"], "x" * MIB))})
fault("B9-normalised", "case and spaces are no faults", ACCEPT, None,
      {"case": says(changed(["items", 0, "status"], "no INFRACTION")),
       "spaces": says(changed(["items", 0, "status"], "NoInfraction")),
       "blanks": {"content": f"\n\t {GOOD_TEXT} \r\n"}})


@row("B9-numbers", "numbers as text and words as flags are what they mean")
def numbers(world):
    answer = copy.deepcopy(golden_answer("classification"))
    answer.update(sections_completed=["1", 2.0], requires_deep_dive="no",
                  red_flags=[], call_outcome="COMPLETED",
                  script_adherence_preview={"Section 1": "High", "2.": "low"})
    with world.fake([{"stage": "classification", "answer": answer}]) as fake:
        run = world.run(fake)
        audit(run, 0, fake=fake)
    got = run.record("one")["evaluation"]["classification"]
    same({k: got[k] for k in ("sections_completed", "requires_deep_dive",
                              "call_outcome", "script_adherence_preview")},
         {"sections_completed": [1, 2], "requires_deep_dive": False,
          "call_outcome": "completed",
          "script_adherence_preview": {"1": "high", "2": "low"}}, "answer")


@row("B9-re-ask", "the model gets its own answer and its faults, once each")
def re_ask(world):
    bad = json.dumps(changed(["items", 0, "status"], "Maybe"))
    with world.fake([{"call": "one", "stage": "compliance", "attempt": 1,
                      "content": bad}]) as fake:
        run = world.run(fake)
        audit(run, 0, fake=fake)
        first, second = [fake.body(line) for line in fake.requests()
                         if line["stage"] == "compliance"]
    more = second["messages"][len(first["messages"]):]
    same(second["messages"][:len(first["messages"])], first["messages"],
         "the question stays")
    same([m["role"] for m in more], ["assistant", "user"], "what is added")
    same(more[0]["content"], bad, "its own answer")
    same("items[0].status" in more[1]["content"] or
         "items/0/status" in more[1]["content"], True,
         f"the path: {more[1]['content']}")
    at_most(len(more[1]["content"]), 1500, "not the whole schema again")


@row("B9-separate", "faults and re-asks are counted apart: five at most")
def separate(world):
    # 503, bad answer, 503, bad answer, then a good one
    rules = [{"stage": "compliance", "attempt": n, "status": 503}
             for n in (1, 3)]
    rules += [{"stage": "compliance", "attempt": n, "content": "{}"}
              for n in (2, 4)]
    with world.fake([{**r, "call": "one"} for r in rules]) as fake:
        run = world.run(fake)
        audit(run, 0, fake=fake)
    expect(run, "one", "compliance", "ok", 5, 2, None)
    for last, code in (({"status": 503}, STATUS), ({"content": "{}"}, SCHEMA)):
        with world.fake([{**r, "call": "one"} for r in rules] + [
                {"call": "one", "stage": "compliance", **last}]) as fake:
            run = world.run(fake)
            audit(run, 3, fake=fake)
        expect(run, "one", "compliance", "partial", 5, 2, code)


# ---- B10 to B14: the whole record --------------------------------------------

@row("B10-contradiction", "the summary is rebuilt from the items")
def contradiction(world):
    answer = copy.deepcopy(GOOD)
    for item in answer["items"]:
        item["status"] = "No Infraction"
    answer["items"][0]["status"] = "Violation"
    answer["items"][1]["status"] = "Coaching Needed"
    names = [item["name"] for item in answer["items"]]
    answer["summary"] = {
        "no_infraction": [names[0]], "coaching_needed": [],
        "violations": ["Rode a unicycle"], "not_applicable": [names[1]]}
    calm = copy.deepcopy(golden_answer("classification"))
    calm.update(red_flags=[], requires_deep_dive=False)
    with world.fake([{"stage": "compliance", "answer": answer},
                     {"stage": "classification", "answer": calm}]) as fake:
        run = world.run(fake)
        audit(run, 0, fake=fake)
    record = run.record("one")
    same(record["evaluation"]["compliance"]["summary"], {
        "no_infraction": names[2:], "coaching_needed": [names[1]],
        "violations": [names[0]], "not_applicable": []}, "summary")
    basis = record["score_basis"]
    same((basis["violations"], basis["coaching_needed"]), (1, 1), "basis")
    same([(r["stage"], r["list"], r["entry"])
          for r in record["meta"]["reconciled"]],
         [("compliance", "violations", "Rode a unicycle")], "reconciled")
    same(bool(record["needs_review"]), True, "needs_review")
    expect(run, "one", "deep_dive", "ok", 1, 0, None)


@row("B10-doubt-starts", "a violation that no item knows still starts the "
     "deep dive")
def doubt(world):
    answer = copy.deepcopy(GOOD)
    for item in answer["items"]:
        item["status"] = "No Infraction"
    answer["summary"] = {"no_infraction": [], "coaching_needed": [],
                         "violations": ["Rode a unicycle"],
                         "not_applicable": []}
    calm = copy.deepcopy(golden_answer("classification"))
    calm.update(red_flags=[], requires_deep_dive=False)
    with world.fake([{"stage": "compliance", "answer": answer},
                     {"stage": "classification", "answer": calm}]) as fake:
        run = world.run(fake)
        audit(run, 0, fake=fake)
    same(run.record("one")["score_basis"]["violations"], 0, "not scored")
    expect(run, "one", "deep_dive", "ok", 1, 0, None)


def wanted():
    """A classification that asks for the deep dive."""
    answer = copy.deepcopy(golden_answer("classification"))
    answer["requires_deep_dive"] = True
    return {"stage": "classification", "answer": answer}


@row("B13-deep-dive", "a deep dive that fails leaves the score")
def deep_dive(world):
    for rule, code, n in (({"status": 400}, STATUS, 1),
                          ({"content": "{}"}, SCHEMA, 3)):
        with world.fake([wanted(), {"stage": "deep_dive", **rule}]) as fake:
            run = world.run(fake)
            audit(run, 3, fake=fake)
        expect(run, "one", "deep_dive", "partial", n, n - 1, code)
        record = run.record("one")
        same(record["evaluation"]["deep_dive"], None, "deep_dive")
        at_least(record["overall_score"], 1, "score")


@row("B14-one-fails", "an evaluator that fails takes the score with it, "
     "nothing else")
def one_fails(world):
    with world.fake([{"call": "one", "nth": 1000}]) as fake:
        whole = world.run(fake)
    for stage in STAGES[:4]:
        with world.fake([{"call": "one", "stage": stage, "status": 400}]) \
                as fake:
            run = world.run(fake)
            audit(run, 3, fake=fake)
        expect(run, "one", stage, "partial", 1, 0, STATUS)
        record, good = run.record("one"), whole.record("one")
        for other in set(STAGES[1:4]) - {stage}:
            same(record["evaluation"][other], good["evaluation"][other],
                 f"{stage} failed: {other}")
        scored = stage not in ("compliance", "communication")
        same(record["overall_score"], good["overall_score"] if scored
             else None, f"{stage} failed: score")
        if not scored:
            low, high = record["score_range"]
            one = low <= good["overall_score"] <= high
            same(one, True, f"{stage} failed: {low}..{high}")


@row("B14-all-fail", "all fail: an error record, no score")
def all_fail(world):
    with world.fake([{"call": "bad", "status": 400}]) as fake:
        run = world.run(fake, calls=["fine", "bad"])
        audit(run, 3, fake=fake)
    same([r["status"] for r in run.records], ["ok", "failed"], "status")
    same(run.record("bad")["error"]["code"], STATUS, "code")
    same(len(run.record("bad")["error"]["details"]), 4, "details")


@row("B14-resume", "a second run asks for nothing but what failed")
def resume(world):
    answers = world.path("answers")
    with world.fake([{"call": "one", "stage": "compliance", "status": 400}]) \
            as fake:
        audit(world.run(fake, "--record", answers), 3, fake=fake)
    with world.fake() as fake:
        run = world.run(fake, "--record", answers)
        audit(run, 0, fake=fake)
        asked = {line["stage"] for line in fake.requests()}
    same(asked - {"deep_dive"}, {"compliance"}, "stages asked for")


@row("B11", "a finding whose quote nobody said: kept, named, and the score "
     "that is there without it is told")
def invented_quote(world):
    clean = copy.deepcopy(golden_answer("compliance"))
    for item in clean["items"]:
        item.update(status="No Infraction", details="It was done.")
    names = [item["name"] for item in clean["items"]]
    clean["summary"] = {"no_infraction": names, "coaching_needed": [],
                        "violations": [], "not_applicable": []}
    invented = copy.deepcopy(clean)
    invented["items"][0].update(
        status="Violation",
        details='Agent: "I promise you the moon, and a loan with it."')
    invented["summary"].update(no_infraction=names[1:], violations=names[:1])
    scores = []
    for answer, unsupported in ((clean, []), (invented, [0])):
        with world.fake([{"stage": "compliance", "answer": answer}],
                        "--seed", "3") as fake:
            run = world.run(fake, calls=["one"])
            audit(run, 0, fake=fake)
        report = run.record("one")
        scores.append((report["overall_score"], report["score_supported"]))
        same([path for path in report["evidence"]["unsupported"]
              if "compliance" in path],
             [f"compliance.items[{i}]" for i in unsupported],
             "findings without a quote")
        same("UNSUPPORTED" in {r["code"] for r in report["needs_review"]},
             report["evidence"]["unsupported"] != [], "to be reviewed")
    at_least(scores[0][0], scores[1][0] + 1, "the score without the finding")
    same(scores[1][1], scores[0][1], "the score without what is unsupported")


# ---- what is not here --------------------------------------------------------

not_here("B12", "no nonce is promised: an answer is its own request's, one "
         "connection carrying one request at a time")

if __name__ == "__main__":
    sys.exit(main())
