"""Holds the manual pages and eavesly.conf.example to the table of settings.

usage: settings_docs.py SETTINGS-LIST SOURCE-DIRECTORY
Both ways: what the table has is documented, what is documented the table has;
with its type, range, default and names, under the same headings.
"""
import re
import subprocess
import sys
from pathlib import Path

PROGRAM, ROOT = sys.argv[1], Path(sys.argv[2])
faults = []


def table(what):
    return subprocess.run([PROGRAM, what], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def fault(text):
    faults.append(text)


def words(source):
    """The page's text as a set of words: no comments, macros, punctuation."""
    lines = [re.sub(r"^\.(?:It )?[A-Z][a-z] ?", "", line)
             for line in source.splitlines() if not line.startswith('.\\"')]
    return {word.strip(".,;:()|") for word in " ".join(lines).split()}


def items(page):
    """Name -> text of each `.It Ic name` of the page."""
    found = {}
    for part in re.split(r"^\.It Ic ", page, flags=re.M)[1:]:
        name, _, text = part.partition("\n")
        name = name.strip()
        if name in found:
            fault(f"eavesly.conf.5: {name} twice")
        found[name] = re.split(r"^\.(?:El|Ss|Sh)\b", text, flags=re.M)[0]
    return found


def groups(page, item):
    """Name -> heading of the subsection in which it has an `.It`."""
    return {name: part.split("\n", 1)[0]
            for part in re.split(r"^\.Ss ", page, flags=re.M)[1:]
            for head in re.findall(r"^\.It (.*)", part, flags=re.M)
            for name in re.findall(item, head)}


def check_groups(name, page, item):
    """Settings stand under the heading that --help has for them."""
    found = groups(page, item)
    for row in rows:
        if row["name"] in found and found[row["name"]] != row["group"]:
            fault(f"{name}: {row['name']} is not in `{row['group']}`")


def check_item(row, text):
    has = words(text)
    if not re.search(rf"(?:^|\. ){row['type']}\b[^;]*;\s+default\s",
                     text, flags=re.M):
        fault(f"eavesly.conf.5: {row['name']}: nothing says "
              f"`{row['type']}; default ...`")
    values = row["values"]
    if "|" in values and row["default"] not in ("true", "false"):
        wanted = values.split("|")
    elif ".." in values:
        wanted = [values]
    else:
        wanted = []
    wanted += row["variables"] + [row["default"]]
    wanted += [row["letter"]] if row["letter"] != "-" else []
    for word in wanted:
        if word not in has:
            fault(f"eavesly.conf.5: {row['name']}: no word about {word}")
    for name in has & variables:
        if name not in row["variables"]:
            fault(f"eavesly.conf.5: {row['name']}: {name} is another's")
    for span in re.findall(r"\b\d+\.\.\d+[KM]?", text):
        if span != values:
            fault(f"eavesly.conf.5: {row['name']}: {span} is not {values}")


def check_config_page():
    page = (ROOT / "man/eavesly.conf.5").read_text(encoding="utf-8")
    documented = items(page)
    for row in rows:
        if not row["public"]:
            for name in row["variables"]:
                if name not in words(page):
                    fault(f"eavesly.conf.5: no word about {name}")
        elif row["name"] not in documented:
            fault(f"eavesly.conf.5: {row['name']} is missing")
        else:
            check_item(row, documented[row["name"]])
    public = [row["name"] for row in rows if row["public"]]
    for name in documented:
        if name not in public:
            fault(f"eavesly.conf.5: {name} is no setting")
    if list(documented) != public and set(documented) == set(public):
        fault("eavesly.conf.5: the settings are not in the table's order")
    check_groups("eavesly.conf.5", page, r"^Ic (\S+)")
    for name in table("idle").split():
        if name not in words(page):
            fault(f"eavesly.conf.5: no word about {name}")
    for name in re.findall(r"\bCALLQA_[A-Z_]+", page):
        if name not in variables | {"CALLQA_", "CALLQA_NAME",
                                    "CALLQA_CONFIG"}:
            fault(f"eavesly.conf.5: {name} is no variable")


def check_program_page():
    """callqa(1) shows every flag, and none that does not exist."""
    path = ROOT / "man/callqa.1"
    if not path.exists():
        return
    page = path.read_text(encoding="utf-8").replace("\\-", "-")
    check_groups("callqa.1", page, r"\bFl -([a-z][a-z-]+)")
    shown = set(re.findall(r"\bFl -([a-z][a-z-]+)", page))
    flags = [line.split("\t") for line in table("flags").splitlines()]
    wanted = [row["name"] for row in rows if row["public"]]
    wanted += [name for name, _ in flags if name != "-"]
    for name in wanted:
        if name not in shown:
            fault(f"callqa.1: --{name} is missing")
    for name in shown:
        if name not in wanted and name.removeprefix("no-") not in wanted:
            fault(f"callqa.1: --{name} is no option")
    for letter in [row["letter"] for row in rows] + [l for _, l in flags]:
        if letter != "-" and not re.search(rf"\bFl {letter}\b", page):
            fault(f"callqa.1: -{letter} is missing")


def check_example():
    path = ROOT / "eavesly.conf.example"
    if path.read_text(encoding="utf-8") != table("example"):
        fault(f"eavesly.conf.example is old: {PROGRAM} example > {path}")


rows = []
for line in table("rows").splitlines():
    name, letter, public, group, kind, values, default, names = \
        line.split("\t")
    rows.append({"name": name, "letter": letter, "public": public == "1",
                 "group": group, "type": kind, "values": values,
                 "default": default, "variables": names.split()})
variables = {name for row in rows for name in row["variables"]}

check_config_page()
check_program_page()
check_example()
for text in faults:
    print(text, file=sys.stderr)
sys.exit(1 if faults else 0)
