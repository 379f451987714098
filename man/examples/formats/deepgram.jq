# Deepgram, with utterances=true and diarize=true or multichannel=true; without
# utterances the words are joined.  --argjson roles '{"Speaker 0":"Agent"}'.
include "callqa";
def who: if .speaker != null then "Speaker \(.speaker)" elif .channel != null then "Channel \(.channel)" else null end;
def words:
  (.results.channels | length) as $channels
  | [.results.channels | to_entries[] | .key as $channel | .value.alternatives[0].words[]
     | if $channels > 1 and .speaker == null then .channel = $channel else . end
     | {from: .start, to: .end, who: who, says: (.punctuated_word // .word)}] | sort_by(.from);
{ id: .metadata.request_id, time: .metadata.created, seconds: .metadata.duration,
  turns: (if .results.utterances
          then [.results.utterances | sort_by(.start)[] | {from: .start, to: .end, who: who, says: .transcript}]
          else words end) }
| request($ARGS.named)
