# From a platform's export to a request of callqa: what all recipes share.
#
# A recipe makes of the export one object a call,
#
#   {id, time, seconds, talk, disposition, agent, turns: [{from, to, who, says}]}
#
# (text in place of turns: kept as it is), and pipes it into
# request($ARGS.named).  from and to are seconds from the
# call's beginning, or null; what the export does not tell is null and comes
# from the command line: --arg id, time, agent, disposition, context;
# --rawfile script; --argjson progress, roles, profile.

def given($args; $name):
  $args[$name] // error("give --\(if $name == "script" then "rawfile" else "arg" end) \($name): the export does not tell it");

# Script progress of which nothing is known: every numbered section of the
# script counts as attempted, none as completed, the reason as unknown.
def unknown_progress($script):
  [$script | splits("\n")
   | match("^\\W*(?:section\\s+)?([0-9]{1,3})[.:) -]"; "i").captures[0].string | tonumber]
  | unique
  | { sections_attempted: (if . == [] then [1] else . end),
      last_completed_section: 0,
      termination_reason: "unknown" };

# 83.45 -> "01:23.450"; hours where there are any.
def clock:
  (. * 1000 | round) as $ms
  | def two: tostring | if length < 2 then "0" + . else . end;
    def three: tostring | ("00" + .)[-3:];
  ($ms / 60000 | floor) as $minutes
  | (if $minutes >= 60 then "\($minutes / 60 | floor | two):" else "" end)
    + "\($minutes % 60 | two):\(($ms / 1000 | floor) % 60 | two).\($ms % 1000 | three)";

# Speakers by --argjson roles '{"spk_0": "Agent"}'; others keep their name.
def named_role($args): . as $who | ($args.roles // {})[$who] // $who;

# What one speaker says without a break is one turn; of who is not known it is
# not known either.
def joined:
  reduce .[] as $t ([];
    if length > 0 and $t.who != null and .[-1].who == $t.who
    then .[-1].says += " " + $t.says | .[-1].to = ($t.to // .[-1].to)
    else . + [$t] end);

# `[00:03.720-00:06.100] Agent: words`, without what is not known.
def line:
  (if .from == null then ""
   elif .to == null then "[\(.from | clock)] "
   else "[\(.from | clock)-\(.to | clock)] " end)
  + (if .who == null then "" else "\(.who): " end)
  + .says;

# Speech as it was written, on one line; null for what says nothing.
def clean: if type == "string" then gsub("\\s+"; " ") | ltrimstr(" ") | rtrimstr(" ") else "" end;

def request($args):
  . as $call
  | ($call.turns // []
     | map(.says |= clean | select(.says != "")
           | if .who == null then . else .who |= (tostring | named_role($args)) end)
     | joined) as $turns
  | ($call.text // ($turns | map(line) | join("\n"))) as $text
  | if $text == "" then error("nothing was said: is this the right export?") else . end
  | ([$turns[] | .to // .from // 0] | max // 1) as $last
  | { call_id: (($call.id // given($args; "id")) | tostring),
      agent_id: (($call.agent // given($args; "agent")) | tostring),
      call_context: ($args.context // "First Call"),
      transcript: {
        transcript: $text,
        metadata: ({
            duration: ([($call.seconds // $args.seconds // $last) | tonumber | floor, 1] | max),
            timestamp: ($call.time // given($args; "time")),
            disposition: ($call.disposition // $args.disposition // "unknown") }
          + if ($call.talk // 0) >= 1 then {talk_time: ($call.talk | floor)} else {} end) },
      ideal_script: given($args; "script"),
      client_data: ({ script_progress: ($args.progress // unknown_progress($args.script)) }
        + if $args.profile then {financial_profile: $args.profile} else {} end) };

# ---- texts: WebVTT, SRT (jq -Rs) -------------------------------------------

# "01:02:03.456", "02:03,456" -> seconds
def seconds: gsub(","; ".") | split(":") | map(tonumber) | reduce .[] as $part (0; . * 60 + $part);

# Cues as {from, to, lines: [...]}; headers, notes and styles have no arrow.
def cues:
  ltrimstr("\ufeff") | gsub("\r\n?"; "\n") | [splits("\n[ \t]*\n+")]
  | map(split("\n") | map(select(test("\\S")))
        | (map(test("^\\s*[0-9:.,]+\\s+-->\\s+[0-9:.,]+")) | index(true)) as $arrow
        | select($arrow != null)
        | (.[$arrow] | [splits("\\s+-->\\s+")] | map([splits("\\s+")] | map(select(. != "")) | .[0])) as $times
        | {from: ($times[0] | seconds), to: ($times[1] | seconds), lines: .[$arrow + 1:]});
