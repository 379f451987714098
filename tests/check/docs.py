"""Holds manual and README to what the program says of itself.

usage: docs.py SOURCE-DIRECTORY BUILD-DIRECTORY

callqa(1) has every option and exit status; eavesly.conf(5) every setting;
callqa-report-format(5) every field of every record with its type, every error
code, what becomes of each reply, and conversions and scores that are so.  How
its lists are marked is told at its top.  What is documented and does not exist is a fault as well.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT, CALLQA = Path(sys.argv[1]), Path(sys.argv[2], "callqa").resolve()
SCHEMAS = ("request", "report", "error", "summary")
faults = []


def fault(text):
    faults.append(text)


def callqa(*words, text="", program="callqa"):
    env = {"PATH": "/usr/bin:/bin", "CALLQA_CONFIG": "none", "HOME": "/"}
    env.update({k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k})
    return subprocess.run([CALLQA.parent / program, *words], input=text, text=True, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=False).stdout


def page(name):
    return (ROOT / "man" / name).read_text("utf-8")


def marked_lists(source, kind):
    """(argument, items) of each list behind a comment of that kind."""
    for found in re.finditer(
            rf'^\.\\" {kind}(?:: (.+))?\n\.B[ld] .*\n((?s:.*?))^\.E[ld]$',
            source, flags=re.M):
        items = re.split(r"^\.It ", found[2], flags=re.M)[1:]
        yield found[1], [(i.split("\n")[0], i) for i in items]


def cells(line):
    return [re.sub(r"^(Er|Va|Em|Ql) ", "", cell).replace("\\(dq", '"')
            for cell in line.split(" Ta ")]


# ---- fields ------------------------------------------------------------------

def schema_at(root, path):
    """The schema of the object at a path such as `meta.stages.*.tokens`."""
    for step in re.findall(r"[a-z_]+|\*|\[\]", path):
        if step == "*":
            root = root["additionalProperties"]
        elif step == "[]":
            root = root["items"]
        else:
            root = root["properties"][step]
    return root


def objects(schema, path):
    """(path, schema) of every object with named fields."""
    if "properties" in schema:
        yield path, schema
        for name, member in schema["properties"].items():
            yield from objects(member, f"{path}.{name}")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from objects(schema["additionalProperties"], path + ".*")
    if "items" in schema:
        yield from objects(schema["items"], path + "[]")


def type_name(field):
    """`map of integers or null`; as the page puts it."""
    types = field.get("type", "anything")
    types = [types] if isinstance(types, str) else types
    name = types[0]
    if field.get("format") == "date-time":
        name = "time"
    elif isinstance(field.get("additionalProperties"), dict):
        name = f"map of {type_name(field['additionalProperties'])}s"
    elif name == "array":
        name = f"list of {type_name(field['items'])}s"
    return name + (" or null" if "null" in types else "")


def bounds(field):
    """What the item has to say of a field's bounds."""
    if "exclusiveMinimum" in field:
        yield f"greater than {field['exclusiveMinimum']}"
    least, most = field.get("minimum"), field.get("maximum")
    if most is not None and least != most:
        yield f"{least} to {most}"
    if field.get("minLength") == 1:
        yield "1 character or more"
    if field.get("minItems") == 1:
        yield "1 element or more"


def check_item(path, name, schema, item):
    field = schema["properties"][name]
    # \\& keeps a word such as No from being a macro
    text = " ".join(item.split()).replace("\\&", "")
    wanted = type_name(field)
    # a default is filled in: then it is never absent from what is printed
    if name not in schema.get("required", []) and "default" not in field:
        wanted += ", optional"
    head = item.split("\n")[0]
    if head != f"Va {name} Pq {wanted}":
        fault(f"{path}: `{head}` should be `Va {name} Pq {wanted}`")
    if name == "code" and "enum" in field:
        return  # the table of error codes
    inner = field.get("additionalProperties")
    values = field.get("enum", inner.get("enum", [])
                       if isinstance(inner, dict) else [])
    for value in values:
        if value and f"Ql {value}" not in text and path + name not in shared:
            fault(f"{path}.{name}: no word about the value {value}")
    for phrase in bounds(field):
        if phrase not in text:
            fault(f"{path}.{name}: nothing says `{phrase}`")


