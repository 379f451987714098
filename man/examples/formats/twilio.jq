# Twilio Conversational Intelligence, sentences of all pages in one array
# (jq -s '{sentences: map(.sentences[])}').  Needs --arg id, --arg time;
# --argjson roles '{"Channel 1":"Agent","Channel 2":"Customer"}': which channel
# is the agent's is a matter of the account.  Times are strings or null.
include "callqa";
def at: if . == null then null else tonumber end;
{ turns: [.sentences | sort_by(.sentence_index)[]
          | {from: (.start_time | at), to: (.end_time | at), who: "Channel \(.media_channel)", says: .transcript}] }
| request($ARGS.named)
