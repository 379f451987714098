#!/usr/bin/python3
"""The printed JSON Schemas and our validator say the same.

Usage: schema_mutations.py SCHEMA_TOOL

Good documents of every model, in every form, are accepted by both
python3-jsonschema (against the schema that we print) and our validator; each
mutation of them is refused by both.  What lax conversion accepts on purpose
("300" for an integer, another case in a reply's choice) is no mutation here.
Exit status 77 if jsonschema is missing.
"""

import copy
import json
import subprocess
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("python3-jsonschema is missing")
    sys.exit(77)

DIGEST = "0123456789abcdef" * 4
CORRELATION = "eval_" + "0123456789abcdef" * 2
LEAST_MUTATIONS = 30

REQUEST = {
    "call_id": "c-1", "agent_id": "a-1", "call_context": "First Call",
    "transcript": {
        "transcript": "Agent: Hello\nCaller: Hi",
        "metadata": {"duration": 300, "timestamp": "2026-01-15T10:30:00Z",
                     "talk_time": 250, "disposition": "completed",
                     "campaign_name": "Spring"}},
    "ideal_script": "Section 1: Hello",
    "client_data": {
        "lead_id": "l-1", "campaign_id": 7,
        "script_progress": {
            "sections_attempted": [1, 2], "last_completed_section": 2,
            "termination_reason": "completed", "pitch_outcome": "accepted"},
        "financial_profile": {
            "annual_income": 52000.5, "dti_ratio": 0.35,
            "loan_approval_status": "approved", "has_existing_debt": True}}}

REQUEST_SHORT = {
    "call_id": "c", "agent_id": "a", "call_context": "Follow-up Call",
    "transcript": {
        "transcript": "x",
        "metadata": {"duration": 1, "timestamp": "2026-01-15T10:30:00Z",
                     "disposition": "d"}},
    "ideal_script": "y",
    "client_data": {
        "lead_id": None, "financial_profile": None,
        "script_progress": {
            "sections_attempted": [0], "last_completed_section": 0,
            "termination_reason": "battery was empty"}}}

CLASSIFICATION = {
    "sections_completed": [1], "sections_attempted": [1, 2],
    "call_outcome": "scheduled",
    "script_adherence_preview": {"1": "high", "12": "low"},
    "red_flags": ["pressure"], "requires_deep_dive": True,
    "early_termination_justified": False}

SECTION = {
    "content_accuracy": "Met", "sequence_adherence": "Exceeded",
    "language_phrasing": "Missed", "customization": "N/A",
    "critical_misses": ["the rate"], "quote": "hello there"}
SCRIPT_DEVIATION = {"sections": {"1": SECTION, "0": dict(SECTION, quote=None)}}

COMPLIANCE = {
    "items": [
        {"name": "Fair Lending", "status": "Violation", "details": "age"},
        {"name": "Credit Check Consent", "status": "N/A", "details": None}],
    "summary": {"no_infraction": [], "coaching_needed": ["x"],
                "violations": ["Fair Lending"], "not_applicable": []}}

COMMUNICATION = {
    "skills": [
        {"skill": "Clarity", "rating": "Met", "example": "so"},
        {"skill": "Empathy", "rating": "Exceeded", "example": None}],
    "summary": {"exceeded": ["Empathy"], "met": ["Clarity"], "missed": []}}

DEEP_DIVE = {
    "findings": [{"issue": "i", "severity": "High", "evidence": "e",
                  "recommendation": "r"}],
    "root_cause": "haste", "customer_impact": "Low",
    "urgent_actions": ["call back"]}

TOKENS = {"in": 900, "out": 80, "cached": 0}
META = {
    "report_version": 1, "callqa": "0.1.0", "engine": "llm", "model": "m",
    "input_sha256": DIGEST, "redacted": {"card": 1},
    "evaluation_version": "v1",
    "prompts": {"call_qa_compliance": {
        "source": "built-in", "version": "1", "sha256": DIGEST}},
    "stages": {
        "compliance": {
            "status": "failed", "attempts": 3, "re_asks": 0, "latency_ms": 12,
            "tokens": TOKENS, "cost": 0.01, "cached": False,
            "fence_stripped": True,
            "error": {"code": "UPSTREAM_TIMEOUT", "message": "no reply"}},
        "deep_dive": {"status": "not_needed", "latency_ms": 0,
                      "tokens": TOKENS, "cost": None}},
    "reconciled": [{"stage": "compliance", "list": "violations",
                    "entry": "x"}],
    "warnings": ["w"]}

