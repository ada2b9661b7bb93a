#!/bin/sh
# Asks Latchkey about one credential, with curl. Prints the verdict; succeeds only when the credential is good.
#
#   LATCHKEY_KEY=lk_… ./verify.sh CREDENTIAL [SCOPE]
#
# LATCHKEY_KEY is a key of your own that holds the scope credentials:verify.
set -eu
: "${LATCHKEY_KEY:?is required, a key that holds credentials:verify}"
gate=${LATCHKEY_GATE:-http://127.0.0.1:3001}

# A credential has these characters and no others, so it needs no escaping within JSON.
case "$1${2-}" in
*[!0-9A-Za-z_:]*) echo '{"valid":false,"code":"malformed_credentials"}' && exit 1 ;;
esac

scopes=
[ $# -lt 2 ] || scopes="\\\"$2\\\""

# By standard input: what stands on a command line, every user of the machine can read.
verdict=$(
    curl --silent --show-error --fail --max-time 6 --config - "$gate/verify" <<END
header = "Authorization: Api-Key $LATCHKEY_KEY"
header = "Content-Type: application/json"
data = "{\"credential\":\"$1\",\"scopes\":[$scopes]}"
END
) || exit 2 # No verdict is no permission.

printf '%s\n' "$verdict"
case $verdict in '{"valid":true,'*) ;; *) exit 1 ;; esac
