# Amazon Bedrock Data Automation, audio.  Needs --arg time; --argjson roles
# '{"spk_0":"Agent","spk_1":"Customer"}'.
include "callqa";
{ id: (.metadata.s3_key | split("/") | .[-1]), seconds: (.metadata.duration_millis / 1000),
  turns: [.audio_segments[] | select(.text)
          | {from: (.start_timestamp_millis / 1000), to: (.end_timestamp_millis | if . then . / 1000 else null end),
             who: (.speaker.speaker_label // .channel.channel_label), says: .text}] }
| request($ARGS.named)
