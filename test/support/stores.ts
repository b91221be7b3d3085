/** Object stores for tests: a part of the real one that nobody else uses, and the same seen below a prefix. */
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { type S3Options, createS3Store } from '../../src/adapters/object-store/s3.ts';
import { stack, uniqueName } from './stack.ts';

export interface OpenedStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/** How the S3 server of this run is reached; `change` makes it wrong in one way. */
export function s3Options(change: Partial<S3Options> = {}): S3Options {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = stack().s3;
  return {
    endpoint,
    region,
    bucket,
    credentials: { accessKeyId, secretAccessKey },
    requestTimeoutMs: 20_000,
    ...change,
  };
}

/** The S3 server, below a prefix of its own; closing removes what was put there. */
export function openS3Part(): OpenedStore & { readonly prefix: string } {
  const s3 = createS3Store(s3Options());
  const prefix = `${uniqueName('test')}/`;
  const store = below(s3, prefix);
  const close = async (): Promise<void> => {
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    const lane = async (): Promise<void> => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) await store.remove(key);
    };
    await Promise.all(Array.from({ length: 16 }, lane));
    s3.close();
  };
  return { store, prefix, close };
}

/** A store whose keys lie below `prefix` in another. */
function below(store: ObjectStore, prefix: string): ObjectStore {
  return {
    name: `${store.name}/${prefix}`,
    put: (key, body, options) => store.put(prefix + key, body, options),
    get: (key) => store.get(prefix + key),
    async head(key) {
      const found = await store.head(prefix + key);
      return found === undefined ? undefined : { ...found, key: found.key.slice(prefix.length) };
    },
    async *list(start, startAfter) {
      const after = startAfter === undefined ? undefined : prefix + startAfter;
      for await (const info of store.list(prefix + start, after)) yield { ...info, key: info.key.slice(prefix.length) };
    },
    folders: (start) => store.folders(prefix + start),
    remove: (key) => store.remove(prefix + key),
  };
}
