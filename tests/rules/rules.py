#!/usr/bin/python3
"""Scores labelled calls with the built-in rule book: precision and recall.

Of every compliance item: how often a finding (Violation or Coaching Needed) is
one, and how many of the findings are made, beside the constant predictor that
never finds anything.  Fails below the floors.
"""
import argparse
import json
import subprocess
import sys

SCRIPTS = {
    "help": "Section 1: Help\nFind out what is wrong and put it right.",
    "loan": 'Section 1: Opening\nRead: "This call is recorded." Give your name '
            "and that of the company.\n\nSection 2: Offer\nTell amount, APR, "
            "term and payment of the loan.",
}
OPEN = ("Agent: Hello, my name is Dana Reed with Harbor Lending on a recorded "
        "line.\nCustomer: Hello.")
FINDINGS = ("Violation", "Coaching Needed")

# Of all items together; what is missed is said in other words.
LEAST_PRECISION = 0.92
LEAST_RECALL = 0.80
# Of each item that has findings.
LEAST_ITEM_PRECISION = 0.75
LEAST_ITEM_RECALL = 0.60
LEAST_CALLS = 80


def read_calls(path):
    calls = []
    with open(path, encoding="utf-8") as f:
        for line in f.read().splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line.startswith("== "):
                calls.append({"name": line[3:], "script": "help",
                              "labels": {}, "lines": []})
            elif line.startswith("! "):
                item, status = line[2:].split(" = ")
                calls[-1]["labels"][item] = status
            elif line.startswith("script: "):
                calls[-1]["script"] = line[8:]
            elif line == "@open":
                calls[-1]["script"] = "loan"
                calls[-1]["lines"].append(OPEN)
            else:
                calls[-1]["lines"].append(line)
    return calls


def request(call):
    return {
        "call_id": call["name"],
        "agent_id": "made-up",
        "call_context": "First Call",
        "ideal_script": SCRIPTS[call["script"]],
        "transcript": {
            "transcript": "\n".join(call["lines"]),
            "metadata": {"duration": 60, "timestamp": "2025-01-02T03:04:05Z",
                         "disposition": "unknown"},
        },
        "client_data": {"lead_id": "made-up", "script_progress": {
            "sections_attempted": [1], "last_completed_section": 1,
            "termination_reason": "completed"}},
    }


def run(binary, calls):
    done = subprocess.run(
        [binary, "--config", "none", "--engine", "rules"],
        input="".join(json.dumps(request(c)) + "\n" for c in calls),
        capture_output=True, text=True, check=True)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["call_id"] for r in reports] == [c["name"] for c in calls]
    return reports


def ratio(part, whole):
    return part / whole if whole else 1.0


def tell(name, hits, false, missed, total):
    findings = hits + missed
    print(f"{name:32} {findings:4} {ratio(hits, hits + false):9.2f} "
          f"{ratio(hits, findings):6.2f} "
          f"{ratio(total - false - missed, total):8.3f} "
          f"{ratio(total - findings, total):8.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the build's directory")
    parser.add_argument("--calls", default=__file__.replace("rules.py",
                                                            "calls.txt"))
    args = parser.parse_args()
    calls = read_calls(args.calls)
    reports = run(args.bin + "/callqa", calls)
    items = [i["name"] for i in reports[0]["evaluation"]["compliance"]["items"]]
    counts = {name: [0, 0, 0] for name in items}  # hits, false, missed
    grades = [0, 0]
    for call, report in zip(calls, reports):
        for name in call["labels"]:
            assert name in counts, f"{call['name']}: no item {name}"
        for item in report["evaluation"]["compliance"]["items"]:
            want = call["labels"].get(item["name"])
            found = item["status"] in FINDINGS
            kind = (0 if want else 1) if found else (2 if want else None)
            if kind is None:
                continue
            counts[item["name"]][kind] += 1
            if kind == 0:
                grades[item["status"] == want] += 1
            else:
                print(f"{('', 'false', 'missed')[kind]:6} {call['name']}: "
                      f"{item['name']}: {item['details']}")
    print(f"\n{'item':32} find precision recall accuracy constant")
    for name in items:
        tell(name, *counts[name], len(calls))
    hits, false, missed = (sum(c[k] for c in counts.values()) for k in range(3))
    tell("all", hits, false, missed, len(calls) * len(items))
    print(f"{len(calls)} calls; of {hits} findings {grades[1]} with the right "
          f"status")
    faults = []
    if len(calls) < LEAST_CALLS:
        faults.append("too few calls")
    for name in items:
        h, f, m = counts[name]
        if h + m == 0:
            faults.append(f"no call breaks {name}")
        elif (ratio(h, h + f) < LEAST_ITEM_PRECISION
              or ratio(h, h + m) < LEAST_ITEM_RECALL):
            faults.append(name)
    if ratio(hits, hits + false) < LEAST_PRECISION:
        faults.append("precision of all")
    if ratio(hits, hits + missed) < LEAST_RECALL:
        faults.append("recall of all")
    if grades[0] > 0.1 * hits:
        faults.append("statuses")
    for fault in faults:
        print("below the floor:", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
