/** The object store on S3 or anything that speaks it and passes the probe. */
import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { SetupError, TransientError, messageOf } from '../../domain/errors.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';

export interface S3Options {
  /** Absent: AWS itself, by region. */
  readonly endpoint?: string;
  readonly region: string;
  readonly bucket: string;
  /** Absent: the SDK's own chain (environment, profile, role). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestTimeoutMs: number;
}

/** Opens a client. Retries are the callers': an SDK retry after a lost answer would hide that our own put succeeded. */
export function createS3Store(options: S3Options): ObjectStore & { close(): void } {
  const { bucket } = options;
  const client = openClient(options);
  const where = `${options.endpoint ?? 'AWS S3'}, bucket ${bucket}`;

  const call: Call = async (what, work) => {
    try {
      return await work();
    } catch (error) {
      throw classify(error, what, where);
    }
  };
  const found: Found = (what, work) =>
    call(what, () =>
      work().catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      }),
    );

  return {
    name: `s3 ${options.endpoint ?? options.region}/${bucket}`,
    async put(key, body, { ifAbsent }) {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentLength: body.byteLength,
        ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
        ...(ifAbsent ? { IfNoneMatch: '*' } : {}),
      });
      try {
        await client.send(command);
        return 'stored';
      } catch (error) {
        if (ifAbsent && statusOf(error) === 412) return 'exists';
        throw classify(error, `put ${key}`, where);
      }
    },
    get: (key) =>
      found(`get ${key}`, async () => {
        const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return answer.Body?.transformToByteArray();
      }),
    async head(key) {
      const answer = await found(`head ${key}`, () => client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })));
      return answer === undefined
        ? undefined
        : { key, bytes: answer.ContentLength ?? 0, modifiedMs: answer.LastModified?.getTime() ?? 0 };
    },
    ...listing(client, bucket, call),
    async remove(key) {
      await call(`remove ${key}`, () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })));
    },
    close: () => client.destroy(),
  };
}

function openClient({ region, endpoint, credentials, requestTimeoutMs }: S3Options): S3Client {
  return new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    // Else every request puts its steps together anew, a fifth of what it costs.
    cacheMiddleware: true,
    requestHandler: { requestTimeout: requestTimeoutMs, connectionTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

/** Runs a request; what it throws is classified, with `what` in its sentence. */
type Call = <T>(what: string, work: () => Promise<T>) => Promise<T>;
/** As Call, for a key that may not be there. */
type Found = <T>(what: string, work: () => Promise<T | undefined>) => Promise<T | undefined>;

/** The two listings, over all their pages. */
function listing(client: S3Client, bucket: string, call: Call): Pick<ObjectStore, 'list' | 'folders'> {
  async function* pages(
    prefix: string,
    more: { startAfter?: string | undefined; delimiter?: string },
  ): AsyncGenerator<ListObjectsV2CommandOutput> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        Delimiter: more.delimiter,
        StartAfter: more.startAfter,
        ContinuationToken: token,
      });
      const page = await call(`list ${prefix}`, () => client.send(command));
      yield page;
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }
  return {
    async *list(prefix, startAfter): AsyncGenerator<ObjectInfo> {
      for await (const page of pages(prefix, { startAfter })) {
        for (const { Key: key, Size: bytes = 0, LastModified: modified } of page.Contents ?? []) {
          if (key !== undefined) yield { key, bytes, modifiedMs: modified?.getTime() ?? 0 };
        }
      }
    },
    async *folders(prefix) {
      for await (const page of pages(prefix, { delimiter: '/' })) {
        for (const { Prefix: folder } of page.CommonPrefixes ?? []) {
          if (folder !== undefined) yield folder.slice(prefix.length);
        }
      }
    },
  };
}

interface SdkError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const statusOf = (error: unknown): number | undefined => (error as SdkError).$metadata?.httpStatusCode;

/** No such key. A HEAD has no body, so there a missing bucket looks the same. */
const isMissing = (error: unknown): boolean => statusOf(error) === 404 && (error as SdkError).name !== 'NoSuchBucket';

/** What no retry can mend although the status does not say so: a bucket of another region, tokens that ran out. */
const MISCONFIGURED: ReadonlySet<unknown> = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'InvalidBucketName',
  'ExpiredToken',
  'InvalidToken',
]);

/** What an error of the SDK means. 403 is never "exists"; an outcome that is not known is transient. */
function classify(error: unknown, what: string, where: string): Error {
  const { name } = error as SdkError;
  const status = statusOf(error);
  if (name === 'NoSuchBucket')
    return new SetupError(`The bucket does not exist (${where}); create it, nothing was lost.`, { cause: error });
  if (status === 404) {
    return new SetupError(`"${what}" is answered with 404 (${where}): this is no S3 store; check S3_ENDPOINT.`, {
      cause: error,
    });
  }
  if (status === 401 || status === 403 || MISCONFIGURED.has(name)) {
    return new SetupError(
      `The store refuses "${what}" (${where}): ${messageOf(error)}; check the credentials and the policy of this role.`,
      { cause: error },
    );
  }
  if (name === 'CredentialsProviderError') {
    return new SetupError(
      `No credentials for the store (${where}); set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or a role.`,
      { cause: error },
    );
  }
  return new TransientError(`The store did not answer "${what}" (${where}): ${messageOf(error)}`, { cause: error });
}
