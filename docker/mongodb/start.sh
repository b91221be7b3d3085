#!/bin/bash
# A replica set of one: transactions and retryable writes need it. Members of a set with passwords share a key file.
set -eu
umask 077
printf '%s\n' "$MONGODB_REPLICA_KEY" >/tmp/replica.key
chown mongodb /tmp/replica.key
unset MONGODB_REPLICA_KEY
exec docker-entrypoint.sh mongod --replSet chatlake --keyFile /tmp/replica.key --bind_ip_all --wiredTigerCacheSizeGB 0.5
