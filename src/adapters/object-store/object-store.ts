/** The port of the object store. Its promises are what test/adapters/object-store/conformance.ts asks of every implementation. */

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  /** The store's own clock, milliseconds since the epoch. */
  readonly modifiedMs: number;
}

/**
 * Keys are ASCII paths with `/`, none of them the folder of another; bodies are whole. Errors are TransientError (outcome unknown:
 * a put may have happened), or SetupError (bucket, permission, credentials); a key that is not there is a value, not an error.
 */
export interface ObjectStore {
  /** What it is, for tables and figures: `s3 http://127.0.0.1:8333/chatlake`. */
  readonly name: string;
  /**
   * Puts a whole object; the store checks the SHA-256 of what arrives. With `ifAbsent` exactly one of any number of concurrent
   * writers gets `stored`, the others `exists` and change nothing.
   */
  put(key: string, body: Uint8Array, options: { readonly ifAbsent: boolean }): Promise<'stored' | 'exists'>;
  get(key: string): Promise<Uint8Array | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /**
   * Every object whose key starts with `prefix`, after `startAfter`, in the order of the keys' bytes, over all pages. (SeaweedFS
   * sorts a folder without its slash, so beside a folder no name may be the folder's and go on with a sign below `/`.)
   */
  list(prefix: string, startAfter?: string): AsyncIterable<ObjectInfo>;
  /** The distinct next path segments below `prefix` (which ends in `/`), each ending in `/`, in order. */
  folders(prefix: string): AsyncIterable<string>;
  /** Removes an object; one that is not there is removed already. */
  remove(key: string): Promise<void>;
}
