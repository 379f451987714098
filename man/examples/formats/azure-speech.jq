# Azure Speech, batch transcription.  Needs --arg id; --argjson roles
# '{"Channel 0":"Agent","Channel 1":"Customer"}'.  Times are ticks of 100 ns,
# in newer versions milliseconds.
include "callqa";
def at($ticks; $ms): if $ticks != null then $ticks / 10000000 elif $ms != null then $ms / 1000 else null end;
{ time: .timestamp, seconds: at(.durationInTicks // .durationTicks; .durationMilliseconds),
  turns: ([.recognizedPhrases[] | select(.recognitionStatus == "Success")
          | at(.offsetInTicks; .offsetMilliseconds) as $from
          | {from: $from, to: ($from + at(.durationInTicks; .durationMilliseconds)),
             who: (if .speaker then "Speaker \(.speaker)" else "Channel \(.channel)" end), says: .nBest[0].display}]
          | sort_by(.from)) }
| request($ARGS.named)
