"""Holds callqa-diff's JUnit to its schema and to a parser of others.

usage: junit.py BUILD-DIRECTORY

Records whose ids and names hold what XML minds (markup, controls, characters
that it has no place for, several scripts) are compared under several gates.
xmllint checks the result against junit.xsd; junitparser reads it, and finds as
many cases of each kind as it says, and the names that went in.  Exits with 77
where one of the two is missing.
"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import junitparser
except ImportError:
    junitparser = None

DIFF = Path(sys.argv[1], "callqa-diff").resolve()
SCHEMA = Path(__file__).with_name("junit.xsd")
IDS = ["plain", "a<b>&\"c'", "]]>", "tab\tand\nline", "\u0001\u001b[31m", "Ünïcödé 電話 📞",
       "\ufffe\uffff", "%:,", " ", "é" * 300]
STATUSES = ["No Infraction", "Coaching Needed", "Violation", "N/A"]
faults = []


def record(call_id, number, **more):
    return dict({"call_id": call_id, "overall_score": 50, "evaluation": {
        "compliance": {"items": [
            {"name": f"{call_id} & <item> {n}", "status": STATUSES[n],
             "details": "words of the call"} for n in range(number)]}}}, **more)


def streams():
    golden = [record(i, n % 4 + 1) for n, i in enumerate(IDS)]
    reports = [record(i, n % 4 + 1, status="ok") for n, i in enumerate(IDS)]
    reports[1]["evaluation"]["compliance"]["items"][0]["status"] = "Violation"
    reports[2]["overall_score"] = 40
    reports[3] = {"call_id": IDS[3], "status": "failed",
                  "error": {"code": "UPSTREAM_TLS", "message": "<&>\u0002"}}
    reports[5]["repeat"] = {"items": [
        {"path": "evaluation.compliance.items.status", "name": f"{IDS[5]} & <item> 0",
         "counts": {"Violation": 3, "N/A": 1}, "flip_rate": 0.25}]}
    del reports[4]
    golden.append({"call_id": "without labels"})
    return golden, reports


def readable(text):
    """What a name becomes where XML has no place for a character."""
    return "".join(c if c in "\t\n" or ord(c) >= 32 and c not in "\ufffe\uffff"
                   else "?" for c in text)


def check(directory, options, golden):
    xml = Path(directory, "junit.xml")
    done = subprocess.run([DIFF, "--format", "junit", *options, "golden",
                           "reports"], cwd=directory, check=False,
                          stdout=subprocess.PIPE)
    xml.write_bytes(done.stdout)
    what = " ".join(options) or "no options"
    lint = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, xml],
                          check=False, text=True, stderr=subprocess.PIPE)
    if lint.returncode:
        faults.append(f"{what}: xmllint: {lint.stderr}")
        return 0
    found = junitparser.JUnitXml.fromfile(str(xml))
    cases = [case for suite in found for case in suite]
    kinds = {junitparser.Failure: 0, junitparser.Error: 0,
             junitparser.Skipped: 0}
    for case in cases:
        for result in case.result:
            kinds[type(result)] += 1
    if (found.tests, found.failures, found.errors) != (
            len(cases), kinds[junitparser.Failure], kinds[junitparser.Error]):
        faults.append(f"{what}: totals {found.tests} {found.failures} "
                      f"{found.errors}, found {len(cases)} {kinds}")
    if sum(suite.skipped for suite in found) != kinds[junitparser.Skipped]:
        faults.append(f"{what}: skipped is not {kinds[junitparser.Skipped]}")
    if bool(kinds[junitparser.Failure]) != (done.returncode == 1):
        faults.append(f"{what}: {kinds} and exit status {done.returncode}")
    names = {case.name for case in cases}
    for row in golden:
        name = readable(row["call_id"])
        if not any(n == name or n.startswith(name + " ") for n in names):
            faults.append(f"{what}: no case {name!r}")
    if b"words of the call" in done.stdout or b"<&>" in done.stdout:
        faults.append(f"{what}: words of a call, or raw markup")
    return len(cases)


def main():
    if not shutil.which("xmllint") or not junitparser:
        print("skipped, not installed: xmllint (libxml2-utils) or "
              "python3-junitparser")
        return 77
    golden, reports = streams()
    count = 0
    with tempfile.TemporaryDirectory() as directory:
        for name, records in (("golden", golden), ("reports", reports)):
            Path(directory, name).write_text(
                "".join(json.dumps(r) + "\n" for r in records))
        for options in ([], ["--allow-missing", "9"], ["--min-agree", "50"],
                        ["--min-agree", "99.9"],
                        ["--min-agree", "compliance=50"],
                        ["--min-kappa", "0.5", "--max-score-delta", "10"],
                        ["--agreement", "--fields", "compliance"],
                        ["--fields", "skills"]):
            count += check(directory, options, golden)
    print(f"{count} cases were read")
    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults or count < 100 else 0


sys.exit(main())