# Their values are told at the first of them.
shared = {"report.evaluation.script_deviation.sections.*" + name for name in
          ("sequence_adherence", "language_phrasing", "customization")}


def check_fields():
    source = page("callqa-report-format.5")
    lists = dict(marked_lists(source, "fields of"))
    known = []
    for name in SCHEMAS:
        root = json.loads(callqa("--print-schema", name))
        for path, schema in objects(root, name):
            plain = {k: v for k, v in schema.items() if k != "description"}
            if path not in lists and plain in known:
                continue  # the same object, described before
            known.append(plain)
            items = lists.pop(path, None)
            if items is None:
                fault(f"callqa-report-format.5: no list of the fields of "
                      f"{path}")
                continue
            shown = [re.sub(r"^Va (\S+).*", r"\1", head) for head, _ in items]
            if shown != list(schema["properties"]):
                fault(f"{path}: the page has {shown}, the schema "
                      f"{list(schema['properties'])}")
                continue
            for field, (_, item) in zip(shown, items):
                check_item(path, field, schema, item)
    for path in lists:
        fault(f"callqa-report-format.5: {path} is in no schema")


# ---- conversions -------------------------------------------------------------

def request(field, value):
    """A valid request as JSON text, with that text as the field's value."""
    values = {"call_id": '"c"', "timestamp": "0", "campaign_id": "null",
              "annual_income": "null", "has_existing_debt": "null"}
    values[field] = value
    return """{"call_id": %(call_id)s, "agent_id": "a",
        "call_context": "First Call", "transcript": {"transcript": "A: hi",
        "metadata": {"duration": 1, "timestamp": %(timestamp)s,
        "disposition": "d"}}, "ideal_script": "s", "client_data": {
        "campaign_id": %(campaign_id)s, "script_progress": {
        "sections_attempted": [1], "last_completed_section": 0,
        "termination_reason": "completed"}, "financial_profile": {
        "annual_income": %(annual_income)s,
        "has_existing_debt": %(has_existing_debt)s}}}""" % values


def converted(field, value, empty):
    """What the program makes of it, as text; `refused` if it does not."""
    # where nothing is sent, the prompts and the error record still show it
    line = json.loads(callqa("--replay", empty, "--reproducible",
                             text=request(field, value)))
    if line["error"]["code"] != "REPLAY_MISS":
        paths = [d["path"].split(".")[-1] for d in line["error"]["details"]]
        ours = line["error"]["code"] == "INVALID_JSON" or paths == [field]
        return "refused" if ours else f"another fault: {line['error']}"
    if field in line:
        return line[field]
    lines = callqa("--print-prompts", text=request(field, value))
    sent = json.loads(lines.splitlines()[0])["request"]["messages"]
    dumped = re.findall(rf'"{field}": ([^,}}]+)', sent[-1]["content"])
    return dumped[0] if dumped else "nothing"


def check_conversions():
    count = 0
    with tempfile.NamedTemporaryFile() as empty:
        for field, items in marked_lists(page("callqa-report-format.5"),
                                         "conversions to"):
            for head, _ in items:
                value, wanted = cells(head)
                got = converted(field, value, empty.name)
                count += 1
                if got != wanted:
                    fault(f"{field}: {value} becomes {got}, the page says "
                          f"{wanted}")
    if count < 40:
        fault(f"only {count} conversions were found")


# ---- codes, scores, keys -----------------------------------------------------

