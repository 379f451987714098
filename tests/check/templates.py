"""Do our templates come out as Python's would?

usage: templates.py TEMPLATE_TOOL

What our compilers take must be rendered byte for byte as str.format() and
jinja2 (sandboxed, with ChainableUndefined, as PromptLayer's own SDK has it)
render it, for values that are friendly and for values that are not; what they
refuse may be refused.  A list of templates that must be taken stands below;
beside it random ones are put together out of pieces, from a fixed seed.
"""
import itertools
import json
import random
import subprocess
import sys

try:
    import jinja2
    from jinja2.sandbox import SandboxedEnvironment
except ImportError:
    print("python3-jinja2 is not installed")
    sys.exit(77)

SEED, RANDOM_TEMPLATES = 20260122, 4000


class Json:
    """A value that travels as JSON text: printed so, with members and truth."""

    def __init__(self, text):
        self.text = text
        self.value = json.loads(text)

    def __getattr__(self, name):
        if not isinstance(self.value, dict) or name not in self.value:
            raise AttributeError(name)
        inner = self.value[name]
        return Json(json.dumps(inner, ensure_ascii=False)) if isinstance(inner, (dict, list)) else inner

    def __str__(self):
        return self.text

    def __bool__(self):
        return bool(self.value)

    def __eq__(self, other):
        return False

    __hash__ = None


def scalar(text):
    value = json.loads(text)
    return Json(text) if isinstance(value, (dict, list)) else value


def dump(value):
    return json.dumps(value, ensure_ascii=False)


NASTY = ["", " ", "0", "False", "None", "{{ transcript }}", "{transcript}", "{% if marker %}", "{#", "{{{{", "}}}}",
         "%}", "{{marker}}{{items}}", "\\n\\u0041\\", "a\nb\r\nc\rd", "\u00e9\u20ac\U0001f600", "\u0085\u00a0\u2028",
         "'\"`$(x)", "<script>&amp;", "@@@other@@@", "{!r}", "\x1b[31m", "{0}{}", "{{'x'}}", "-%}  ", "x" * 5000]
PROGRESS = [{"sections_attempted": [1, 2], "last_completed_section": 2, "termination_reason": "completed", "pitch_outcome": None},
            {"sections_attempted": [0], "last_completed_section": 0, "termination_reason": "{{ marker }}", "pitch_outcome": ""}]
PROFILES = [{}, {"annual_income": 50000.0, "dti_ratio": 0.35, "loan_approval_status": "pending", "has_existing_debt": True},
            {"annual_income": 1e20, "dti_ratio": 0.0, "loan_approval_status": None, "has_existing_debt": False}]


def classification_values(rng):
    progress, profile = rng.choice(PROGRESS), rng.choice(PROFILES)
    client = {"lead_id": rng.choice([None, *NASTY]), "campaign_id": rng.choice([None, 0, 7]),
              "script_progress": progress, "financial_profile": rng.choice([None, profile])}
    texts = {name: rng.choice(NASTY) for name in
             ("transcript", "call_context", "migo_call_script", "script_sections", "marker")}
    return {**texts, "clientData": dump(client), "client_data": dump(client), "script_progress": dump(progress),
            "financial_profile": dump(profile), "ideal_script": texts["migo_call_script"],
            "expected_sections": texts["script_sections"]}


def deviation_values(rng):
    numbers = rng.choice([[], [1], [1, 2, 30]])
    return {**{name: rng.choice(NASTY) for name in
               ("actual_transcript", "ideal_transcript", "termination_reason", "script_sections", "marker")},
            "sections_attempted": dump(numbers), "last_completed_section": dump(rng.choice([0, 1, 12])),
            "evaluation_scope": dump({"sectionsToEvaluate": numbers, "contextualTermination": rng.choice([True, False])})}


STAGES = {"classification": classification_values, "script_deviation": deviation_values}
JSON_NAMES = {"clientData", "client_data", "script_progress", "financial_profile", "sections_attempted",
              "last_completed_section", "evaluation_scope"}

F_STRINGS = ["", "{transcript}", "{{}}", "{{transcript}}", "{{{transcript}}}", "a{marker}b{marker}{transcript}",
             '{{"a": {{"b": "{marker}"}}}}', "{{{{{marker}}}}}", "}}{{", "{clientData}|{call_context}\n"]
