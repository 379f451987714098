# Whisper and its relatives: no speakers.  Needs --arg id, --arg time.
include "callqa";
{ turns: [.segments[] | {from: .start, to: .end, who: (.speaker // null), says: .text}] } | request($ARGS.named)