def check_codes():
    header = (ROOT / "lib/base/error.h").read_text("utf-8")
    numbers = dict(re.findall(r"^\t(EXIT_\w+) = (\d+)", header, flags=re.M))
    rows = [[name, numbers[status], phrase] for name, status, phrase in
            re.findall(r'\bE\((\w+), (EXIT_\w+), "([^"]+)"\)', header)]
    shown = [cells(head) for _, items in
             marked_lists(page("callqa-report-format.5"), "error codes")
             for head, _ in items]
    for row in rows[1:]:  # the first is "no error"
        if row not in shown:
            fault(f"callqa-report-format.5: no row {row}")
    if shown != rows[1:]:
        fault("callqa-report-format.5: the codes are not those of "
              "base/error.h in their order")
    section = page("callqa.1").split(".Sh EXIT STATUS")[1].split(".Sh ")[0]
    for name, number in numbers.items():
        if not re.search(rf"\b{number}\b", section):
            fault(f"callqa.1: no exit status {number} ({name})")
    for number in re.findall(r"^\.It (\d+)$", section, flags=re.M):
        if number not in numbers.values():
            fault(f"callqa.1: there is no exit status {number}")
    source = (ROOT / "lib/base/error.c").read_text("utf-8")
    order = re.findall(r"\bEXIT_\w+", re.search(
        r"\border\[\] = \{([^}]*)\}", source)[1])
    order = ["signal"] + [numbers[name] for name in order[:0:-1]]
    shown = re.search(r"first of this list is taken: ([^.]*)\.", section)
    if not shown or re.split(r",\s+", shown[1]) != order:
        fault(f"callqa.1: the worst comes first as {', '.join(order)}")


def check_scores():
    rows = [cells(head) for _, items in
            marked_lists(page("callqa-report-format.5"), "scores")
            for head, _ in items][1:]
    for row in rows:
        violations, coaching, missed, exceeded, score = map(int, row)
        plain = 100 - 15 * violations - 5 * coaching - 3 * missed + \
            2 * exceeded
        if max(1, min(100, plain)) != score:
            fault(f"callqa-report-format.5: the score of {row}")
    if not rows:
        fault("callqa-report-format.5: no scores")


def keys(value, at=""):
    """Paths of the leaves; the names of prompts are `*`."""
    if not isinstance(value, dict):
        return [at]
    return [path for name, member in value.items() for path in keys(
        member, f"{at}.{'*' if at == 'prompts' else name}".lstrip("."))]


def check_keys():
    lists = dict(marked_lists(page("callqa-report-format.5"), "keys of"))
    text = request("call_id", '"c"')
    head, line = map(json.loads, callqa("-n", text=text).splitlines())
    stage = json.loads(callqa("--print-prompts", text=text).splitlines()[0])
    stage["request"] = None
    for kind, value in (("dry-run head", head), ("dry-run line", line),
                        ("print-prompts", stage)):
        shown = [cells(head)[0] for head, _ in lists.get(kind, [])]
        there = list(dict.fromkeys(keys(value)))
        if shown != there:
            fault(f"callqa-report-format.5: {kind}: the page has {shown}, "
                  f"the program prints {there}")


# ---- what becomes of a reply -------------------------------------------------

REMEDIES = {"RETRY": "retry", "LONGER": "longer", "GIVE_UP": "give up",
            "STOP": "stop"}
LITERALS = r'(?:"(?:[^"\\]|\\.)*"\s*)+'


def literals(source):
    """The strings of C source, those side by side joined."""
    return [re.sub(r"\\(.)", r"\1", "".join(
        re.findall(r'"((?:[^"\\]|\\.)*)"', found)))
            for found in re.findall(LITERALS, source)]


def reply_rows():
    """[tag, (then, code, exit), text] of each row, its further lines joined."""
    rows = []
    for _, items in marked_lists(page("callqa-report-format.5"), "replies"):
        for head, item in items:
            if head.startswith("Ta Ta Ta "):
                rows[-1][2] += " " + head.removeprefix("Ta Ta Ta ")
            else:
                then, code, status, text = cells(head)
                rows.append(["", (then, code, status), text])
            tag = re.search(r'^\.\\" (.+)$', item, flags=re.M)
            rows[-1][0] = tag[1] if tag else ""
    return [(tag, what, text.replace('\\(dq', '"')) for tag, what, text in rows]


def numbers_of(text):
    """{408, 500, 501}: of `408, 500 to 501`."""
    return {n for first, last in re.findall(r"(\d+)(?: to (\d+))?", text)
            for n in range(int(first), int(last or first) + 1)}