EVIDENCE = {
    "counts": {"exact": 1, "normalised": 0, "near": 0, "absent": 1,
               "too_short": 0},
    "wrong_speaker": 0, "omitted": 0,
    "unsupported": ["compliance.items[0]"],
    "quotes": [
        {"path": "p", "quote": "q", "claimed": "Agent", "class": "exact",
         "distance": 0, "turn": 1, "span": [3, 9], "speaker": "Agent",
         "role": "agent", "speaker_fits": True},
        {"path": "p", "quote": "q", "claimed": None, "class": "absent",
         "distance": None, "turn": None, "span": None, "speaker": None,
         "role": None, "speaker_fits": None}]}

BY_ROLE = {"agent": 2, "customer": 1, "other": 0, "unknown": 0}
METRICS = {
    "roles": {"basis": "labels", "confidence": 0.9, "speakers": 2},
    "words": BY_ROLE,
    "talk_share": {"agent": 0.7, "customer": 0.3, "other": 0, "unknown": 0},
    "turns": BY_ROLE,
    "longest_monologue": {"role": "agent", "words": 2, "turn": 1},
    "turns_per_minute": 1.5, "agent_questions": 0, "fillers": BY_ROLE,
    "interruptions": BY_ROLE, "silence": {"seconds": 1.5, "longest": 1},
    "words_per_minute": {"call": 100.5, "agent": None, "customer": 90},
    "script_coverage": {"all": 0.5, "sections": {"1": 0.25}}}

REPORT = {
    "call_id": "c", "agent_id": "a", "correlation_id": CORRELATION,
    "timestamp": "2026-01-15T10:30:00.000Z", "status": "ok",
    "processing_time_ms": 5,
    "evaluation": {
        "classification": CLASSIFICATION,
        "script_deviation": SCRIPT_DEVIATION, "compliance": COMPLIANCE,
        "communication": COMMUNICATION, "deep_dive": DEEP_DIVE},
    "overall_score": 68,
    "score_basis": {"violations": 1, "coaching_needed": 2, "missed": 3,
                    "exceeded": 1},
    "summary": {"strengths": ["s"], "areas_for_improvement": ["a"],
                "critical_issues": ["c"]},
    "needs_review": [{"code": "c", "message": "m"}],
    "score_supported": 71, "evidence": EVIDENCE, "metrics": METRICS,
    "meta": META}

REPORT_PARTIAL = dict(
    copy.deepcopy(REPORT), status="partial", overall_score=None,
    score_range=[1, 100], timestamp=None, score_supported=None,
    metrics=dict(METRICS, talk_share=None, turns=None, silence=None,
                 longest_monologue=None, turns_per_minute=None,
                 agent_questions=None, interruptions=None,
                 script_coverage=None),
    score_basis={"violations": None, "coaching_needed": None, "missed": 3,
                 "exceeded": 1})
REPORT_PARTIAL["evaluation"]["deep_dive"] = None

ERROR = {
    "call_id": None, "agent_id": None, "correlation_id": CORRELATION,
    "timestamp": "2026-01-15T10:30:00.000Z", "status": "failed",
    "error": {"code": "INVALID_REQUEST", "message": "m",
              "source": "calls.ndjson:812",
              "details": [{"path": "call_id", "message": "string",
                           "got": "12"}]}}
ERROR_WITH_META = dict(copy.deepcopy(ERROR), call_id="c", agent_id="a",
                       status="skipped", timestamp=None, meta=META)

