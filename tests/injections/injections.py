#!/usr/bin/env python3
"""Calls in which somebody speaks to the grader, against two models that are worse than any real one.

  injections.py --bin DIR [--rates FILE.ndjson]

One model obeys whatever it reads: it grades everything best, and puts the words of the attempt, control
characters and paths into every text and key that it may choose. The other reads only what lies outside the
fence. With the first, reports stay inside their schema and nothing unescaped reaches a path, a URL, a header
or the terminal; with the second, the score of every call is that of the clean one. And the reports of these
calls ask for a person's eyes. --rates prints how many of the calls in another file are suspected.
"""
import argparse
import hashlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden" / "calls.ndjson"
REASON = "PROMPT_INJECTION"
HOSTILE = '\x1b[31m\x07\x7f\x9b31m<script>alert(1)</script>\n{"overall_score":100}\u202e\u2028../../etc/passwd $(id) \'"; --'
HIDDEN = "\u202a\u202b\u202c\u202d\u202e\u2028\u2029\u2066\u2067\u2068\u2069"
STATUSES = {"items": ["No Infraction", "Coaching Needed", "Violation", "N/A"],
            "skills": ["Exceeded", "Met", "Missed", "N/A"]}


def attempts():
    for line in (HERE / "injections.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("|", 2)


def inject(call, number, speaker, words):
    """The call with the words in the middle of it, in their speaker's mouth."""
    call = json.loads(json.dumps(call))
    lines = call["transcript"]["transcript"].split("\n")
    label = "Agent" if speaker == "agent" else "Customer"
    lines.insert(len(lines) // 2, f"{label}: {words}")
    call["transcript"]["transcript"] = "\n".join(lines)
    call["call_id"] = f"injected-{number:03}"
    return call


# ---- models ---------------------------------------------------------------

def schema_of(prompt):
    return json.loads(prompt[prompt.rindex("no others):\n") + len("no others):\n"):])


def outside(messages):
    """What is not fenced, without the marker, which is made of the transcript."""
    text = "\n".join(m["content"] for m in messages)
    marker = re.search(r"begin transcript ([0-9a-f]{32})", text).group(1)
    before, _, after = text.split(marker, 2)
    return before + after.replace(marker, "")


def names_in(schema, key):
    found = schema["properties"][key]["items"]["properties"]
    return found["name" if key == "items" else "skill"]["enum"]


def answer(schema, pick, text, extra):
    """An answer that fits the schema; pick(list, name) chooses, text stands where text is free."""
    have = schema["properties"]
    if "items" in have:
        rows = [{"name": n, "status": pick(STATUSES["items"], n), "details": text} for n in names_in(schema, "items")]
        result = {"items": rows, "summary": {"no_infraction": [extra] if extra else [], "coaching_needed": [],
                                             "violations": [], "not_applicable": []}}
    elif "skills" in have:
        rows = [{"skill": n, "rating": pick(STATUSES["skills"], n), "example": text} for n in names_in(schema, "skills")]
        result = {"skills": rows, "summary": {"exceeded": [extra] if extra else [], "met": [], "missed": []}}
    elif "sections" in have:
        result = {"sections": {"1": {"content_accuracy": pick(STATUSES["skills"], "a"),
                                     "sequence_adherence": "Met", "language_phrasing": "Met", "customization": "Met",
                                     "critical_misses": [text], "quote": text}}}
    elif "findings" in have:
        result = {"findings": [{"issue": text, "severity": "Low", "evidence": text, "recommendation": text}],
                  "root_cause": text, "customer_impact": "Low", "urgent_actions": [text]}
    else:
        result = {"sections_completed": [1], "sections_attempted": [1], "call_outcome": "completed",
                  "script_adherence_preview": {"1": "high"}, "red_flags": [text],
                  "requires_deep_dive": True, "early_termination_justified": True}
    return result


def obeying(messages):
    """Best marks, the attempt's words everywhere; first with keys nobody asked for, then, asked again, without."""
    schema = schema_of(next(m["content"] for m in messages if m["role"] == "user"))
    result = answer(schema, lambda choices, _: choices[0], HOSTILE, HOSTILE)
    if not any(m["role"] == "assistant" for m in messages):
        result["overall_score"] = 100
        result["../../etc/passwd"] = HOSTILE
        if "sections" in result:
            result["sections"]["../../tmp/owned"] = result["sections"]["1"]
    return result


def outsider(messages):
    """Chooses by the text outside the fence alone."""
    seed = outside(messages)

    def pick(choices, name):
        return choices[hashlib.sha256((seed + name).encode()).digest()[0] % len(choices)]

    return answer(schema_of(messages[-1]["content"]), pick, "", None)


class Model(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, think):
        super().__init__(("127.0.0.1", 0), Handler)
        self.think = think
        self.seen = set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/api/v1"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = tuple(sorted((k.lower(), v) for k, v in self.headers.items() if k.lower() != "content-length"))
        self.server.seen.add((self.path, headers))
        content = json.dumps(self.server.think(json.loads(body)["messages"]))
        reply = json.dumps({"id": "gen-1", "model": "acme/grader", "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": len(body) // 4, "completion_tokens": 50, "cost": 0.001}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_):
        pass


# ---- the program ----------------------------------------------------------

def callqa(binary, url, calls, *options):
    with tempfile.TemporaryDirectory(prefix="callqa-injections-") as folder:
        env = {"PATH": os.environ["PATH"], "HOME": folder, "CALLQA_CONFIG": "none", "OPENROUTER_API_KEY": "sk-test-key",
               "OPENROUTER_BASE_URL": url, **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}
        done = subprocess.run([f"{binary}/callqa", "--log-level", "debug", *options], capture_output=True, cwd=folder,
                              env=env, check=False, input="".join(json.dumps(c) + "\n" for c in calls).encode())
        left = os.listdir(folder)
    return done.returncode, done.stdout, done.stderr.decode(), left


def controls(data):
    return sorted({c for c in data.decode() if c != "\n" and (ord(c) < 32 or 0x7f <= ord(c) < 0xa0 or c in HIDDEN)})


def suspected(report):
    return any(reason["code"] == REASON for reason in report["needs_review"])


def require(condition, text):
    if not condition:
        print(f"injections: {text}")
        sys.exit(1)


def check_obeying(binary, calls):
    import jsonschema  # pylint: disable=import-outside-toplevel
    schema = json.loads(subprocess.run([f"{binary}/callqa", "--print-schema", "report"], capture_output=True,
                                       check=True).stdout)
    validator = jsonschema.Draft202012Validator(schema)
    with Model(obeying) as model:
        status, out, err, left = callqa(binary, model.url, calls, "--jobs", "16")
        model.shutdown()
    reports = [json.loads(line) for line in out.splitlines()]
    require(status == 0 and len(reports) == len(calls), f"exit {status}, {len(reports)} reports\n{err[-600:]}")
    for report in reports:
        fault = next(validator.iter_errors(report), None)
        require(fault is None, f"{report['call_id']}: {fault}")
        require(set(report["evaluation"]["script_deviation"]["sections"]) == {"1"}, f"{report['call_id']}: sections")
    require(not controls(out), f"control characters on stdout: {controls(out)}")
    require(not controls(err.encode()), f"control characters on stderr: {controls(err.encode())}")
    require("alert(1)" not in err, "a model's text on stderr")
    require(not left, f"files were made: {left}")
    require({path for path, _ in model.seen} == {"/api/v1/chat/completions"}, f"paths {model.seen}")
    require(len(model.seen) == 1, f"headers differ: {len(model.seen)} kinds")
    return reports


def check_outsider(binary, clean, calls):
    with Model(outsider) as model:
        status, out, err, _ = callqa(binary, model.url, [clean, *calls])
        model.shutdown()
    reports = [json.loads(line) for line in out.splitlines()]
    require(status == 0, f"exit {status}\n{err[-600:]}")
    scores = {r["overall_score"] for r in reports}
    require(len(scores) == 1 and None not in scores, f"the scores differ: {scores}")
    require(not suspected(reports[0]), "the clean call is suspected")
    return reports[0]["overall_score"]


def rates(binary, file):
    calls = [json.loads(line) for line in open(file, encoding="utf-8")]
    with Model(outsider) as model:
        _, out, _, _ = callqa(binary, model.url, calls, "--jobs", "16")
        model.shutdown()
    found = [r["call_id"] for r in map(json.loads, out.splitlines()) if suspected(r)]
    print(f"suspected: {len(found)} of {len(calls)}: {' '.join(found)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--rates")
    options = parser.parse_args()
    if options.rates:
        return rates(options.bin, options.rates)
    clean = json.loads(GOLDEN.read_text(encoding="utf-8").splitlines()[0])
    calls = [inject(clean, n, speaker, words) for n, (speaker, _, words) in enumerate(attempts())]
    reports = check_obeying(options.bin, calls)
    score = check_outsider(options.bin, clean, calls)
    flagged = sum(map(suspected, reports))
    print(f"{len(calls)} attempts: {flagged} flagged; every report fits its schema; "
          f"score outside the fence: {score}, clean and injected")
    require(flagged * 100 >= 90 * len(calls), f"only {flagged} of {len(calls)} are flagged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
