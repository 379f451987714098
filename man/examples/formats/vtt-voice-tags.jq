# WebVTT with voice tags (jq -Rs): <v Dana Whitfield>words</v>, as Teams and
# Deepgram's captions have them.  Needs --arg id, --arg time.
include "callqa";
{ turns: [cues[] | (.lines | join(" ")) as $text
          | ($text | capture("^<v(?:\\.[^ >]*)?\\s+(?<who>[^>]+)>(?<says>.*)$") // {who: "Unknown", says: $text}) as $l
          | {from, to, who: $l.who, says: ($l.says | gsub("</?[a-z][^>]*>"; ""))}] }
| request($ARGS.named)
