# AssemblyAI; speakers only with speaker_labels.  Needs --arg time; --argjson
# roles '{"Speaker A":"Agent"}'.
include "callqa";
if .status != "completed" then error("status is \(.status): \(.error // "not ready")") else . end
| { id, seconds: .audio_duration,
    turns: (if .utterances
            then [.utterances[] | {from: (.start / 1000), to: (.end / 1000),
                                   who: "Speaker \(.speaker // .channel)", says: .text}]
            else [{from: null, to: null, who: null, says: .text}] end) }
| request($ARGS.named)
