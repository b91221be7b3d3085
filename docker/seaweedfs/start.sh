#!/bin/sh
# Writes the store's identities from the environment and starts it. Master, volume server and filer know no password,
# so they listen on the container's own loopback only; the S3 port is the one way in.
set -eu
umask 077
cat >/tmp/s3.json <<END
{
  "identities": [
    {
      "name": "chatlake",
      "credentials": [{ "accessKey": "$S3_ACCESS_KEY_ID", "secretKey": "$S3_SECRET_ACCESS_KEY" }],
      "actions": ["Read:$S3_BUCKET", "Write:$S3_BUCKET", "List:$S3_BUCKET", "Tagging:$S3_BUCKET"]
    },
    {
      "name": "gateway",
      "credentials": [{ "accessKey": "$S3_GATEWAY_ACCESS_KEY_ID", "secretKey": "$S3_GATEWAY_SECRET_ACCESS_KEY" }],
      "actions": ["Write:$S3_BUCKET/raw/*", "Read:$S3_BUCKET/meta/probe/*", "Write:$S3_BUCKET/meta/probe/*"]
    }
  ]
}
END
unset S3_ACCESS_KEY_ID S3_SECRET_ACCESS_KEY S3_GATEWAY_ACCESS_KEY_ID S3_GATEWAY_SECRET_ACCESS_KEY
exec /usr/bin/weed -logtostderr=true server -dir=/data -ip=127.0.0.1 -ip.bind=127.0.0.1 -filer \
  -s3 -s3.ip.bind=0.0.0.0 -s3.port=8333 -s3.port.iceberg=0 -s3.port.lance=0 -s3.config=/tmp/s3.json \
  -volume.max=0 -volume.preStopSeconds=1 -master.volumeSizeLimitMB=1024 -master.peers=none -master.telemetry=false
