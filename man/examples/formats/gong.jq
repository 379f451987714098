# Gong, /v2/calls/transcript: several calls in one answer.  Needs --arg time;
# --argjson roles '{"4093813813":"Agent"}' by speakerId (parties of
# /v2/calls/extensive).  Ids have up to 20 digits and stay strings.
include "callqa";
if .callTranscripts == null then error("no callTranscripts: \(.errors // "not an answer of Gong")") else . end
| .callTranscripts[] | select(.transcript | length > 0)
| { id: .callId,
    turns: ([.transcript[] | .speakerId as $who | .sentences[]
             | {from: (.start / 1000), to: (.end / 1000), who: $who, says: .text}] | sort_by(.from)) }
| request($ARGS.named)