# stage, source: what must be taken
JINJA = [("classification", source) for source in [
    "", "x\n", "x\n\n", "\n", "x\r\n", "x\r\ny\rz", "{{ transcript }}", "{{transcript}}\n", "{{-transcript-}}", "{{+ transcript }}",
    " a  {{- transcript -}}  b ", "a\u00a0{{- marker }}", "{{ marker -}}\u2028 \u00a0b", "{# note #}x", " {#- note -#} x",
    "{#-#}x", "a {#--#} b", "{# {{ marker }} {% if %} #}", "}} %} #} {x}", "{ {marker} }", "{{ 'braces: {{ }}' }}",
    '{{ "{%" }}', "{{ '' }}x", "{{ marker | default('none') }}", "{{ marker | d('none', true) }}", "{{ marker|default }}",
    "{{ marker|default('a\\n\\'b\\'', boolean=True) }}", "{{ marker | default('x', false) }}", "{{ clientData }}",
    "{{ clientData.lead_id }}", "{{ clientData . campaign_id }}", "{{ client_data.script_progress }}",
    "{{ clientData.script_progress.sections_attempted }}", "{{ clientData.financial_profile.annual_income }}",
    "{{ clientData.financial_profile.annual_income | default('unknown') }}",
    "{{ financial_profile.has_existing_debt }} {{ financial_profile.annual_income }} {{ financial_profile.loan_approval_status }}",
    "{{ financial_profile.dti_ratio | default('?', true) }}",
    "{% if transcript %}yes{% endif %}", "{% if transcript %}yes{% else %}no{% endif %}",
    "{%- if transcript -%} yes {%- else -%} no {%- endif -%} !", "{%+ if transcript +%} yes {% endif +%} !",
    "a\n{% if marker %}\nb\n{% endif %}\nc\n", "a\n{%- if marker %}\nb\n{%- endif %}\nc\n",
    "{% if financial_profile %}{{ financial_profile }}{% else %}none{% endif %}",
    "{% if not financial_profile %}none{% endif %}", "{% if not not marker %}m{% endif %}",
    "{% if call_context == 'First Call' %}1{% elif call_context != \"\" %}2{% else %}3{% endif %}",
    "{% if not call_context == '' %}x{% endif %}", "{% if marker and transcript %}both{% endif %}",
    "{% if marker or transcript %}one{% endif %}", "{% if marker and transcript or not marker and call_context %}x{% endif %}",
    "{% if client_data.campaign_id == 7 %}seven{% elif client_data.campaign_id == 0 %}zero{% endif %}",
    "{% if financial_profile.has_existing_debt == 1 %}debt{% endif %}",
    "{% if financial_profile.annual_income == 50000 %}fifty{% endif %}",
    "{% if clientData.financial_profile.annual_income != 1 %}x{% endif %}",
    "{% if client_data.lead_id == '0' %}zero{% endif %}",
    "{% if marker %}{% if transcript %}a{% else %}b{% endif %}c{% elif transcript %}d{% endif %}e",
    "{% if marker %}{% endif %}", "{% if marker %}{{ marker }}{% elif call_context %}{% elif transcript %}{{ transcript }}{% endif %}",
    "{%if marker%}x{%endif%}", "{% if\nmarker\n%}x{%\nendif\n%}", "{% if marker == '%}' %}x{% endif %}",
]] + [("script_deviation", source) for source in [
    "{{ sections_attempted }} {{ last_completed_section }}", "{% if sections_attempted %}some{% else %}none{% endif %}",
    "{% if last_completed_section %}{{ last_completed_section }}{% endif %}", "{% if last_completed_section == 12 %}dozen{% endif %}",
    "{{ evaluation_scope.contextualTermination }}{{ evaluation_scope.sectionsToEvaluate }}",
    "{% if evaluation_scope.contextualTermination %}outside{% endif %}",
    "{% if evaluation_scope.contextualTermination == 1 and not evaluation_scope.sectionsToEvaluate %}x{% endif %}",
    "{% if last_completed_section == '12' %}text{% endif %}", "{{ last_completed_section | default('-', true) }}",
]]

