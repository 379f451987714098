# Zoom's .transcript.vtt (jq -Rs): `Name: words` in each cue.  Needs --arg id,
# --arg time; --argjson roles '{"Dana Whitfield":"Agent"}'.
include "callqa";
{ turns: [cues[] | .lines = (.lines | join(" "))
          | (.lines | capture("^(?<who>[^:]{1,60}): +(?<says>.*)$") // {who: "Unknown", says: null}) as $l
          | {from, to, who: $l.who, says: ($l.says // .lines)}] }
| request($ARGS.named)
