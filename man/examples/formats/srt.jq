# SubRip (jq -Rs), with labels such as `[speaker 0]`, which stand only where the
# speaker changes, `Name: words`, or none.  Needs --arg id, --arg time.
include "callqa";
{ turns: (reduce cues[] as $cue ([];
    ($cue.lines | join(" ")) as $text
    | ($text | capture("^(?:\\[(?<tag>[^\\]]{1,60})\\]|(?<name>[^:]{1,40}):)\\s+(?<says>.*)$") // {says: $text}) as $l
    | . + [{from: $cue.from, to: $cue.to, who: ($l.tag // $l.name // .[-1].who // null), says: $l.says}])) }
| request($ARGS.named)