PIECES = ["{{", "}}", "{%", "%}", "{#", "#}", "{{-", "-}}", "{%-", "-%}", "{#-", "-#}", "+%}", "{%+", " ", "\n", "\r\n", "\u00a0", "x", "}", "{",
          "'", '"', "if", "elif", "else", "endif", "not", "and", "or", "==", "!=", ".", "|", "default", "('d')", "('', true)", "marker",
          "transcript", "clientData", "lead_id", "financial_profile", "annual_income", "5", "'5'", ",", "\\", "raw", "set", "[", "("]
CLAUSES = ["{{ %s }}", "{{- %s }}", "{{ %s -}}", " {{-%s-}} ", "{%% if %s %%}", "{%%- if %s -%%}", "{%% elif %s %%}", "{%% else %%}",
           "{%%- else %%}", "{%% endif %%}", "{%% endif -%%}\n", "{# %s #}", " {#- %s -#} ", "%s", " \n\t%s \n", "\r\n"]
OPERANDS = ["marker", "transcript", "clientData.lead_id", "clientData.campaign_id", "clientData.financial_profile.dti_ratio",
            "financial_profile", "financial_profile.has_existing_debt", "call_context == 'None'", "clientData.campaign_id == 7",
            "not marker", "marker and transcript", "marker | default('D', true)", "clientData.lead_id|d('n')", "'lit'", "5", "marker.x"]


def random_jinja(rng):
    if rng.random() < 0.4:
        return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 12)))
    parts = []
    for _ in range(rng.randint(1, 9)):
        clause = rng.choice(CLAUSES)
        parts.append(clause % rng.choice(OPERANDS) if "%s" in clause else clause.replace("%%", "%"))
    # half of them closed, so that many are whole
    return "".join(parts) + "{% endif %}" * rng.choice([0, 0, 1, 2])


def random_f_string(rng):
    pieces = ["{", "}", "{{", "}}", "{marker}", "{transcript}", "{call_context}", "x", " ", "\n", "!r", ":5", "0", ".a", "{marker!s}", "{unknown}"]
    return "".join(rng.choice(pieces) for _ in range(rng.randint(1, 8)))


def python_text(environment, stage, kind, source, values):
    if kind == "f-string":
        return source.format(**values)
    given = {name: scalar(text) if name in JSON_NAMES else text for name, text in values.items()}
    return environment.from_string(source).render(given)


def jobs():
    rng = random.Random(SEED)
    for source in F_STRINGS:
        for _ in range(4):
            yield True, "classification", "f-string", source, classification_values(rng)
    for stage, source in JINJA:
        for _ in range(12):
            yield True, stage, "jinja2", source, STAGES[stage](rng)
    for _ in range(RANDOM_TEMPLATES):
        yield False, "classification", "jinja2", random_jinja(rng), classification_values(rng)
        yield False, "classification", "f-string", random_f_string(rng), classification_values(rng)


def main():
    environment = SandboxedEnvironment(undefined=jinja2.ChainableUndefined)
    asked = list(jobs())
    lines = "".join(json.dumps({"stage": stage, "format": kind, "source": source, "values": values}) + "\n"
                    for _, stage, kind, source, values in asked)
    done = subprocess.run([sys.argv[1]], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.split(b"\n") if line]
    faults, taken = [], {"jinja2": 0, "f-string": 0}
    if len(answers) != len(asked):
        faults.append(f"{len(answers)} answers to {len(asked)} templates")
    for (must, stage, kind, source, values), answer in zip(asked, answers):
        if "error" in answer:
            if must:
                faults.append(f"{kind} {source!r} is refused: {answer['where']}: {answer['error']}")
            continue
        taken[kind] += not must
        try:
            want = python_text(environment, stage, kind, source, values)
        except Exception as error:  # what Python refuses, we must refuse
            faults.append(f"{kind} {source!r} is taken; Python says {type(error).__name__}: {error}")
            continue
        if answer["text"] != want:
            faults.append(f"{kind} {source!r}\n  Python {want[:200]!r}\n  ours   {answer['text'][:200]!r}")
    for fault in itertools.islice(faults, 20):
        print(fault)
    # else the comparison says nothing
    if min(taken.values()) < RANDOM_TEMPLATES // 10:
        faults.append(taken)
    print(f"{len(asked)} templates, of the random ones taken: {taken}; {len(faults)} faults")
    return bool(faults)


sys.exit(main())
