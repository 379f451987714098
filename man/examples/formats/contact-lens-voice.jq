# Contact Lens for Amazon Connect, voice.  Needs --arg time, and --arg id where
# the file has no ContactId.  Participants carry the roles.
include "callqa";
(.Participants // [] | map({key: .ParticipantId, value: .ParticipantRole}) | from_entries) as $roles
| { id: .CustomerMetadata.ContactId,
    seconds: (.ConversationCharacteristics.TotalConversationDurationMillis / 1000),
    talk: ((.ConversationCharacteristics.TalkTime.TotalTimeMillis // 0) / 1000),
    turns: [.Transcript | sort_by(.BeginOffsetMillis)[]
            | {from: (.BeginOffsetMillis / 1000), to: (.EndOffsetMillis / 1000),
               who: (($roles[.ParticipantId] // .ParticipantId) | {AGENT: "Agent", CUSTOMER: "Customer"}[.] // .),
               says: .Content}] }
| request($ARGS.named)
