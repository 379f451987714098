# Genesys Cloud, speech and text analytics.  Who is internal is the agent; the
# times of phrases are of the clock, in older exports of the call.
include "callqa";
.conversationStartTime as $begun
| def at: if . == null then null elif . >= $begun then (. - $begun) / 1000 else . / 1000 end;
  { id: .conversationId, time: ($begun / 1000 | floor | todate),
    seconds: (.duration.totalMillis | if . then . / 1000 else null end),
    turns: ([.transcripts[].phrases[]
             | {from: (.startTimeMs | at), to: (if .duration.milliseconds then .startTimeMs + .duration.milliseconds | at else null end),
                who: ({internal: "Agent", external: "Customer"}[.participantPurpose] // .participantPurpose),
                says: (.decoratedText // .text)}] | sort_by(.from)) }
| request($ARGS.named)
