#!/usr/bin/env python3
"""A thousand secrets in forty calls, and where they came out again.

  secrets.py plant CALLS LIST      writes the calls, and what must stay in them
  secrets.py search LIST PATH...   tells how many of these stand in the files,
                                   of folders in all files below them
"""
import json
import pathlib
import random
import sys

CALLS, EACH = 40, 25
WORDS = "zero one two three four five six seven eight nine".split()
DANA, MARCUS = "Agent", "Customer"


def luhn(digits):
    return sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(reversed(digits))) % 10 == 0


class Planter:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.secrets = []

    def digits(self, n, fits, first=""):
        while True:
            d = first + "".join(self.random.choices("0123456789", k=n - len(first)))
            if fits(d):
                return d

    def keep(self, *texts):
        """One secret, in all the spellings that must not come out."""
        self.secrets.append(list(texts))

    def number(self):
        """(words before, digits, groups)"""
        r = self.random
        kind = r.randrange(5)
        if kind < 2:
            first, n, groups = r.choice([("4", 16, (4, 4, 4, 4)), ("55", 16, (4, 4, 4, 4)), ("37", 15, (4, 6, 5)),
                                         ("6011", 16, (4, 4, 4, 4))])
            return "My card is ", self.digits(n, luhn, first), groups
        if kind == 2:
            return "My social is ", self.digits(9, lambda d: "001" <= d[:3] < "900" and d[:3] != "666" and
                                                d[3:5] != "00" and d[5:] != "0000"), (3, 2, 4)
        if kind == 3:
            return "My account number is ", self.digits(11, lambda d: d[0] != "0"), (4, 4, 3)
        return "The routing number is ", self.digits(9, lambda d: sum(
            int(c) * w for c, w in zip(d, (3, 7, 1) * 3)) % 10 == 0, "12"), (3, 3, 3)

    def line(self):
        """A line or several of a transcript with one secret."""
        before, d, groups = self.number()
        parts, at = [], 0
        for n in groups:
            parts.append(d[at:at + n])
            at += n
        form = self.random.randrange(5)
        if form == 0:
            text = d
        elif form == 1:
            text = " ".join(parts)
        elif form == 2:
            text = "-".join(parts)
        elif form == 3:
            text = ", ".join(" ".join(WORDS[int(c)] for c in p) for p in parts)
        else:
            # a group alone may stand elsewhere: the line must be gone
            pieces = [f"{MARCUS}: {p} it is" for p in parts]
            self.keep(d, *pieces)
            return f"{DANA}: Go on.\n{MARCUS}: {before}\n" + f"\n{DANA}: Okay.\n".join(
                f"{MARCUS}: {p} it is" for p in parts)
        self.keep(d, text)
        return f"{DANA}: Go on.\n{MARCUS}: {before}{text}."

    def person(self, call):
        """Members that no table knows: name, mail, phone; said in the call."""
        r = self.random
        name = "Zorb" + "".join(r.choices("aeioukmnrt", k=8))
        mail = f"{name.lower()}@example{call}.com"
        phone = "7" + self.digits(9, lambda d: d[2] >= "2")
        self.keep(name, name.lower())
        self.keep(mail)
        self.keep(phone, f"{phone[:3]}-{phone[3:6]}-{phone[6:]}")
        return ({"full_name": f"Xavier {name}", "contact": {"mail": mail, "phone": phone}},
                f"{MARCUS}: I am xavier {name.lower()}, {mail}, {phone[:3]}-{phone[3:6]}-{phone[6:]}.")

    def call(self, number):
        client, said = self.person(number)
        lines = [said] + [self.line() for _ in range(EACH - 8)]
        word = lambda: self.line().split("\n", 1)[1].replace("\n", " / ")
        client["script_progress"] = {"sections_attempted": [1], "last_completed_section": 1,
                                     "termination_reason": word(), "pitch_outcome": word()}
        return {"call_id": f"wire-{number}", "agent_id": "agent-7", "call_context": "First Call",
                "transcript": {"transcript": "\n".join(lines),
                               "metadata": {"duration": 300, "timestamp": "2026-01-15T10:30:00Z",
                                            "disposition": word(), "campaign_name": word()}},
                "ideal_script": "Section 1: Hello\n" + word(), "client_data": client}


def broken(call):
    """The same secrets where they are faults."""
    call = json.loads(json.dumps(call))
    call["call_id"] += "-broken"
    metadata = call["transcript"]["metadata"]
    metadata["duration"] = metadata["disposition"]
    metadata["disposition"] = 4111111111111111
    metadata["timestamp"] = call["ideal_script"]
    call["call_context"] = call["transcript"]["transcript"]
    return call


def plant(calls, listed):
    planter = Planter(20260115)
    with open(calls, "w", encoding="utf-8") as out:
        for n in range(CALLS):
            call = planter.call(n)
            print(json.dumps(call), file=out)
            if n % 8 == 0:
                print(json.dumps(broken(call)), file=out)
                print(json.dumps(call)[:-9], file=out)
    pathlib.Path(listed).write_text(json.dumps(planter.secrets))
    print(len(planter.secrets), "secrets")


def search(listed, paths):
    secrets = json.loads(pathlib.Path(listed).read_text())
    files = [f for p in map(pathlib.Path, paths) for f in (sorted(p.rglob("*")) if p.is_dir() else [p]) if f.is_file()]
    text = b"\n".join(f.read_bytes() for f in files)
    found = [s for s in secrets if any(t.encode() in text for t in s)]
    for s in found[:3]:
        print("such as", s, file=sys.stderr)
    print(len(found), "secrets came out")


if __name__ == "__main__":
    if sys.argv[1] == "plant":
        plant(*sys.argv[2:])
    else:
        search(sys.argv[2], sys.argv[3:])
