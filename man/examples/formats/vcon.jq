# vCon (IETF draft): text in the dialog, or a transcript in the analysis.
include "callqa";
.parties as $parties
| def who: (.originator // (.parties | if type == "array" then .[0] else . end)) as $n
    | $parties[$n // 0] | ({agent: "Agent", customer: "Customer"}[.role // ""] // .name // .tel // .mailto);
  def spoken: [.dialog[] | select(.type == "text" and (.body // "") != "") | {from: null, to: null, who: who, says: .body}];
  def transcribed: [.analysis // [] | .[] | select(.type == "transcript" or .type == "diarized") | .body
                    | if type == "object" then .transcript else . end | strings] | .[0] // "";
  { id: .uuid, time: (.dialog[0].start // .created_at), seconds: ([.dialog[].duration // 0] | add),
    agent: ([$parties[] | select(.role == "agent") | .mailto // .name] | .[0]),
    turns: (spoken as $t | if $t != [] then $t else [{from: null, to: null, who: null, says: transcribed}] end) }
| request($ARGS.named)
