# Plain text (jq -Rs), kept as it is: callqa finds the turns itself.  Needs
# --arg id, --arg time; --arg seconds, or 2.5 words a second are guessed.
include "callqa";
(ltrimstr("\ufeff") | gsub("\r\n?"; "\n") | rtrimstr("\n")) as $text
| { seconds: ($ARGS.named.seconds // ([$text | splits("\\s+")] | length / 2.5)),
    text: $text }
| request($ARGS.named)
