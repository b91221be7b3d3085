/** The object store, by configuration. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDirectoryStore } from '../adapters/object-store/directory.ts';
import type { ObjectStore } from '../adapters/object-store/object-store.ts';
import { createRetryingStore } from '../adapters/object-store/retrying.ts';
import { createS3Store } from '../adapters/object-store/s3.ts';
import { SetupError } from '../domain/errors.ts';
import type { Config } from './config.ts';

/** The object store a configuration names. `requestTimeoutMs` bounds one request to it. */
export function openStore(config: Config, requestTimeoutMs = 60_000): ObjectStore {
  const { S3_ENDPOINT: endpoint, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  if (endpoint?.startsWith('file:') === true)
    return createDirectoryStore(join(fileURLToPath(endpoint), config.S3_BUCKET));
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    throw new SetupError(
      'S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together: give both, or neither for the AWS SDK’s own chain',
    );
  return createS3Store({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
    region: config.S3_REGION,
    bucket: config.S3_BUCKET,
    requestTimeoutMs,
  });
}

/** The same, tried again where it fails for a while. */
export const openPatientStore = (config: Config): ObjectStore => createRetryingStore(openStore(config));
