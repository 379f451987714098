# Amazon Transcribe, standard job, with speaker labels or channels.  Needs
# --arg time; --argjson roles '{"spk_0":"Agent","spk_1":"Customer"}'.
# Numbers are strings; punctuation has no time and belongs to the word before.
include "callqa";
def words: if .results.channel_labels then [.results.channel_labels.channels[].items[]] else .results.items end;
def utterances:
  reduce .[] as $w ([];
    if $w.type == "punctuation" then .[-1].says += $w.alternatives[0].content
    else . + [{from: ($w.start_time | tonumber), to: ($w.end_time | tonumber),
               who: ($w.speaker_label // $w.channel_label), says: $w.alternatives[0].content}] end);
{ id: .jobName, turns: (words | utterances | sort_by(.from)) } | request($ARGS.named)
