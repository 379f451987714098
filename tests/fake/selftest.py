#!/usr/bin/python3
"""Tests of the fake upstream itself: selftest.py PATH-OF-callqa-fake."""

import concurrent.futures
import http.client
import json
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import jsonschema
except ImportError:  # the shapes are then checked by hand only
    jsonschema = None

BINARY = None
STAGES = {
    "deep_dive": "root_cause",
    "script_deviation": "sequence_adherence",
    "compliance": "no_infraction",
    "classification": "call_outcome",
    "communication": "exceeded",
}
ADHERENCE = {"type": "string", "enum": ["high", "medium", "low"]}
RATING = {"type": "string", "enum": ["Exceeded", "Met", "Missed", "N/A"]}
STATUS = {
    "type": "string",
    "enum": ["No Infraction", "Coaching Needed", "Violation", "N/A"],
}
RULES = ["Greeting", "Recorded line", "Fees", "Consent", "No pressure", "Close"]


def strict(**properties):
    """An object schema as the strict form wants it."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def texts(most=20):
    return {
        "type": "array",
        "maxItems": most,
        "items": {"type": "string", "minLength": 1, "maxLength": 200},
    }


def text_or_null():
    return {"type": ["string", "null"], "maxLength": 60}


def summary(*names):
    return strict(**{name: texts() for name in names})


SCHEMAS = {
    "classification": strict(
        sections_completed={
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
        },
        call_outcome={"enum": ["completed", "scheduled", "lost"]},
        script_adherence_preview={
            "type": "object",
            "propertyNames": {"pattern": "^[0-9]+$"},
            "additionalProperties": ADHERENCE,
        },
        red_flags=texts(),
        requires_deep_dive={"type": "boolean"},
    ),
    "script_deviation": {
        "$defs": {
            "section": strict(
                section={"type": "string"},
                sequence_adherence=RATING,
                critical_misses=texts(2),
                quote={"anyOf": [{"type": "string"}, {"type": "null"}]},
            )
        },
        **strict(
            sections={"type": "array", "items": {"$ref": "#/$defs/section"}}
        ),
    },
    "compliance": strict(
        items={
            "type": "array",
            "minItems": len(RULES),
            "maxItems": len(RULES),
            "items": strict(
                name={"type": "string", "enum": RULES},
                status=STATUS,
                details=text_or_null(),
            ),
        },
        summary=summary(
            "no_infraction", "coaching_needed", "violations", "not_applicable"
        ),
    ),
    "communication": strict(
        skills={
            "type": "array",
            "items": strict(
                skill={"type": "string", "minLength": 1},
                rating=RATING,
                example=text_or_null(),
            ),
        },
        summary=summary("exceeded", "met", "missed"),
    ),
    "deep_dive": strict(
        findings={
            "type": "array",
            "minItems": 5,
            "items": strict(
                issue={"type": "string", "minLength": 90, "maxLength": 100},
                weight={"type": "number", "minimum": 0.5, "maximum": 0.75},
                rank={"type": "integer", "minimum": 3, "maximum": 4},
            ),
        },
        root_cause={"type": "string"},
        nonce={"const": "a1b2"},
    ),
}


class Fake:
    """A running fake, with its options, its log and its bodies."""

    def __init__(self, *options, rules=None, tls=False):
        self.folder = tempfile.TemporaryDirectory()
        self.log = self.path("log.ndjson")
        self.tls = tls
        command = [BINARY, "--lifetime", "60", "--log", self.log]
        command += ["--url-file", self.path("url"), *options]
        if rules is not None:
            lines = "".join(json.dumps(rule) + "\n" for rule in rules)
            command += ["--script", self.write("rules.ndjson", lines)]
        # libcrypto frees what a thread holds as the thread ends; one that is
        # ending while the process does looks like a leak.
        quiet = dict(os.environ, ASAN_OPTIONS="detect_leaks=0") if tls else None
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE,
                                        env=quiet)
        self.url = self.process.stdout.readline().decode().strip()
        self.port = int(self.url.rpartition(":")[2])

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, content):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(content)
        return self.path(name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        self.folder.cleanup()

    def end(self):
        """Ends the fake by SIGTERM; its log is complete then."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        self.process.stdout.close()
        if status:
            raise AssertionError(f"the fake ended with {status}")

    def lines(self):
        self.end()
        with open(self.log, encoding="utf-8") as log:
            # written as exchanges end; on two connections in any order
            return sorted(map(json.loads, log), key=lambda line: line["n"])

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def get(self, path, method="GET"):
        connection = self.connect()
        connection.request(method, path)
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return reply.status, json.loads(body)

    def stats(self):
        return self.get("/stats")[1]

    def post(self, body, connection=None):
        """Posts a chat request; the reply with its body as `.body`."""
        own = connection or self.connect()
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        own.request("POST", "/api/v1/chat/completions", data,
                    {"Authorization": "Bearer k", "X-Odd": "\xe9"})
        reply = own.getresponse()
        reply.body = reply.read()
        if not connection:
            own.close()
        return reply

    def ask(self, body, connection=None):
        """The JSON of a good reply."""
        reply = self.post(body, connection)
        if reply.status != 200:
            raise AssertionError(f"{reply.status}: {reply.body[:200]}")
        return json.loads(reply.body)

    def raw(self, data, half_close=False):
        """Sends bytes on a new socket; what came back, and how it ended."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as sock:
            sock.sendall(data)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            return drain(sock)


def drain(sock):
    got = b""
    while True:
        try:
            more = sock.recv(65536)
        except ConnectionResetError:
            return got, "RST"
        except ssl.SSLEOFError:  # no close_notify: all that Python can tell
            return got, "CUT"
        if not more:
            return got, "FIN"
        got += more


def chat(stage, transcript="Agent: hello", schema=None, strict_form=False):
    """A chat request as the product sends it, in either response format."""
    schema = SCHEMAS[stage] if schema is None else schema
    tail = f"Task: {stage}. The reply is one JSON object of this schema:\n"
    tail += json.dumps(schema) + '\nAn empty reply is {"no": 1}.'
    form = {"type": "json_object"}
    if strict_form:
        tail = "Task."
        form = {"type": "json_schema",
                "json_schema": {"name": stage, "schema": schema}}
    return {
        "model": "openai/gpt-4o-2024-08-06",
        "messages": [
            {"role": "system", "content": "You grade calls."},
            {"role": "user", "content": f"<<\n{transcript}\n>>"},
            {"role": "user", "content": tail},
        ],
        "response_format": form,
    }


def wire_form(body, extra=b""):
    data = json.dumps(body).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" + extra
    return head + b"Content-Length: %d\r\n\r\n" % len(data) + data


def content_of(reply):
    return reply["choices"][0]["message"]["content"]


def said(reply):
    return json.loads(content_of(reply))


class Start(unittest.TestCase):
    def test_url_file_and_ready_line(self):
        with Fake() as fake:
            self.assertRegex(fake.url, r"^http://127\.0\.0\.1:\d+$")
            with open(fake.path("url"), encoding="utf-8") as url:
                self.assertEqual(url.read(), fake.url + "\n")
            left = sorted(os.listdir(fake.folder.name))
            self.assertEqual(left, ["log.ndjson", "url"])

    def test_loopback_only(self):
        with Fake() as fake:
            listening = rf": ([0-9A-F]{{8}}):{fake.port:04X} 0{{8}}:0000 0A"
            with open("/proc/net/tcp", encoding="ascii") as table:
                self.assertEqual(re.findall(listening, table.read()),
                                 ["0100007F"])
            with open("/proc/net/tcp6", encoding="ascii") as table:
                self.assertNotRegex(table.read(),
                                    rf":{fake.port:04X} 0+:0000 0A")

    def test_lifetime(self):
        begin = time.monotonic()
        done = subprocess.run([BINARY, "--lifetime", "0.3"], timeout=10,
                              stdout=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 0)
        self.assertGreater(time.monotonic() - begin, 0.25)

    def test_help_lists_everything(self):
        text = subprocess.run([BINARY, "--help"], capture_output=True,
                              text=True, check=True).stdout
        for word in ("--url-file", "--lifetime", "--tls", "--calls",
                     "--answers", "--templates", "--script", "--seed", "--model-name",
                     "--latency-ms", "--jitter-ms", "--log", "--bodies",
                     "stage", "call", "attempt", "nth", "percent", "times",
                     "status",
                     "headers", "body", "json", "content", "answer", "patch",
                     "finish_reason", "refusal", "usage", "delay_ms",
                     "fence", "fault", "framing", "at", "interval_ms",
                     "seconds", "bytes", *FAULTS):
            self.assertRegex(text, rf"(?m)^  {re.escape(word)} ")

    def refused(self, *options):
        done = subprocess.run([BINARY, *options], capture_output=True,
                              text=True, timeout=10, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_bad_options(self):
        for options in (["--nonsense"], ["operand"], ["--latency-ms", "x"],
                        ["--latency-ms", "-1"], ["--tls", "only-one"],
                        ["--script", "/nowhere"], ["--calls", "/nowhere"]):
            self.assertTrue(self.refused(*options))

    def test_bad_scripts(self):
        cases = [
            ('{"stage":"x"}\n{"stagge":"x"}\n', 2, '"stagge"'),
            ('[\n{"nth":1},\n\n{"fault":"explode"}]', 4, '"fault"'),
            ('{"status":"429"}', 1, '"status"'),
            ('{"status":99}', 1, '"status"'),
            ('{"status":1000}', 1, '"status"'),
            ('{"times":0}', 1, '"times"'),
            ('{"headers":{"a":1}}', 1, '"headers"'),
            ('{"framing":"none"}', 1, '"framing"'),
            ('{"answer":[]}', 1, '"answer"'),
            ('{"body_hex":"fff"}', 1, '"body_hex"'),
            ('{"body_hex":"0x"}', 1, '"body_hex"'),
            ('{"after_s":-1}', 1, '"after_s"'),
            ('{"nth":1}\n{"nth":\n}\n', 3, "unexpected"),
            ('{"nth":1,"nth":2}', 1, "duplicate"),
            ('[{"nth":1}', 1, "no end"),
            ('[{"nth":1}] 1', 1, "after the array"),
            ('[{"nth":1} {"nth":2}]', 1, "expected"),
            ("7", 1, "object"),
        ]
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "rules")
            for text, line, word in cases:
                with open(name, "w", encoding="utf-8") as out:
                    out.write(text)
                error = self.refused("--script", name)
                self.assertIn(f"{name}:{line}: ", error, text)
                self.assertIn(word, error, text)
            for option in ("--calls", "--answers"):
                with open(name, "w", encoding="utf-8") as out:
                    out.write('\n{"call_id":"x"}\n')
                self.assertIn(f"{name}:2: ", self.refused(option, name))


class Chat(unittest.TestCase):
    def test_shape(self):
        with Fake() as fake:
            body = chat("compliance")
            reply = fake.post(body)
            self.assertEqual(reply.status, 200)
            self.assertEqual(reply.getheader("content-type"),
                             "application/json")
            document = json.loads(reply.body)
            self.assertEqual(reply.getheader("x-generation-id"),
                             document["id"])
            self.assertEqual(document["object"], "chat.completion")
            self.assertEqual(document["model"], body["model"])
            self.assertLess(abs(document["created"] - time.time()), 60)
            choice, = document["choices"]
            self.assertEqual(choice["finish_reason"], "stop")
            self.assertEqual(choice["native_finish_reason"], "stop")
            self.assertEqual(choice["message"]["role"], "assistant")
            self.assertIsNone(choice["message"]["refusal"])
            usage = document["usage"]
            self.assertEqual(usage["prompt_tokens"],
                             len(json.dumps(body)) // 4)
            self.assertEqual(usage["total_tokens"],
                             usage["prompt_tokens"]
                             + usage["completion_tokens"])
            self.assertGreater(usage["cost"], 0)
            self.assertEqual(usage["prompt_tokens_details"],
                             {"cached_tokens": 0})

    def test_bad_requests(self):
        with Fake() as fake:
            bodies = (b"{", b"[]", b"", b'{"messages":[]}', b'{"model":"m"}',
                      b'{"messages":"x"}', b'{"messages":[{"content":"x"}]}',
                      b'{"messages":[{"role":"user","content":7}]}')
            for body in bodies:
                reply = fake.post(body)
                error = json.loads(reply.body)["error"]
                self.assertEqual((reply.status, error["code"]), (400, 400))
                self.assertTrue(error["message"])
            status, body = fake.get("/api/v1/models")
            self.assertEqual((status, body["error"]["code"]), (404, 404))
            status, _ = fake.get("/elsewhere/stats")
            self.assertEqual(status, 404)
            stats = fake.stats()
            self.assertEqual(stats["statuses"],
                             {"400": len(bodies), "404": 2})

    def test_stages(self):
        with Fake() as fake:
            for stage, word in STAGES.items():
                fake.ask(chat(stage))
                fake.ask(chat(stage, strict_form=True))
                parts = [{"type": "text", "text": "x" * 20000},
                         {"type": "text", "text": f"about {word}"}]
                fake.ask({"messages": [{"role": "user", "content": parts}]})
            long_ago = "root_cause" + " " * 17000 + "call_outcome"
            fake.ask({"messages": [{"role": "user", "content": long_ago}]})
            fake.ask({"messages": [{"role": "user", "content": "hello"}]})
            found = [line["stage"] for line in fake.lines()]
            self.assertEqual(found, [stage for stage in STAGES
                                     for _ in range(3)]
                             + ["classification", "other"])

    def test_re_ask_is_the_same_stage_and_call(self):
        with Fake() as fake:
            body = chat("script_deviation")
            first = fake.ask(body)
            body["messages"] += [
                {"role": "assistant", "content": "{}"},
                {"role": "user", "content": "sections is missing"},
            ]
            second = fake.ask(body)
            self.assertEqual(said(first), said(second))
            one, two = fake.lines()
            self.assertEqual(one["stage"], two["stage"])
            self.assertEqual(one["call"], two["call"])
            self.assertEqual((one["attempt"], two["attempt"]), (1, 2))

    def test_model_name(self):
        with Fake("--model-name", "other/model") as fake:
            self.assertEqual(fake.ask(chat("compliance"))["model"],
                             "other/model")


class Answers(unittest.TestCase):
    def check(self, stage, answer):
        if jsonschema:
            jsonschema.Draft202012Validator(SCHEMAS[stage]).validate(answer)
        if stage == "compliance":
            names = [item["name"] for item in answer["items"]]
            self.assertEqual(names, RULES)
            self.agree(answer["items"], "name", "status", answer["summary"], {
                "no_infraction": "No Infraction", "violations": "Violation",
                "coaching_needed": "Coaching Needed", "not_applicable": "N/A",
            })
        if stage == "communication":
            self.agree(answer["skills"], "skill", "rating", answer["summary"],
                       {"exceeded": "Exceeded", "met": "Met",
                        "missed": "Missed"})
        if stage == "script_deviation":
            self.assertEqual([row["section"] for row in answer["sections"]],
                             ["1", "2", "3"])
        if stage == "classification":
            self.assertEqual(list(answer["script_adherence_preview"]),
                             ["1", "2", "3"])

    def agree(self, items, name, status, lists, words):
        for key, word in words.items():
            self.assertEqual(lists[key], [item[name] for item in items
                                          if item[status] == word])

    def test_made_up_answers(self):
        seen = {stage: set() for stage in STAGES}
        deep = flagged = violating = violations = 0
        calls = 60
        with Fake() as fake:
            link = fake.connect()
            for n in range(calls):
                for stage in STAGES:
                    body = chat(stage, f"Agent: call {n}",
                                strict_form=n % 2 == 1)
                    answer = said(fake.ask(body, link))
                    self.check(stage, answer)
                    seen[stage].add(json.dumps(answer))
                    deep += answer.get("requires_deep_dive") is True
                    flagged += bool(answer.get("red_flags"))
                    if stage == "compliance":
                        count = len(answer["summary"]["violations"])
                        violating += count > 0
                        violations += count
            link.close()
        for stage, different in seen.items():
            self.assertGreater(len(different), calls / 2, stage)
        self.assertTrue(3 <= deep <= 24, deep)
        self.assertTrue(0 < flagged <= 15, flagged)
        self.assertTrue(4 <= violating <= 26, violating)
        self.assertLess(violations, calls)

    def test_same_seed_same_answer(self):
        def all_of(*options):
            with Fake(*options) as fake:
                return [content_of(fake.ask(chat(stage))) for stage in order]

        order = list(STAGES)
        one = all_of("--seed", "7")
        order.reverse()
        two = all_of("--seed", "7")
        self.assertEqual(one, two[::-1])
        self.assertNotEqual(one, all_of("--seed", "8")[::-1])

    def test_odd_schemas(self):
        loop = {"$defs": {"a": {"$ref": "#/$defs/b"},
                          "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}
        tree = {
            "$defs": {"node": {
                "type": "object", "required": ["children"],
                "properties": {"children": {
                    "type": "array", "items": {"$ref": "#/$defs/node"}}}}},
            "$ref": "#/$defs/node", "type": "object",
        }
        good = [
            tree,
            {"type": "object", "properties": {}},
            {"type": "object", "properties": {
                "a": {"allOf": [{"type": "integer", "exclusiveMinimum": 4,
                                 "exclusiveMaximum": 6}]},
                "b": {"oneOf": [{"type": "null"}, {"type": "boolean"}]},
                "c": {"type": "array", "uniqueItems": True, "minItems": 2,
                      "items": {"enum": ["x", "y"]}},
                "d": {"type": "number", "maximum": -3},
                "e": {}},
             "required": ["a", "b", "c", "d", "e"]},
            {"type": "object", "propertyNames": {"enum": ["p", "q"]},
             "additionalProperties": {"type": "integer"}},
        ]
        with Fake() as fake:
            for schema in good:
                answer = said(fake.ask(chat("compliance", schema=schema,
                                            strict_form=True)))
                if jsonschema:
                    jsonschema.Draft202012Validator(schema).validate(answer)
            self.assertEqual(list(answer), ["p", "q"])
            fake.ask(chat("compliance", schema=loop, strict_form=True))
            plain = fake.ask({"messages": [{"role": "user",
                                            "content": "{{{ hello"}]})
            self.assertEqual(content_of(plain), "{}")

    def test_calls_and_given_answers(self):
        texts_of = {"short": "Agent: hi", "a": "Agent: hello there. " * 40,
                    "b": "Agent: hello there. " * 80,
                    "uml": "Ágent: \"näive\"\n\t☎ {\"type\":1} " * 9}
        with tempfile.TemporaryDirectory() as folder:
            calls = os.path.join(folder, "calls")
            answers = os.path.join(folder, "answers")
            with open(calls, "w", encoding="utf-8") as out:
                for name, text in texts_of.items():
                    out.write(json.dumps({
                        "call_id": name,
                        "transcript": {"transcript": text}}) + "\n")
            with open(answers, "w", encoding="utf-8") as out:
                out.write('{"call_id":"b","stage":"compliance",'
                          '"answer":{"z": [1, 2], "a": null}}\n'
                          '{"call_id":"a","stage":"compliance",'
                          '"answer":"not json","repeat":1}\n')
            with Fake("--calls", calls, "--answers", answers) as fake:
                for name, text in texts_of.items():
                    reply = fake.ask(chat("compliance", text))
                    if name == "b":
                        self.assertEqual(content_of(reply),
                                         '{"z":[1,2],"a":null}')
                    elif name == "a":
                        self.assertEqual(content_of(reply), "not json")
                    else:
                        self.check("compliance", said(reply))
                fake.ask(chat("compliance", "Agent: not known"))
                found = [line["call"] for line in fake.lines()]
        self.assertEqual(found[:4], list(texts_of))
        self.assertRegex(found[4], r"^m-[0-9a-f]{16}$")

    def test_many_calls_are_found_fast(self):
        with tempfile.TemporaryDirectory() as folder:
            calls = os.path.join(folder, "calls")
            with open(calls, "w", encoding="utf-8") as out:
                for n in range(100):
                    text = "Agent: the same beginning. " * 1800 + f"end {n}."
                    out.write(json.dumps({
                        "call_id": f"c{n}",
                        "transcript": {"transcript": text}}) + "\n")
            with Fake("--calls", calls) as fake:
                link = fake.connect()
                begin = time.monotonic()
                for n in (0, 57, 99):
                    text = "Agent: the same beginning. " * 1800 + f"end {n}."
                    fake.ask(chat("compliance", text), link)
                self.assertLess(time.monotonic() - begin, 1.5)
                link.close()
                self.assertEqual([line["call"] for line in fake.lines()],
                                 ["c0", "c57", "c99"])


class Script(unittest.TestCase):
    def test_match_and_use(self):
        rules = [
            {"nth": 6, "status": 503},
            {"stage": "compliance", "attempt": 2, "status": 502},
            {"stage": "compliance", "times": 1, "status": 429,
             "headers": {"Retry-After": "1", "X-Twice": ["a", "b"]}},
            {"path": "/models", "method": "GET", "status": 200,
             "json": {"data": []}},
        ]
        with Fake(rules=rules) as fake:
            for _ in range(2):
                seen = []
                for stage in ("compliance", "compliance", "compliance",
                              "deep_dive"):
                    reply = fake.post(chat(stage))
                    seen.append(reply.status)
                    if reply.status == 429:
                        self.assertEqual(reply.getheader("retry-after"), "1")
                        self.assertEqual(reply.headers.get_all("x-twice"),
                                         ["a", "b"])
                        error = json.loads(reply.body)["error"]
                        self.assertEqual(error["metadata"]["error_type"],
                                         "rate_limit_exceeded")
                self.assertEqual(seen, [429, 502, 200, 200])
                self.assertEqual(fake.get("/api/v1/models?x=/y"),
                                 (200, {"data": []}))
                self.assertEqual(fake.post(chat("deep_dive")).status, 503)
                self.assertEqual(fake.get("/reset", "POST"), (200, {}))
            numbers = [line["n"] for line in fake.lines()]
            self.assertEqual(numbers, list(range(1, 13)))

    def test_share_of_requests(self):
        def statuses():
            with Fake(rules=[{"percent": 30, "status": 503}]) as fake:
                return [fake.post(chat("compliance")).status for _ in range(200)]

        first = statuses()
        self.assertTrue(40 <= first.count(503) <= 80, first.count(503))
        self.assertEqual(statuses(), first)

    def test_rule_for_one_call(self):
        with tempfile.TemporaryDirectory() as folder:
            calls = os.path.join(folder, "calls")
            with open(calls, "w", encoding="utf-8") as out:
                out.write('{"call_id":"x","transcript":'
                          '{"transcript":"Agent: I am x"}}')
            rules = [{"call": "x", "status": 400}]
            with Fake("--calls", calls, rules=rules) as fake:
                self.assertEqual(
                    fake.post(chat("compliance", "Agent: I am y")).status, 200)
                self.assertEqual(
                    fake.post(chat("compliance", "Agent: I am x")).status, 400)

    def one(self, rule, stage="compliance"):
        with Fake(rules=[rule]) as fake:
            return fake.post(chat(stage))

    def test_what_the_model_says(self):
        def message(rule):
            return json.loads(self.one(rule).body)["choices"][0]["message"]

        self.assertEqual(message({"content": "plain\u0000"})["content"],
                         "plain\0")
        self.assertEqual(message({"answer": {"b": 1, "a": [2]}})["content"],
                         '{"b":1,"a":[2]}')
        self.assertEqual(
            message({"answer": {"b": 1}, "fence": True})["content"],
            '```json\n{"b":1}\n```')
        self.assertEqual(message({"refusal": "I will not"}),
                         {"role": "assistant", "content": None,
                          "refusal": "I will not"})

    def test_envelope(self):
        def document(rule):
            return json.loads(self.one(rule).body)

        long = document({"finish_reason": "length"})
        self.assertEqual(long["choices"][0]["finish_reason"], "length")
        self.assertIsNone(document({"usage": None})["usage"])
        self.assertIsNone(document({"patch": {"choices": None}})["choices"])
        self.assertEqual(document({"patch": {"choices": []}})["choices"], [])
        patched = document({"patch": {
            "choices": [{"finish_reason": "error", "error": {"code": 502}}],
            "usage": {"cost": None}, "error": {"code": 429}}})
        choice, = patched["choices"]
        self.assertEqual(choice["finish_reason"], "error")
        self.assertEqual(choice["error"], {"code": 502})
        self.assertTrue(choice["message"]["content"])
        self.assertIsNone(patched["usage"]["cost"])
        self.assertGreater(patched["usage"]["prompt_tokens"], 0)
        self.assertEqual(patched["error"], {"code": 429})
        self.assertEqual(document({"json": [1, {"x": 1e300}]}),
                         [1, {"x": 1e300}])
        moderated = document({"status": 403, "patch": {
            "error": {"metadata": {"reasons": ["x"]}}}})
        self.assertEqual(moderated["error"]["metadata"],
                         {"error_type": "permission_denied",
                          "reasons": ["x"]})

    def test_raw_reply(self):
        reply = self.one({"body": "<html>\u00e9", "headers": {
            "content-type": "text/html", "X-GENERATION-ID": "mine"}})
        self.assertEqual(reply.body, "<html>é".encode())
        self.assertEqual(reply.headers.get_all("content-type"), ["text/html"])
        self.assertEqual(reply.headers.get_all("x-generation-id"), ["mine"])
        empty = self.one({"status": 204})
        self.assertEqual((empty.status, empty.body), (204, b""))
        moved = self.one({"status": 301, "headers": {"Location": "file:/x"}})
        self.assertEqual(moved.getheader("location"), "file:/x")

    def test_raw_bytes(self):
        reply = self.one({"body_hex": "00ffFE7b"})
        self.assertEqual(reply.body, b"\0\xff\xfe{")

    def test_window_of_time(self):
        rules = [{"after_s": 0.3, "before_s": 0.6, "status": 503}]
        with Fake(rules=rules) as fake:
            time.sleep(0.4)  # it counts from the first request, not before
            for _ in range(2):
                begin = time.monotonic()
                self.assertEqual(fake.post(chat("compliance")).status, 200)
                time.sleep(0.35)
                status = fake.post(chat("compliance")).status
                if time.monotonic() - begin < 0.6:
                    self.assertEqual(status, 503)
                time.sleep(0.3)
                self.assertEqual(fake.post(chat("compliance")).status, 200)
                fake.get("/reset", "POST")

    def test_one_connection(self):
        with Fake(rules=[{"connection": 2, "status": 400}]) as fake:
            links = [fake.connect() for _ in range(3)]
            seen = [fake.post(chat("compliance"), link).status
                    for _ in range(2) for link in links]
            for link in links:
                link.close()
        self.assertEqual(seen, [200, 400, 200] * 2)

    def test_delay_replaces_latency(self):
        rules = [{"attempt": 1, "delay_ms": 0}]
        with Fake("--latency-ms", "300", rules=rules) as fake:
            times = []
            for _ in range(2):
                begin = time.monotonic()
                fake.ask(chat("compliance"))
                times.append(time.monotonic() - begin)
        self.assertLess(times[0], 0.25)
        self.assertGreaterEqual(times[1], 0.3)

    def test_jitter_is_deterministic_and_permutes(self):
        def order():
            with Fake("--latency-ms", "20", "--jitter-ms", "400") as fake:
                with concurrent.futures.ThreadPoolExecutor(8) as pool:
                    list(pool.map(fake.ask, bodies))
                lines = fake.lines()
                took = {line["call"]: line["t_end"] - line["t_start"]
                        for line in lines}
                self.assertGreater(min(took.values()), 0.02)
                self.assertLess(max(took.values()), 1.5)
                return took

        bodies = [chat("compliance", f"Agent: {n}") for n in range(8)]
        one, two = order(), order()
        self.assertGreater(max(one.values()) - min(one.values()), 0.1)
        for call, took in one.items():
            self.assertLess(abs(took - two[call]), 0.15)


FAULTS = ("refuse_reset", "reset_headers", "reset_body", "truncate",
          "truncate_chunked", "truncate_close", "hang", "drip", "whitespace",
          "whitespace_forever", "garbage", "close_idle", "big_body",
          "big_headers", "no_reply_close")


class Faults(unittest.TestCase):
    def reply(self, rule, extra=b"Connection: close\r\n"):
        """The bytes of a scripted reply, its end, and its log line."""
        with Fake(rules=[rule]) as fake:
            got, end = fake.raw(wire_form(chat("compliance"), extra))
            line = fake.lines()[0]
            self.assertEqual(line["fault"], rule.get("fault"))
            head, _, body = got.partition(b"\r\n\r\n")
            return head, body, end, line["status"]

    def length_of(self, head):
        return int(re.search(rb"Content-Length: (\d+)", head)[1])

    def test_cut_before_the_reply(self):
        self.assertEqual(self.reply({"fault": "refuse_reset"}),
                         (b"", b"", "RST", 0))
        self.assertEqual(self.reply({"fault": "no_reply_close"}),
                         (b"", b"", "FIN", 0))
        head, body, end, status = self.reply({"fault": "reset_headers"})
        self.assertTrue(head.startswith(b"HTTP/1.1 200 OK\r\n"))
        self.assertEqual((body, end, status), (b"", "RST", 0))

    def test_cut_in_the_body(self):
        head, body, end, status = self.reply({"fault": "reset_body"})
        self.assertEqual(len(body), self.length_of(head) // 2)
        self.assertEqual((end, status), ("RST", 200))
        head, body, end, _ = self.reply({"fault": "truncate", "at": 7})
        self.assertEqual((len(body), end), (7, "FIN"))
        self.assertGreater(self.length_of(head), 7)
        head, body, end, _ = self.reply({"fault": "truncate_chunked",
                                         "at": 9})
        size, _, chunk = body.partition(b"\r\n")
        self.assertIn(b"Transfer-Encoding: chunked", head)
        self.assertGreater(int(size, 16), 9)
        self.assertEqual((len(chunk), end), (9, "FIN"))
        head, body, end, _ = self.reply({"fault": "truncate_close"})
        self.assertNotRegex(head, rb"Content-Length|Transfer-Encoding")
        self.assertEqual(end, "FIN")
        with self.assertRaises(ValueError):
            json.loads(body)

    def test_cut_anywhere(self):
        def wire(at, framing):
            head, body, end, _ = self.reply(
                {"fault": "cut", "at": at, "framing": framing}, b"")
            self.assertEqual(end, "FIN")
            wire = head + b"\r\n\r\n" + body if body else head
            # the clock goes on between two replies
            return re.sub(rb'("created":)(\d*)', lambda m: m[1]
                          + b"0" * len(m[2]), wire)

        whole = wire(1 << 20, "chunked")
        self.assertTrue(whole.endswith(b"}\r\n0\r\n\r\n"))
        for at in (0, 1, 20, len(whole) - 8, len(whole) - 1):
            self.assertEqual(wire(at, "chunked"), whole[:at])
        self.assertTrue(wire(1 << 20, "close").endswith(b"}"))

    def test_hang(self):
        with Fake(rules=[{"times": 1, "fault": "hang"}]) as fake:
            with socket.create_connection(("127.0.0.1", fake.port)) as sock:
                sock.sendall(wire_form(chat("compliance")))
                sock.settimeout(0.2)
                with self.assertRaises(socket.timeout):
                    sock.recv(1)
                stats = fake.stats()
                self.assertEqual(stats["in_flight"], 1)
            until = time.monotonic() + 5
            while fake.stats()["in_flight"] and time.monotonic() < until:
                time.sleep(0.01)
            self.assertEqual(fake.stats()["in_flight"], 0)
            fake.ask(chat("compliance"))
            first = fake.lines()[0]
            self.assertEqual((first["status"], first["client_gone"]),
                             (0, True))

    def test_hang_ends_with_the_fake(self):
        with Fake(rules=[{"fault": "hang"}]) as fake:
            with socket.create_connection(("127.0.0.1", fake.port)) as sock:
                sock.sendall(wire_form(chat("compliance")))
                while not fake.stats()["in_flight"]:
                    time.sleep(0.01)
                begin = time.monotonic()
                fake.end()
                self.assertLess(time.monotonic() - begin, 1.5)
                self.assertEqual(len(fake.lines()), 1)

    def test_client_leaves_during_the_latency(self):
        with Fake("--latency-ms", "30000") as fake:
            with socket.create_connection(("127.0.0.1", fake.port)) as sock:
                sock.sendall(wire_form(chat("compliance")))
                while not fake.stats()["in_flight"]:
                    time.sleep(0.01)
            line, = fake.lines()
            self.assertTrue(line["client_gone"])
            self.assertLess(line["t_end"] - line["t_start"], 5)

    def test_slow_bodies(self):
        begin = time.monotonic()
        head, body, end, _ = self.reply({"fault": "drip", "interval_ms": 1,
                                         "answer": {}})
        self.assertGreater(time.monotonic() - begin, 0.3)
        self.assertEqual(len(body), self.length_of(head))
        self.assertEqual(said(json.loads(body)), {})
        with Fake(rules=[{"fault": "drip", "interval_ms": 1, "answer": {},
                          "framing": "chunked"}]) as fake:
            self.assertEqual(said(fake.ask(chat("compliance"))), {})
        rule = {"fault": "whitespace", "seconds": 0.3, "interval_ms": 20}
        with Fake(rules=[rule]) as fake:
            begin = time.monotonic()
            reply = fake.post(chat("compliance"))
            self.assertGreater(time.monotonic() - begin, 0.25)
            self.assertGreater(len(reply.body) - len(reply.body.lstrip()), 10)
            self.assertTrue(said(json.loads(reply.body)))
        rule = {"fault": "whitespace_forever", "interval_ms": 5}
        with Fake(rules=[rule]) as fake:
            with socket.create_connection(("127.0.0.1", fake.port)) as sock:
                sock.sendall(wire_form(chat("compliance")))
                got = b""
                until = time.monotonic() + 0.4
                while time.monotonic() < until:
                    got += sock.recv(4096)
            body = got.partition(b"\r\n\r\n")[2]
            self.assertGreater(body.count(b"1\r\n"), 10)
            self.assertRegex(body, rb"^(1\r\n\s\r\n)+")

    def test_garbage(self):
        head, body, end, status = self.reply({"fault": "garbage"})
        self.assertFalse((head + body).startswith(b"HTTP"))
        self.assertEqual((end, status), ("FIN", 0))
        text = "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n{}"
        head, body, end, status = self.reply({"fault": "garbage",
                                              "body": text})
        self.assertEqual(head + b"\r\n\r\n" + body, text.encode())

    def test_close_idle(self):
        rules = [{"nth": 1, "fault": "close_idle"}]
        with Fake(rules=rules) as fake:
            with socket.create_connection(("127.0.0.1", fake.port)) as sock:
                sock.settimeout(5)
                sock.sendall(wire_form(chat("compliance")))
                head = b""
                while b"\r\n\r\n" not in head:
                    head += sock.recv(1)
                body = b""
                while len(body) < self.length_of(head):
                    body += sock.recv(65536)
                self.assertTrue(said(json.loads(body)))
                sock.sendall(wire_form(chat("compliance")))
                self.assertEqual(drain(sock), (b"", "FIN"))
            fake.ask(chat("compliance"))
            lines = fake.lines()
            self.assertEqual([line["status"] for line in lines], [200, 0, 200])
            self.assertEqual([line["attempt"] for line in lines], [1, 2, 3])
            self.assertEqual([line["fault"] for line in lines],
                             ["close_idle", "close_idle", None])

    def test_too_big(self):
        with Fake(rules=[{"nth": 1, "fault": "big_body", "bytes": 3000000},
                         {"nth": 2, "fault": "big_headers",
                          "bytes": 100000},
                         {"nth": 3, "fault": "big_body", "bytes": 100000,
                          "framing": "chunked"}]) as fake:
            link = fake.connect()
            reply = fake.post(chat("compliance"), link)
            self.assertEqual(reply.getheader("content-length"), "3000000")
            self.assertEqual(len(reply.body), 3000000)
            self.assertTrue(said(json.loads(reply.body)))
            link.close()
            got, end = fake.raw(wire_form(chat("compliance"),
                                          b"Connection: close\r\n"))
            head, _, body = got.partition(b"\r\n\r\n")
            self.assertGreater(len(head), 100000)
            self.assertLess(len(head), 103000)
            self.assertTrue(said(json.loads(body)))
            self.assertEqual(len(fake.post(chat("compliance")).body), 100000)

    def test_framings(self):
        head, body, _, _ = self.reply({"framing": "chunked"})
        self.assertIn(b"Transfer-Encoding: chunked", head)
        self.assertNotIn(b"Content-Length", head)
        self.assertTrue(body.endswith(b"\r\n0\r\n\r\n"))
        with Fake(rules=[{"framing": "chunked"}]) as fake:
            link = fake.connect()
            for _ in range(2):  # the connection stays
                self.assertTrue(said(fake.ask(chat("compliance"), link)))
            link.close()
        head, body, end, _ = self.reply({"framing": "close"}, b"")
        self.assertNotRegex(head, rb"Content-Length|Transfer-Encoding")
        self.assertIn(b"Connection: close", head)
        self.assertEqual(end, "FIN")
        self.assertTrue(said(json.loads(body)))
        head, body, _, _ = self.reply({"framing": "length"})
        self.assertEqual(len(body), self.length_of(head))


class Http(unittest.TestCase):
    def test_keep_alive_and_pipelining(self):
        with Fake() as fake:
            one = wire_form(chat("compliance"))
            last = wire_form(chat("deep_dive"), b"Connection: close\r\n")
            got, end = fake.raw(one + one + last)
            self.assertEqual(got.count(b"HTTP/1.1 200 OK"), 3)
            self.assertEqual(end, "FIN")
            self.assertEqual({line["connection"] for line in fake.lines()},
                             {1})

    def test_chunked_request(self):
        with Fake() as fake:
            data = json.dumps(chat("compliance")).encode()
            head = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
                    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            chunks = b"%X;ext=1\r\n%s\r\n%x\r\n%s\r\n0\r\nTrailer: x\r\n\r\n"
            body = chunks % (100, data[:100], len(data) - 100, data[100:])
            got, _ = fake.raw(head + body)
            self.assertTrue(got.startswith(b"HTTP/1.1 200"))
            bad = head + b"zz\r\n"
            self.assertTrue(fake.raw(bad)[0].startswith(b"HTTP/1.1 400"))
            line = fake.lines()[0]
            self.assertEqual(line["body_bytes"], len(data))

    def test_expect(self):
        with Fake() as fake:
            data = wire_form(chat("compliance"),
                             b"Expect: 100-continue\r\nConnection: close\r\n")
            head, _, body = data.partition(b"\r\n\r\n")
            with socket.create_connection(("127.0.0.1", fake.port)) as sock:
                sock.settimeout(5)
                sock.sendall(head + b"\r\n\r\n")
                go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
                self.assertEqual(sock.recv(len(go_on)), go_on)
                sock.sendall(body)
                self.assertTrue(drain(sock)[0].startswith(b"HTTP/1.1 200"))

    def test_refused(self):
        post = b"POST /v1/chat/completions HTTP/1.1\r\n"
        cases = [
            (post + b"X: " + b"y" * 70000 + b"\r\n\r\n", 431),
            (post + b"Content-Length: 67108865\r\n\r\n", 413),
            (post + b"Content-Length: 99999999999999999999\r\n\r\n", 413),
            (post + b"Content-Length: 1x\r\n\r\n", 400),
            (post + b"Content-Length: -1\r\n\r\n", 400),
            (post + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            (post + b"Content-Length: 1\r\n"
             b"Transfer-Encoding: chunked\r\n\r\n", 400),
            (post + b"Transfer-Encoding: gzip\r\n\r\n", 501),
            (post + b"Bad Name: x\r\n\r\n", 400),
            (post + b" folded\r\n\r\n", 400),
            (post + b"Expect: more\r\n\r\n", 417),
            (b"GET /stats\r\n\r\n", 400),
            (b"GET /stats HTTP/2.0\r\n\r\n", 505),
            (b"GET /stats HTTP/1.1\n\n", 400),
        ]
        with Fake() as fake:
            for data, status in cases:
                got, _ = fake.raw(data, half_close=True)
                self.assertTrue(got.startswith(b"HTTP/1.1 %d " % status),
                                (data[:80], got[:80]))
            self.assertEqual([line["status"] for line in fake.lines()],
                             [status for _, status in cases])

    def test_unfinished_requests_are_no_requests(self):
        with Fake() as fake:
            whole = wire_form(chat("compliance"))
            for cut in (0, 1, 30, len(whole) - 1):
                got, _ = fake.raw(whole[:cut], half_close=True)
                self.assertEqual(got, b"")
            self.assertEqual(fake.stats()["requests"], 0)
            self.assertEqual(fake.lines(), [])

    def test_http_1_0_closes(self):
        with Fake() as fake:
            got, end = fake.raw(b"GET /stats HTTP/1.0\r\n\r\n")
            self.assertEqual(end, "FIN")
            self.assertIn(b"Connection: close", got)

    def test_reset_by_the_client(self):
        with Fake("--latency-ms", "20000") as fake:
            sock = socket.create_connection(("127.0.0.1", fake.port))
            sock.sendall(wire_form(chat("compliance")))
            while not fake.stats()["in_flight"]:
                time.sleep(0.01)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
            sock.close()
            while fake.stats()["in_flight"]:
                time.sleep(0.01)
            self.assertTrue(fake.lines()[0]["client_gone"])


class Records(unittest.TestCase):
    def test_log_and_bodies(self):
        with tempfile.TemporaryDirectory() as bodies:
            with Fake("--bodies", bodies) as fake:
                sent = [chat("compliance"), chat("deep_dive")]
                for body in sent:
                    fake.ask(body)
                fake.get("/elsewhere?q=1")
                lines = fake.lines()
            self.assertEqual(sorted(os.listdir(bodies)),
                             ["1.json", "2.json", "3.json"])
            for n, body in enumerate(sent, 1):
                name = os.path.join(bodies, f"{n}.json")
                with open(name, encoding="utf-8") as kept:
                    self.assertEqual(json.load(kept), body)
        first = lines[0]
        self.assertEqual(set(first), {
            "n", "connection", "t_start", "t_end", "method", "path", "stage",
            "call", "attempt", "body_bytes", "status", "fault", "headers",
            "client_gone", "in_flight"})
        self.assertEqual(first["headers"]["authorization"], "Bearer k")
        self.assertEqual(first["headers"]["x-odd"], "?")
        self.assertEqual(first["path"], "/api/v1/chat/completions")
        self.assertEqual(first["body_bytes"], len(json.dumps(sent[0])))
        self.assertEqual((first["attempt"], first["status"]), (1, 200))
        self.assertEqual(first["in_flight"], 1)
        self.assertIs(first["client_gone"], False)
        self.assertTrue(0 <= first["t_start"] <= first["t_end"] < 20)
        last = lines[2]
        self.assertEqual((last["method"], last["path"], last["status"]),
                         ("GET", "/elsewhere?q=1", 404))
        self.assertIsNone(last["stage"])
        self.assertIsNone(last["call"])

    def test_stats_and_concurrency(self):
        with Fake("--latency-ms", "400") as fake:
            bodies = [chat(list(STAGES)[n % 5], f"Agent: {n}")
                      for n in range(32)]
            with concurrent.futures.ThreadPoolExecutor(32) as pool:
                list(pool.map(fake.ask, bodies))
            stats = fake.stats()
            self.assertEqual(stats["requests"], 32)
            self.assertEqual(sum(stats["stages"].values()), 32)
            self.assertEqual(stats["stages"]["deep_dive"], 7)
            self.assertEqual(stats["connections"], 33)
            self.assertEqual(stats["statuses"], {"200": 32})
            self.assertEqual(stats["in_flight"], 0)
            self.assertTrue(8 <= stats["max_in_flight"] <= 32)
            fake.get("/reset", "POST")
            stats = fake.stats()
            self.assertEqual((stats["requests"], stats["max_in_flight"],
                              stats["statuses"], stats["connections"]),
                             (0, 0, {}, 1))
            self.assertEqual(set(stats["stages"].values()), {0})

    def test_one_after_the_other_is_never_two(self):
        with Fake() as fake:
            for n in range(200):
                fake.ask(chat(list(STAGES)[n % 5]))
            self.assertEqual(fake.stats()["max_in_flight"], 1)


class PromptLayer(unittest.TestCase):
    """Templates in the API's shape and in the seed's; and GET /key."""

    CHAT = {"type": "chat", "messages": [
        {"role": "user", "template_format": "jinja2",
         "content": [{"type": "text", "text": "A "},
                     {"type": "text", "text": "{{b}}"}]}]}
    MODEL = {"model": {"name": "m", "parameters": {"temperature": 0.5}}}
    ROWS = [
        {"name": "one", "version": 1, "labels": ["old"],
         "prompt_template": CHAT},
        {"name": "one", "version": 3, "prompt_template": CHAT,
         "metadata": MODEL},
        {"name": "one", "version": 2, "labels": ["a b", "old"],
         "prompt_template": {"type": "completion",
                             "content": [{"type": "text", "text": "C"}]}},
    ]

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        path = os.path.join(self.folder.name, "templates")
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in self.ROWS)
        self.fake = Fake("--templates", path)
        self.addCleanup(self.fake.__exit__)

    def ask(self, path, body=None, **headers):
        connection = self.fake.connect()
        connection.request("GET" if body is None else "POST", path, body,
                           headers)
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        return reply.status, json.loads(text)

    def get(self, query):
        return self.ask("/prompt-templates/" + query, **{"X-API-KEY": "k"})

    def test_get(self):
        status, got = self.get("one")
        self.assertEqual((status, got["success"], got["version"]),
                         (200, True, 3))
        self.assertEqual(got["prompt_template"], self.CHAT)
        self.assertEqual(got["metadata"], self.MODEL)
        self.assertIsNone(self.get("one?version=1")[1]["metadata"])
        self.assertEqual(self.get("one?label=old")[1]["version"], 2)
        self.assertEqual(self.get("one?label=a%20b")[1]["version"], 2)

    def test_refusals(self):
        for query, status in (("two", 404), ("one?version=9", 404),
                              ("one?label=new", 404),
                              ("one?label=old&version=1", 400)):
            got = self.get(query)
            self.assertEqual((got[0], got[1]["success"]), (status, False))
        self.assertEqual(self.ask("/prompt-templates/one")[0], 401)

    def test_post(self):
        path = "/rest/prompt-templates/one"
        got = self.ask(path, "{}", **{"X-API-KEY": "k"})[1]
        self.assertEqual(got["messages"],
                         [{"role": "user", "content": "A {{b}}"}])
        self.assertEqual((got["model"], got["model_parameters"]),
                         ("m", {"temperature": 0.5}))
        got = self.ask(path, '{"label": "old"}', **{"X-API-KEY": "k"})[1]
        self.assertEqual((got["prompt"], got["version"]), ("C", 2))
        self.assertNotIn("model", got)

    def test_key(self):
        status, got = self.ask("/api/v1/key", Authorization="Bearer k")
        self.assertEqual((status, got["data"]["limit_remaining"]), (200, None))
        self.assertEqual(self.ask("/api/v1/key")[0], 401)

    def test_faulty_file(self):
        path = os.path.join(self.folder.name, "faulty")
        with open(path, "w", encoding="utf-8") as out:
            out.write('{"name": "one"}\n')
        done = subprocess.run([BINARY, "--templates", path], timeout=10,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("faulty:1: no name, version", done.stderr)


class Tls(unittest.TestCase):
    def test_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            cert, key = (os.path.join(folder, name) for name in ("c", "k"))
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                 "-subj", "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
                 cert], check=True, capture_output=True)
            rules = [{"nth": 3, "fault": "refuse_reset"},
                     {"nth": 4, "fault": "truncate_close", "at": 3},
                     {"nth": 5, "fault": "hang"}]
            with Fake("--tls", cert, key, rules=rules, tls=True) as fake:
                self.assertRegex(fake.url, r"^https://localhost:\d+$")
                self.talk(fake, cert)

    def talk(self, fake, cert):
        context = ssl.create_default_context(cafile=cert)
        context.set_alpn_protocols(["h2", "http/1.1"])

        def connect():
            sock = socket.create_connection(("127.0.0.1", fake.port), 10)
            return context.wrap_socket(sock, server_hostname="localhost",
                                       suppress_ragged_eofs=False)

        link = http.client.HTTPSConnection("127.0.0.1", fake.port,
                                           context=context, timeout=10)
        for stage in ("compliance", "deep_dive"):
            self.assertTrue(said(fake.ask(chat(stage), link)))
        link.close()
        request = wire_form(chat("compliance"), b"Connection: close\r\n")
        with connect() as sock:
            self.assertEqual(sock.selected_alpn_protocol(), "http/1.1")
            sock.sendall(request)
            self.assertIn(drain(sock), ((b"", "CUT"), (b"", "RST")))
        with connect() as sock:
            sock.sendall(request)
            got, end = drain(sock)  # close_notify: no ragged end
            self.assertEqual(got.partition(b"\r\n\r\n")[2], b'{"i')
            self.assertEqual(end, "FIN")
        got, _ = fake.raw(b"GET / HTTP/1.1\r\n\r\n")
        self.assertFalse(got.startswith(b"HTTP"))
        with connect() as sock:  # a client that leaves politely is noticed
            sock.sendall(request)
            sock.settimeout(0.1)
            with self.assertRaises(socket.timeout):
                sock.recv(1)
            sock.settimeout(5)
            try:
                sock.unwrap()
            except (OSError, ssl.SSLError):
                pass
        lines = fake.lines()
        self.assertEqual([line["fault"] for line in lines],
                         [None, None, "refuse_reset", "truncate_close",
                          "hang"])
        self.assertTrue(lines[-1]["client_gone"])
        self.assertLess(lines[-1]["t_end"] - lines[-1]["t_start"], 5)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: selftest.py PATH-OF-callqa-fake [unittest options]")
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main()
