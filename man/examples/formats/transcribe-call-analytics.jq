# Amazon Transcribe Call Analytics, post-call JSON.  Needs --arg time.
# Turns of the two channels overlap where people interrupt each other.
include "callqa";
{ id: .JobName,
  seconds: (.ConversationCharacteristics.TotalConversationDurationMillis / 1000),
  talk: ((.ConversationCharacteristics.TalkTime.TotalTimeMillis // 0) / 1000),
  turns: [.Transcript | sort_by(.BeginOffsetMillis)[]
          | {from: (.BeginOffsetMillis / 1000), to: (.EndOffsetMillis / 1000),
             who: (.ParticipantRole | {AGENT: "Agent", CUSTOMER: "Customer"}[.] // .), says: .Content}] }
| request($ARGS.named)
