"""Holds callqa-diff's measures to an independent implementation of them.

usage: agreement.py BUILD-DIRECTORY

Made-up labels and reports, some alike, some not, with gaps on both sides, are
compared by the program and by what stands here: other formulas where there
are some (kappa by agreement and not by disagreement, correlation by
deviations), exact fractions, the published definition of SplitMix64 for the
bootstrap.  All numbers agree to 1e-9.  Where scikit-learn is installed, its
kappas are asked too.
"""
import json
import math
import random
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

DIFF = Path(sys.argv[1], "callqa-diff").resolve()
STATUSES = ["No Infraction", "Coaching Needed", "Violation", "N/A"]
RATINGS = ["Exceeded", "Met", "Missed", "N/A"]
OUTCOMES = ["completed", "scheduled", "incomplete", "lost"]
SAMPLES, NEAR = 200, 1e-9
faults = []


# ---- data --------------------------------------------------------------------

def blurred(r, choices, value, share):
    return r.choice(choices) if r.random() < share else value


def make(r, calls, share):
    """Pairs of records; what a person did not label is not there."""
    golden, reports = [], []
    for n in range(calls):
        items = [(f"Item {i}", r.choices(STATUSES, [6, 2, 1, 2])[0])
                 for i in range(r.randint(1, 6))]
        skills = [(f"Skill {i}", r.choices(RATINGS, [1, 6, 2, 1])[0])
                  for i in range(r.randint(0, 4))]
        score, outcome = r.randint(1, 100), r.choice(OUTCOMES)
        side = {"call_id": f"call {n}", "evaluation": {
            "compliance": {"items": [{"name": k, "status": v}
                                     for k, v in items]},
            "communication": {"skills": [{"skill": k, "rating": v}
                                         for k, v in skills]}}}
        if r.random() < 0.8:
            side["overall_score"] = score
        if r.random() < 0.6:
            side["evaluation"]["classification"] = {"call_outcome": outcome}
        golden.append(side)
        report = {"call_id": f"call {n}", "status": "ok", "evaluation": {
            "classification": {"call_outcome":
                               blurred(r, OUTCOMES, outcome, share)},
            "compliance": {"items": [
                {"name": k, "status": blurred(r, STATUSES, v, share)}
                for k, v in items if r.random() < 0.95]},
            "communication": {"skills": [
                {"skill": k, "rating": blurred(r, RATINGS, v, share)}
                for k, v in skills]}}}
        report["overall_score"] = max(1, min(100, score + (
            r.randint(-20, 20) if r.random() < share else 0)))
        reports.append(report)
    r.shuffle(reports)
    return golden, reports


def values(record, field):
    """name -> value, of one field of a record."""
    evaluation = record.get("evaluation", {})
    if field == "overall_score":
        found = {"": record.get("overall_score")}
    elif field == "call_outcome":
        found = {"": evaluation.get("classification", {}).get(field)}
    elif field == "compliance":
        found = {i["name"]: i["status"]
                 for i in evaluation.get("compliance", {}).get("items", [])}
    else:
        found = {s["skill"]: s["rating"]
                 for s in evaluation.get("communication", {}).get("skills", [])}
    return {k: v for k, v in found.items() if v is not None}


FIELDS = {"overall_score": None, "compliance": (STATUSES, 3),
          "call_outcome": (OUTCOMES, 0), "skills": (RATINGS, 3)}


def pairs_by_call(golden, reports):
    """One list a call: (field, golden's value, the report's or None)."""
    by_id = {r["call_id"]: r for r in reports}
    return [[(field, value, values(by_id[g["call_id"]], field).get(name))
             for field in FIELDS for name, value in values(g, field).items()]
            for g in golden]


# ---- measures ----------------------------------------------------------------

def weighted_kappa(pairs, k, credit):
    """(po - pe) / (1 - pe), each pair counting by its credit; or None."""
    n = len(pairs)
    if not n:
        return None
    rows = [sum(a == i for a, _ in pairs) for i in range(k)]
    columns = [sum(b == i for _, b in pairs) for i in range(k)]
    po = sum(credit(a, b) for a, b in pairs) / Fraction(n)
    pe = sum(credit(i, j) * rows[i] * columns[j]
             for i in range(k) for j in range(k)) / Fraction(n * n)
    return None if pe == 1 else float((po - pe) / (1 - pe))


def kappas(pairs, choices, ordered):
    places = [(choices.index(a), choices.index(b)) for a, b in pairs]
    found = {"kappa": weighted_kappa(places, len(choices),
                                     lambda i, j: Fraction(i == j))}
    if ordered:
        scale = [(a, b) for a, b in places if a < ordered and b < ordered]
        most = ordered - 1
        found["kappa_linear"] = weighted_kappa(
            scale, ordered, lambda i, j: 1 - Fraction(abs(i - j), most))
        found["kappa_quadratic"] = weighted_kappa(
            scale, ordered, lambda i, j: 1 - Fraction(abs(i - j), most) ** 2)
    return found


def distances(pairs):
    found = {"mae": None, "bias": None, "correlation": None}
    if not pairs:
        return found
    n = Fraction(len(pairs))
    found["mae"] = float(sum(abs(b - a) for a, b in pairs) / n)
    found["bias"] = float(sum(b - a for a, b in pairs) / n)
    x, y = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    xx = sum((a - x) ** 2 for a, _ in pairs)
    yy = sum((b - y) ** 2 for _, b in pairs)
    if xx and yy:
        xy = sum((a - x) * (b - y) for a, b in pairs)
        found["correlation"] = float(xy) / math.sqrt(float(xx) * float(yy))
    return found


