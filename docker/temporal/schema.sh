#!/bin/sh
# Makes Temporal's two databases, or brings them to the version of this image. Safe to run again; run it before a newer server.
set -eu
for name in temporal visibility; do
  database=temporal
  [ "$name" = temporal ] || database=temporal_visibility
  tool() { temporal-sql-tool --plugin postgres12 --ep temporal-db -p 5432 -u temporal --db "$database" "$@"; }
  tool create
  tool setup-schema -v 0.0
  tool update-schema -d "/etc/temporal/schema/postgresql/v12/$name/versioned"
done