SUMMARY = {
    "total": 4, "successful": 1, "partial": 1, "failed": 1, "skipped": 1,
    "duration_ms": 9, "exit": 3, "requests": 12, "re_asks": 1,
    "tokens": TOKENS, "cost": 0.25,
    "stages": {"compliance": {"requests": 3, "re_asks": 0, "tokens": TOKENS,
                              "cost": None}},
    "input_unread": False,
    "started_at": "2026-01-15T10:30:00.000Z", "callqa": "0.1.0"}
SUMMARY_SHORT = {k: v for k, v in SUMMARY.items()
                 if k not in ("requests", "re_asks", "tokens", "stages")}
SUMMARY_SHORT.update(cost=None, started_at=None)

ITEMS = ["Fair Lending", "Credit Check Consent"]
SKILLS = ["Clarity", "Empathy"]


def pairs(mapping):
    """A map in its wire form."""
    return [dict(section=key, **value) if isinstance(value, dict)
            else {"section": key, "value": value}
            for key, value in mapping.items()]


def wired(document, *keys):
    """The document with these members in wire form."""
    return dict(document, **{key: pairs(document[key]) for key in keys})


# model, wire, items, good documents
SUBJECTS = [
    ("request", False, None, [REQUEST, REQUEST_SHORT]),
    ("classification", False, None,
     [CLASSIFICATION, {"call_outcome": "lost"}]),
    ("classification", True, None,
     [wired(CLASSIFICATION, "script_adherence_preview")]),
    ("script_deviation", False, None, [SCRIPT_DEVIATION, {}]),
    ("script_deviation", True, None, [wired(SCRIPT_DEVIATION, "sections")]),
    ("compliance", False, None, [COMPLIANCE, {"summary": {}}]),
    ("compliance", False, ITEMS, [COMPLIANCE]),
    ("compliance", True, None, [COMPLIANCE]),
    ("compliance", True, ITEMS, [COMPLIANCE]),
    ("communication", False, None, [COMMUNICATION, {"summary": {}}]),
    ("communication", False, SKILLS, [COMMUNICATION]),
    ("communication", True, None, [COMMUNICATION]),
    ("communication", True, SKILLS, [COMMUNICATION]),
    ("deep_dive", False, None,
     [DEEP_DIVE, {"root_cause": "", "customer_impact": "Medium"}]),
    ("deep_dive", True, None, [DEEP_DIVE]),
    ("report", False, None, [REPORT, REPORT_PARTIAL]),
    ("error", False, None, [ERROR, ERROR_WITH_META]),
    ("summary", False, None, [SUMMARY, SUMMARY_SHORT]),
    ("record", False, None, [REPORT, ERROR]),
]

LONG = "x" * 4001
LONG_NAME = "x" * 201
MANY = 51

