"""How much of a long call's prompts is their common beginning?

Prints one line a check; the figures only where one fails, for they change
with every word of a prompt.
"""
import json
import os
import re
import subprocess

EVERY_CALL = ("classification", "script_deviation", "compliance", "communication")
TRANSCRIPT_BYTES = 40000
SHORTEST_RULE = 24  # bytes; a shorter line says nothing that is a stage's own

# A request with all that is required and nothing else.
REQUEST = {
    "call_id": "call_123", "agent_id": "agent_456", "call_context": "First Call",
    "transcript": {"transcript": "", "metadata": {
        "duration": 300, "timestamp": "2024-01-15T10:30:00Z", "disposition": "completed"}},
    "ideal_script": "Section 1: Introduction...",
    "client_data": {"script_progress": {
        "sections_attempted": [1, 2, 3, 4, 5], "last_completed_section": 5,
        "termination_reason": "loan_approved"}},
}
# What each stage judges by, at least: its rubric cannot be lost unnoticed.
RUBRIC = {
    "classification": ["call_outcome", "early_termination_justified", "requires_deep_dive"],
    "script_deviation": ["sequence_adherence", "customization", "critical_misses"],
    "compliance": ["Coaching Needed: ", "- Fair Lending: ", "- Contact Preferences: "],
    "communication": ["- Clarity: ", "- Call Control: ", "Rate the call as a whole"],
    "deep_dive": ["root_cause", "customer_impact", "urgent_actions"],
}


def transcript():
    lines = (f"{who}: This is remark {i}, and no other remark has its number."
             for i in range(TRANSCRIPT_BYTES) for who in ("Agent", "Customer"))
    text = ""
    while len(text) < TRANSCRIPT_BYTES:
        text += next(lines) + "\n"
    return text[:TRANSCRIPT_BYTES - 1] + "."


def prompts(request):
    """{stage: all roles and contents, one after the other} as they are sent."""
    done = subprocess.run(["callqa", "--print-prompts"], input=json.dumps(request).encode(),
                          stdout=subprocess.PIPE, check=True)
    return {line["stage"]: b"".join(f"{m['role']}\n{m['content']}\n".encode() for m in line["request"]["messages"])
            for line in map(json.loads, done.stdout.splitlines())}


def share(texts):
    four = [texts[stage] for stage in EVERY_CALL]
    return len(four) * len(os.path.commonprefix(four)) / sum(map(len, four))


def rules(tail):
    """The lines of a stage's own end, without what the request put there and the schema."""
    text = re.sub(rb"<(\w+)>\n.*?\n</\1>\n", b"", tail, flags=re.DOTALL)
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines[:-2] if len(line) >= SHORTEST_RULE]


def check(what, good, *figures):
    print(f"{what}: {'yes' if good else 'NO'}", *([] if good else figures))


def main():
    REQUEST["transcript"]["transcript"] = transcript()
    texts = prompts(REQUEST)
    context = os.path.commonprefix(list(texts.values()))
    tails = {stage: text[len(context):] for stage, text in texts.items()}
    system = context[:context.index(b"\nuser\n")]

    check("five stages", sorted(texts) == sorted([*EVERY_CALL, "deep_dive"]), sorted(texts))
    check("95 % shared", share(texts) >= 0.95, share(texts), {s: len(t) for s, t in tails.items()})
    # nothing is said twice to get there: context and end, each once in a prompt
    once = [system, REQUEST["transcript"]["transcript"].encode(), b"\nThe fenced text is over."]
    check("the context once in each", all(
        part in context and text.count(part) == 1 for part in once for text in texts.values()))
    check("no empty end", all(text == context + tails[stage] and text.count(tails[stage]) == 1
                              for stage, text in texts.items()) and all(tails.values()))
    for stage, tail in tails.items():
        own = rules(tail)
        elsewhere = [line for line in own if sum(line in text for text in texts.values()) != 1]
        lost = [word for word in RUBRIC[stage] if not any(word.encode() in line for line in own)]
        check(f"the rubric of {stage} there alone", not elsewhere and not lost, elsewhere, lost)
    # a real script goes to the two stages that need it, and to no other
    with open(os.path.join(os.environ["GOLDEN"], "calls.ndjson"), encoding="utf-8") as calls:
        REQUEST["ideal_script"] = json.loads(calls.readline())["ideal_script"]
    texts = prompts(REQUEST)
    script = REQUEST["ideal_script"].encode()
    check("the script in two", [s for s, text in texts.items() if script in text] == ["classification", "script_deviation"])
    check("93.5 % shared with a script of 1 KB", share(texts) >= 0.935, share(texts))


main()