def expected_replies(judge, status_of):
    """tag -> what follows, where a tag has one row; as judge.c has it."""
    def what(remedy, code, stop=None):
        status = status_of[stop if remedy == "STOP" and stop else code]
        return REMEDIES[remedy], code.removeprefix("UPSTREAM_"), status
    rows = {"page first": what("STOP", "UPSTREAM_STATUS", "TEMPORARY"),
            "page": what("RETRY", "UPSTREAM_STATUS"),
            "refusal": what("GIVE_UP", "UPSTREAM_REFUSED"),
            "hint": what("RETRY", "UPSTREAM_RATE_LIMIT")}
    for fault, code, later, first in re.findall(
            r"\[(HTTP_\w+)\] = \{ ERR_(\w+), REMEDY_(\w+),\s+REMEDY_(\w+) \}",
            judge):
        if fault != "HTTP_OK":
            rows[fault] = what(later, code)
            if first != later:
                rows[fault + " first"] = what(first, code, "CONFIG")
    statuses, rest = {}, None
    for first, last, code, remedy in re.findall(
            r"\{ (\d+), (\d+), ERR_(\w+), REMEDY_(\w+) \}", judge):
        if first == "0":
            rest = what(remedy, code)
        else:
            statuses.update({n: what(remedy, code) for n in
                             range(int(first), int(last) + 1)})
    rows["rest"] = rest
    return rows, statuses


def check_decisions(judge, rows, status_of, text):
    """Each decision on a whole reply has its row, with its words."""
    count = 0
    for call in re.findall(r"\bdecide\(v, [^;]*;", judge):
        made = re.match(r"decide\(v, REMEDY_(\w+), ERR_(UPSTREAM_\w+),", call)
        for words in literals(call):
            count += 1
            if not made and words not in text:
                fault(f"callqa-report-format.5: nothing says `{words}`")
            wanted = made and (REMEDIES[made[1]],
                               made[2].removeprefix("UPSTREAM_"),
                               status_of[made[2]])
            if made and not any(tag == "decide" and what == wanted and
                                words in re.sub(r"\\\([lr]q", "", line)
                                for tag, what, line in rows):
                fault(f"callqa-report-format.5: no row {wanted} for `{words}`")
    if count != 1 + sum(tag == "decide" for tag, _, _ in rows):
        fault("callqa-report-format.5: rows of decisions that nobody takes")


def check_replies():
    """The table of replies is what llm/judge.c does."""
    judge, header, exchange = [(ROOT / "lib" / name).read_text("utf-8") for
                               name in ("llm/judge.c", "base/error.h",
                                        "net/exchange.c")]
    numbers = dict(re.findall(r"^\t(EXIT_\w+) = (\d+)", header, flags=re.M))
    status_of = {name: numbers[status] for name, status in
                 re.findall(r"\bE\((\w+), (EXIT_\w+),", header)}
    phrases = {name: literals(words)[0] for name, words in
               re.findall(rf"\[(HTTP_\w+)\] = \{{ ({LITERALS}),", exchange)}
    text = " ".join(page("callqa-report-format.5").split())
    rows = reply_rows()
    expected, statuses = expected_replies(judge, status_of)
    shown = {}
    for tag, what, line in rows:
        if tag == "status":
            shown.update({n: what for n in numbers_of(line)})
        elif tag == "answer":
            if what != ("re-ask", "SCHEMA", status_of["UPSTREAM_SCHEMA"]):
                fault(f"callqa-report-format.5: {line}: not {what}")
        elif tag != "decide" and expected.pop(tag, None) != what:
            fault(f"callqa-report-format.5: {line}: judge.c does not {what}")
        for words in re.findall(r"\\\(lq(.*?)\\\(rq", line):
            name = tag.removesuffix(" first")
            if name in phrases and not phrases[name].startswith(words):
                fault(f"callqa-report-format.5: no message `{words}`")
    for tag in expected:
        fault(f"callqa-report-format.5: no row for {tag}")
    if shown != statuses or len(statuses) < 10:
        fault("callqa-report-format.5: the statuses are not judge.c's")
    check_decisions(judge, rows, status_of, text)
    types = re.findall(r'\{ "(\w+)", (\d+) \}', judge)
    listed = [tuple(cells(head)) for _, items in
              marked_lists(page("callqa-report-format.5"), "error types")
              for head, _ in items]
    if listed != types or not types:
        fault("callqa-report-format.5: the error types are not judge.c's")
    for name in re.findall(r'\bhas\(metadata, "(\w+)"', judge) + literals(
            re.search(r"refusal_types\[\] = \{([^}]*)\}", judge)[1]
            .replace(",", ";")):
        if name not in text:
            fault(f"callqa-report-format.5: no word about {name}")