# Out of range, too long, too many: written down here, not read from the
# schemas, so that a bound that is lost in both is missed here.  A form
# without bounds (wire) leaves them out.
BOUNDS = {
    "request": [
        ("call_id", ""), ("agent_id", ""), ("ideal_script", ""),
        ("transcript.transcript", ""),
        ("transcript.metadata.duration", 0),
        ("transcript.metadata.duration", -5),
        ("transcript.metadata.talk_time", 0),
        ("transcript.metadata.disposition", ""),
        ("client_data.script_progress.sections_attempted", []),
        ("client_data.script_progress.last_completed_section", -1),
        ("client_data.script_progress.termination_reason", ""),
        ("client_data.financial_profile.annual_income", 0),
        ("client_data.financial_profile.annual_income", -0.01),
        ("client_data.financial_profile.dti_ratio", -0.01),
        ("client_data.financial_profile.dti_ratio", 1.01)],
    "classification": [
        ("sections_completed", [1] * MANY),
        ("sections_attempted", [1] * MANY),
        ("script_adherence_preview",
         {str(i): "low" for i in range(MANY)}),
        ("red_flags", ["x"] * MANY), ("red_flags", [LONG])],
    "script_deviation": [
        ("sections", {str(i): SECTION for i in range(MANY)}),
        ("sections.1.critical_misses", ["x"] * MANY),
        ("sections.1.critical_misses", [LONG]),
        ("sections.1.quote", LONG)],
    "compliance": [
        ("items", COMPLIANCE["items"][:1] * MANY),
        ("items.0.name", LONG_NAME), ("items.0.details", LONG),
        ("summary.no_infraction", ["x"] * MANY),
        ("summary.coaching_needed", [LONG_NAME]),
        ("summary.violations", ["x"] * MANY),
        ("summary.not_applicable", [LONG_NAME])],
    "communication": [
        ("skills", COMMUNICATION["skills"][:1] * MANY),
        ("skills.0.skill", LONG_NAME), ("skills.0.example", LONG),
        ("summary.exceeded", ["x"] * MANY),
        ("summary.met", ["x"] * MANY), ("summary.missed", [LONG_NAME])],
    "deep_dive": [
        ("findings", DEEP_DIVE["findings"] * MANY),
        ("findings.0.issue", LONG), ("findings.0.evidence", LONG),
        ("findings.0.recommendation", LONG), ("root_cause", LONG),
        ("urgent_actions", ["x"] * MANY), ("urgent_actions", [LONG])],
    "report": [
        ("correlation_id", CORRELATION[1:]),
        ("correlation_id", CORRELATION + "0"),
        ("processing_time_ms", -1), ("overall_score", 0),
        ("overall_score", 101), ("score_basis.violations", -1),
        ("score_basis.exceeded", -1), ("score_range", [1]),
        ("score_range", [1, 2, 3]), ("score_range", [0, 100]),
        ("score_range", [1, 101]), ("meta.report_version", 0),
        ("meta.report_version", 2), ("meta.input_sha256", DIGEST[1:]),
        ("meta.redacted.card", -1), ("score_supported", 0),
        ("evidence.counts.near", -1), ("evidence.quotes.0.turn", 0),
        ("evidence.quotes.0.span", [1]),
        ("evidence.quotes.0.span", [1, 2, 3]),
        ("evidence.quotes.0.distance", -1), ("metrics.words.agent", -1),
        ("metrics.roles.confidence", 1.1), ("metrics.talk_share.other", 2),
        ("metrics.turns_per_minute", -1), ("metrics.agent_questions", -1),
        ("metrics.script_coverage.sections.1", 1.5),
        ("meta.stages.compliance.latency_ms", -1),
        ("meta.stages.compliance.cost", -0.01),
        ("evaluation.deep_dive.root_cause", LONG)],
    "error": [
        ("correlation_id", CORRELATION[1:]),
        ("correlation_id", CORRELATION + "0"), ("correlation_id", "")],
    "summary": [(name, -1) for name in SUMMARY
                if name not in ("tokens", "stages", "input_unread",
                                "started_at", "callqa")] + [
        ("tokens.in", -1), ("stages.compliance.cost", -1),
        ("stages.compliance.re_asks", -1)],
}

TIMES = ("timestamp", "started_at")
# Members with a closed list of words.
CHOICES = {
    "call_context", "loan_approval_status", "call_outcome", "status",
    "content_accuracy", "sequence_adherence", "language_phrasing",
    "customization", "rating", "severity", "customer_impact", "engine",
    "class", "role", "basis"}


def wrong_values(name, value):
    """Values of other kinds than `value`, none of which is converted."""
    if isinstance(value, bool):
        return ["maybe", 2, [], {}]
    if isinstance(value, (int, float)):
        return ["many", True, [], {}]
    if isinstance(value, str):
        return [True, [], {}] + ([] if name in TIMES else [5])
    if isinstance(value, list):
        return ["text", 5, True, {"zz": 1}]
    if isinstance(value, dict):
        return ["text", 5, True, ["zz"]]
    return [[["zz"]]]  # null: whatever it may be else, not this


def at(document, path):
    """The container of the last step, and that step."""
    for step in path[:-1]:
        document = document[step]
    return document, path[-1]


def changed(document, path, value):
    if not path:
        return value
    document = copy.deepcopy(document)
    container, last = at(document, path)
    container[last] = value
    return document


