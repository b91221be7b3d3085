#!/bin/sh
# Plays the demo against the running compose system and checks its figures: 45 documents, 45 in the report.
# Wants an empty system (after `docker compose down --volumes`) and .env beside docker-compose.yml.
set -eu
cd "$(dirname "$0")/.."
value_of() { sed -n "s/^$1=//p" .env; }
# In a container of its own, with its own scratch: the worker's is in use.
chatlake() { docker compose run --rm --no-deps -T -e WORK_DIR=/tmp/cli "$@"; }
etl() {
  docker compose run --rm --no-deps -T --entrypoint temporal temporal-namespace workflow execute --output json \
    --type etl --task-queue chatlake --workflow-id "etl-check-$(date +%s)" --input '{}'
}

echo 'publishing the demo as the login "desk"'
chatlake -e STOMP_LOGIN=desk -e "STOMP_PASSCODE=$(value_of STOMP_DESK_PASSCODE)" worker node scripts/chatlake.mjs demo

documents_there() {
  docker compose exec -T mongodb mongosh --quiet --norc \
    "mongodb://viewer:$(value_of MONGODB_VIEWER_PASSWORD)@127.0.0.1:27017/chatlake?directConnection=true" \
    --eval 'db.desk_interactions.countDocuments()'
}

# Live runs bring the messages in; etl, beside them, finds whatever is pending and fails if anything is wrong.
documents=0 rounds=0
while [ "$documents" -lt 45 ] && [ "$rounds" -lt 12 ]; do
  sleep 2
  echo "etl: $(etl | jq --compact-output .result)"
  documents=$(documents_there)
  rounds=$((rounds + 1))
done
reported=$(chatlake worker node scripts/chatlake.mjs report --source desk --json | jq .desk.interactions)

echo "documents $documents, in the report $reported"
[ "$documents" = 45 ] && [ "$reported" = 45 ]
