#!/bin/sh
# Makes the bucket when it is missing. Runs in the store's own network, where the master and the filer listen.
set -eu
ask() { echo "$1" | /usr/bin/weed shell -master=127.0.0.1:9333 -filer=127.0.0.1:8888; }
has_bucket() { ask s3.bucket.list | grep -Eq "^ *$S3_BUCKET[[:space:]]"; }
has_bucket || ask "s3.bucket.create -name $S3_BUCKET"
has_bucket
