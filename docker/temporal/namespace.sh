#!/bin/sh
# Makes the namespace and chatlake's search attributes when they are missing. Safe to run again.
set -eu
attributes='ChatlakeSource=Keyword ChatlakeStage=Keyword ChatlakeOutcome=Keyword ChatlakeWindow=Datetime ChatlakeRows=Int'

until temporal operator cluster health >/dev/null 2>&1; do sleep 1; done

if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 7d
fi

# A new namespace is known everywhere only after the server's cache has been read again.
until known=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" 2>/dev/null); do sleep 1; done
for attribute in $attributes; do
  name=${attribute%=*}
  if ! echo "$known" | grep -qw "$name"; then
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type "${attribute#*=}"
  fi
done
