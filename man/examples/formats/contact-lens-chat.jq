# Contact Lens for Amazon Connect, chat.  Events (joined, typing) say nothing.
include "callqa";
def at: sub("\\.[0-9]+Z$"; "Z") | fromdate;
[.Transcript[] | select(.Type == "MESSAGE" and ((.ContentType // "text/plain") | startswith("text/")))] as $messages
| ([.Transcript[].AbsoluteTime | strings | at]) as $times
| { id: .CustomerMetadata.ContactId, time: $messages[0].AbsoluteTime, seconds: (($times | max) - ($times | min)),
    turns: [$messages[] | {from: null, to: null,
                           who: (.ParticipantRole | {AGENT: "Agent", CUSTOMER: "Customer", SYSTEM: "System"}[.] // .),
                           says: .Content}] }
| request($ARGS.named)