def without(document, path):
    document = copy.deepcopy(document)
    container, last = at(document, path)
    del container[last]
    return document


def walk(document, path=()):
    """Every place of a document, the whole one first."""
    yield path, document
    if isinstance(document, dict):
        for key, value in document.items():
            yield from walk(value, path + (key,))
    if isinstance(document, list):
        for index, value in enumerate(document):
            yield from walk(value, path + (index,))


def properties_of(schema):
    """All (name, schema, required) of a schema, at any depth."""
    if isinstance(schema, dict):
        for name, member in schema.get("properties", {}).items():
            yield name, member, name in schema.get("required", ())
        for member in schema.values():
            yield from properties_of(member)
    if isinstance(schema, list):
        for member in schema:
            yield from properties_of(member)


def by_path(text, document):
    """`items.0.name` as steps; None if the document has no such place."""
    steps = []
    for step in text.split("."):
        steps.append(int(step) if isinstance(document, list) else step)
        try:
            document = document[steps[-1]]
        except (KeyError, IndexError, TypeError):
            if text == "score_range":
                continue  # optional: may be put in
            return None
    return tuple(steps)


class Tool:
    """Our validator, one process for all questions."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, encoding="utf-8")

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


class Subject:
    """A model in one form, and what was seen of it."""

    def __init__(self, tool, model, wire, items):
        self.tool = tool
        self.question = {"model": model, "wire": wire, "items": items}
        self.model, self.wire, self.items = model, wire, items
        schemas = tool.ask(**self.question)
        self.schema = schemas["schema"]
        Draft202012Validator.check_schema(self.schema)
        Draft202012Validator.check_schema(schemas["prompt"])
        self.prompt = Draft202012Validator(schemas["prompt"])
        self.validator = Draft202012Validator(self.schema)
        self.full = tool.ask(model=model, wire=False, items=items)["schema"]
        self.whole = Draft202012Validator(self.full)
        self.provided = {name for name, _, required
                         in properties_of(self.full) if not required}
        self.open = model == "request"
        self.good = self.refused = 0

    def __str__(self):
        return "%s%s%s" % (self.model, ":wire" if self.wire else "",
                           " (items)" if self.items else "")

    def verdicts(self, document):
        answer = self.tool.ask(document=document, **self.question)
        ours = answer.get("converted") is not None
        assert ours == (not answer["faults"]), answer
        if ours:  # what comes out fits the schema of what comes out
            problems = list(self.whole.iter_errors(answer["converted"]))
            assert not problems, (str(self), document, problems[0])
        return self.validator.is_valid(document), ours

    def expect(self, wanted, document, what):
        theirs, ours = self.verdicts(document)
        if theirs != wanted or ours != wanted:
            sys.exit("%s, %s: wanted %s, schema says %s, validator says %s\n%s"
                     % (self, what, wanted, theirs, ours,
                        json.dumps(document)[:600]))
        if wanted:
            self.good += 1
        else:
            self.refused += 1

    def agree(self, document, what):
        """null: fits or not, but for both alike."""
        theirs, ours = self.verdicts(document)
        if theirs != ours:
            sys.exit("%s, %s: schema says %s, validator says %s\n%s"
                     % (self, what, theirs, ours, json.dumps(document)[:600]))
        if theirs:
            self.good += 1
        else:
            self.refused += 1

    def mutate(self, document):
        for path, value in walk(document):
            name = path[-1] if path else ""
            what = "/".join(str(step) for step in path) or "document"
            for wrong in wrong_values(name, value):
                self.expect(False, changed(document, path, wrong),
                            "%s = %s" % (what, json.dumps(wrong)))
            if path:
                self.agree(changed(document, path, None), what + " = null")
            if path and isinstance(name, str):
                self.take_out(document, path, what)
            if isinstance(value, dict):
                self.expect(self.open,
                            changed(document, path, dict(value, zz_extra="x")),
                            "extra key in " + what)
        self.choices(document)
        if not self.wire:
            self.bounds(document)
            self.keys(document)

    def take_out(self, document, path, what):
        """A required member; those with a default or optional may be gone."""
        free_key = path[:-1] and path[-2] in (
            "redacted", "prompts", "stages", "sections",
            "script_adherence_preview")
        if free_key or (self.provided and path[-1] in self.provided):
            if not self.wire:
                self.agree(without(document, path), "without " + what)
        else:
            self.expect(False, without(document, path), "without " + what)

    def choices(self, document):
        for path, value in walk(document):
            if not isinstance(value, str):
                continue
            closed = path[-1] in CHOICES or path[-2:] == ("error", "code") \
                or "script_adherence_preview" in path and path[-1] != "section"
            for wrong in ("nonsense", "Met 2"):
                if closed:
                    self.expect(False, changed(document, path, wrong),
                                "%s = %r" % (path, wrong))
                elif wrong == "nonsense" and path[-1] not in TIMES + (
                        "section",):
                    self.agree(changed(document, path, wrong),
                               "%s = %r" % (path, wrong))

    def bounds(self, document):
        for text, value in BOUNDS.get(self.model, ()):
            path = by_path(text, document)
            if path:
                self.expect(False, changed(document, path, value),
                            "%s = %s" % (text, json.dumps(value)[:60]))

    def keys(self, document):
        for path, value in walk(document):
            if path and path[-1] in ("sections", "script_adherence_preview") \
                    and isinstance(value, dict) and value:
                member = next(iter(value.values()))
                for key in ("intro", "", "1.5", "-1", "1-2", "1234567890"):
                    self.expect(False,
                                changed(document, path, {key: member}),
                                "section %r" % key)

    def names(self, document):
        """Rows with known names: one of each, no other."""
        for key in ("items", "skills"):
            rows = document.get(key)
            if not rows:
                continue
            name = "name" if key == "items" else "skill"
            other = [dict(rows[0], **{name: "Another Name"})] + rows[1:]
            self.expect(False, changed(document, (key,), other), "other name")
            self.expect(True, changed(document, (key,), rows[::-1]), "order")
            if not self.wire:
                self.expect(False, changed(document, (key,), rows[:1]),
                            "a row missing")
                self.expect(False, changed(document, (key,), rows + rows[:1]),
                            "a row more")
                self.expect(False, changed(document, (key,), []), "no rows")


def check_subset(subject):
    """The wire form uses nothing but the strict subset's keywords."""
    allowed = {"type", "properties", "required", "additionalProperties",
               "items", "enum"}

    def check(schema, depth):
        assert depth <= 10, "%s: nested too deep" % subject
        assert set(schema) <= allowed, (str(subject), sorted(schema))
        kinds = schema["type"]
        if isinstance(kinds, list):
            assert len(kinds) == 2 and kinds[1] == "null", kinds
            kinds = kinds[0]
        assert kinds in ("object", "array", "string", "integer", "number",
                         "boolean"), kinds
        if kinds == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])
            for member in schema["properties"].values():
                check(member, depth + 1)
        if kinds == "array":
            check(schema["items"], depth + 1)

    assert subject.schema["type"] == "object"
    check(subject.schema, 1)


def main():
    tool = Tool(sys.argv[1])
    total = 0
    for model, wire, items, documents in SUBJECTS:
        subject = Subject(tool, model, wire, items)
        if wire:
            check_subset(subject)
        else:  # what a prompt asks for, all members there, is good
            subject.prompt.validate(documents[0])
        for document in documents:
            subject.expect(True, document, "good document")
            if model != "record":
                subject.mutate(document)
            if items:
                subject.names(document)
        if model == "record":  # neither a report nor an error record
            subject.expect(False, dict(REPORT, error=ERROR["error"]), "both")
            subject.expect(False, {}, "neither")
        elif subject.refused < LEAST_MUTATIONS:
            sys.exit("%s: only %d mutations" % (subject, subject.refused))
        print("%-28s %4d accepted, %4d refused by both"
              % (subject, subject.good, subject.refused))
        total += subject.refused
    if tool.close() != 0:
        sys.exit("the tool failed")
    print("%d mutations refused by both" % total)


main()
