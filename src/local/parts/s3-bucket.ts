/** What a start asks of the object store. */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { StackFile } from './types.ts';

type Entry = StackFile['s3'];

/**
 * Makes the bucket where it is missing; resolves once it takes an object. It exists before its disks are known again: only an object
 * that was written and read back proves it.
 */
export function makeBucket(entry: Entry): Promise<void> {
  const bucket = { Bucket: entry.bucket };
  const object = { ...bucket, Key: '.chatlake-is-ready' };
  return withClient(entry, async (client) => {
    try {
      await client.send(new CreateBucketCommand(bucket));
    } catch (error) {
      if (!(error instanceof Error && error.name.startsWith('BucketAlready'))) throw error;
    }
    await client.send(new HeadBucketCommand(bucket));
    await client.send(new PutObjectCommand({ ...object, Body: 'ready' }));
    const { Body } = await client.send(new GetObjectCommand(object));
    await Body?.transformToString();
    await client.send(new DeleteObjectCommand(object));
  });
}

/** Resolves when the bucket is there. */
export function headBucket(entry: Entry): Promise<unknown> {
  return withClient(entry, (client) => client.send(new HeadBucketCommand({ Bucket: entry.bucket })));
}

async function withClient<T>(entry: Entry, use: (client: S3Client) => Promise<T>): Promise<T> {
  const { endpoint, region, accessKeyId, secretAccessKey } = entry;
  // a fresh object: the client writes into the credentials it is given
  const credentials = { accessKeyId, secretAccessKey };
  const requestHandler = { connectionTimeout: 2_000, requestTimeout: 10_000 };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1, requestHandler });
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
