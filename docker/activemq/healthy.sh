#!/bin/bash
# Healthy: the broker answers CONNECT with CONNECTED, so it listens and its users are loaded.
set -eu
exec 3<>/dev/tcp/127.0.0.1/61613
printf 'CONNECT\naccept-version:1.2\nhost:chatlake\nlogin:chatlake\npasscode:%s\n\n\0' "$STOMP_PASSCODE" >&3
read -r -t 5 answer <&3
printf 'DISCONNECT\n\n\0' >&3
[ "$answer" = CONNECTED ]