# ---- options, settings, README -----------------------------------------------

def check_options(program, least):
    """Both ways: options of --help and items of the program's page."""
    name_of_page = f"{program}.1"
    source, text = page(name_of_page), callqa("--help", program=program)
    names = set(re.findall(r"^ {2}(?:-\w, | {4})--(?:\[no-\])?([a-z-]+)", text,
                           flags=re.M))
    both = {"no-" + name for name in re.findall(r"--\[no-\]([a-z-]+)", text)}
    # of another program: Nm callqa Fl -store
    shown = set(re.findall(r"(?<!\bNm callqa )\bFl -([a-z][a-z-]+)", source))
    items = set(re.findall(r"\bFl -([a-z][a-z-]+)", "\n".join(
        re.findall(r"^\.It (.*)", source, flags=re.M))))
    if len(names) < least:
        fault(f"{program} --help shows only {len(names)} options")
    for name in (names | both) - items:
        fault(f"{name_of_page}: --{name} has no item")
    for name in shown - names - both:
        fault(f"{name_of_page}: there is no --{name}")
    for letter in re.findall(r"^ {2}-(\w)\b", text, flags=re.M):
        if not re.search(rf"^\.It .*\bFl {letter}\b", source, flags=re.M):
            fault(f"{name_of_page}: -{letter} has no item")


def check_settings():
    source, manual = page("eavesly.conf.5"), page("callqa.1")
    rows = re.findall(r"^(?:# )?([a-z-]+): (.*?)  #",
                      callqa("--config", "none", "--show-config"), flags=re.M)
    if len(rows) < 30:
        fault(f"--show-config shows only {len(rows)} settings")
    for name, value in rows:
        if f".It Ic {name}\n" not in source:
            fault(f"eavesly.conf.5: no {name}")
        # a default is told where the option is
        item = re.search(rf"^\.It .*Fl -{name}\b(?s:.*?)(?=^\.It |^\.El)",
                         manual, flags=re.M)
        value = value.strip('"')
        if item and value not in ("unset", "false") and \
                not re.search(rf"(?<![\w.]){re.escape(value)}(?![\w])",
                              item[0]):
            fault(f"callqa.1: --{name}: nothing says its default {value}")


def check_readme():
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S)
    for command in ("sh tests/demo.sh", "sh tests/check.sh"):
        if command + "\n" not in blocks:
            fault(f"README.md: no code block with just `{command}`")
        if not (ROOT / command.split()[1]).is_file():
            fault(f"README.md: there is no {command.split()[1]}")
    packages = (ROOT / "tests/packages.sh").read_text("utf-8")
    for names in re.findall(r'^\w+_packages="([^"]*)"', packages, flags=re.M):
        for name in names.split():
            if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
                fault(f"README.md: nothing says what {name} is for")
    needed = re.search(r'^build_packages="([^"]*)"', packages, flags=re.M)
    action = (ROOT / "man/examples/golden.yml").read_text("utf-8")
    for job in re.findall(r"apt-get install -y ((?:[^\n]*\\\n)*[^\n]*)", action):
        if set(job.replace("\\", " ").split()) != set(needed[1].split()):
            fault("golden.yml: it installs other packages than build_packages")
    if action.count("apt-get install -y") != action.count("runs-on:"):
        fault("golden.yml: a job that does not install callqa")
    for name in ("README.md", "lib/README.md"):
        source = ROOT / name
        for link in re.findall(r"\]\(([^)#:]+)\)",
                               source.read_text("utf-8")):
            if not (source.parent / link).exists():
                fault(f"{name}: there is no {link}")


def main():
    check_fields()
    check_conversions()
    check_codes()
    check_scores()
    check_keys()
    check_replies()
    check_options("callqa", 30)
    check_options("callqa-store", 20)
    check_settings()
    check_readme()
    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