def measures(units):
    """field -> name -> value; of `` the share of all that agree."""
    found = {}
    for field, scale in FIELDS.items():
        own = [(a, b) for f, a, b in units if f == field]
        both = [(a, b) for a, b in own if b is not None]
        found[field] = {"agree": sum(a == b for a, b in own) / len(own)
                        if own else None}
        found[field].update(kappas(both, *scale) if scale
                            else distances(both))
    found[""] = {"agree": sum(a == b for _, a, b in units) / len(units)
                 if units else None}
    return found


# ---- bootstrap ---------------------------------------------------------------

def split_mix(state):
    mask = (1 << 64) - 1
    while True:
        state = (state + 0x9e3779b97f4a7c15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & mask
        z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & mask
        yield z ^ (z >> 31)


def quantile(draws, p):
    known = sorted(d for d in draws if d is not None)
    if not known or 2 * len(known) < len(draws):
        return None
    at = p * (len(known) - 1)
    below = min(int(at), len(known) - 1)
    above = min(below + 1, len(known) - 1)
    return known[below] + (at - below) * (known[above] - known[below])


def intervals(calls, seed):
    chance, draws = split_mix(seed), {}
    for _ in range(SAMPLES):
        units = [u for _ in calls
                 for u in calls[((next(chance) >> 32) * len(calls)) >> 32]]
        for field, found in measures(units).items():
            for name, value in found.items():
                draws.setdefault((field, name), []).append(value)
    return {key: (quantile(d, 0.025), quantile(d, 0.975))
            for key, d in draws.items()}


# ---- comparison --------------------------------------------------------------

def same(what, ours, theirs):
    if (ours is None) != (theirs is None) or \
            ours is not None and abs(ours - theirs) > NEAR:
        faults.append(f"{what}: callqa-diff has {ours}, here it is {theirs}")


def check_constant(what, field, shown, pairs):
    golden = sorted(a for a, _ in pairs)
    if FIELDS[field]:
        most = max(golden.count(c) for c in FIELDS[field][0])
        same(what, shown["agree"], most / len(golden))
        same(what, golden.count(shown["value"]), most)
        return
    n = len(golden)
    median = (golden[(n - 1) // 2] + golden[n // 2]) / 2
    same(what, shown["value"], median)
    same(what, shown["mae"], sum(abs(g - median) for g in golden) / n)


def check_choices(what, field, shown, pairs):
    for choice in FIELDS[field][0]:
        row = shown[choice]
        said = [a for a, b in pairs if b == choice]
        there = [b for a, b in pairs if a == choice]
        same(f"{what} {choice} precision", row["precision"],
             said.count(choice) / len(said) if said else None)
        same(f"{what} {choice} recall", row["recall"],
             there.count(choice) / len(there) if there else None)
        for other, count in row["reported_as"].items():
            same(f"{what} {choice} as {other}", count, there.count(other))


def ask_sklearn(what, shown, pairs, field):
    try:
        from sklearn.metrics import cohen_kappa_score
    except ImportError:
        return 0
    choices, ordered = FIELDS[field]
    known = [(choices.index(a), choices.index(b)) for a, b in pairs]
    scale = [(a, b) for a, b in known if a < ordered and b < ordered]
    for name, data, weights, k in (
            ("kappa", known, None, len(choices)),
            ("kappa_linear", scale, "linear", ordered),
            ("kappa_quadratic", scale, "quadratic", ordered)):
        if name in shown:
            same(f"{what} {name} (scikit-learn)", shown[name]["value"],
                 cohen_kappa_score([a for a, _ in data], [b for _, b in data],
                                   weights=weights, labels=list(range(k))))
    return 1


def check(seed, calls, share, directory):
    golden, reports = make(random.Random(seed), calls, share)
    for name, records in (("golden", golden), ("reports", reports)):
        Path(directory, name).write_text(
            "".join(json.dumps(r) + "\n" for r in records))
    done = subprocess.run(
        [DIFF, "--agreement", "--format", "json", "--bootstrap", str(SAMPLES),
         "--seed", str(seed), "golden", "reports"], cwd=directory,
        stdout=subprocess.PIPE, check=False)
    shown = json.loads(done.stdout)
    by_call = pairs_by_call(golden, reports)
    units = [u for call in by_call for u in call]
    wanted, ends = measures(units), intervals(by_call, seed)
    count = 0
    for field, found in wanted.items():
        ours = shown["fields"].get(field, {}) if field else shown
        for name, value in found.items():
            what = f"seed {seed}, {field or 'all'}, {name}"
            estimate = ours.get(name, {"value": None})
            same(what, estimate["value"], value)
            count += 1
            if value is not None:
                same(what + ", low", estimate["low"], ends[field, name][0])
                same(what + ", high", estimate["high"], ends[field, name][1])
        pairs = [(a, b) for f, a, b in units if f == field and b is not None]
        if field and pairs:
            check_constant(f"seed {seed}, {field}, constant", field,
                           ours["constant"], pairs)
        if FIELDS.get(field) and pairs:
            check_choices(f"seed {seed}, {field}", field, ours["choices"],
                          pairs)
            asked.append(ask_sklearn(f"seed {seed}, {field}", ours, pairs,
                                     field))
    return count


asked = []


def main():
    count = 0
    with tempfile.TemporaryDirectory() as directory:
        for seed, calls, share in ((1, 40, 0.3), (2, 25, 0.8), (3, 60, 0.05),
                                   (4, 1, 0.5), (5, 3, 0.5), (6, 30, 0.0),
                                   (7, 30, 1.0)):
            count += check(seed, calls, share, directory)
    print(f"{count} measures and their intervals; scikit-learn asked "
          f"{sum(asked)} times")
    for text in faults[:20]:
        print(text, file=sys.stderr)
    return 1 if faults or count < 100 else 0


sys.exit(main())
