/** Raw, seals and the ledger after a storm: I1, I2, I3, I5, I7 and I8, from the objects as the store has them. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { type DeltaAction, decodeActions } from '../../src/domain/formats/delta.ts';
import type { LedgerCommit, Manifest } from '../../src/domain/formats/ledger.ts';
import type { RawLine } from '../../src/domain/formats/raw.ts';
import type { Seal } from '../../src/domain/formats/seal.ts';
import type { Expected, Judgement, Line } from './storm-oracle.ts';
import type { Message, StormSource } from './storm-sources.ts';
import type { Storm, StormProcess } from './storm-world.ts';

type Store = Storm['store'];

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function keysBelow(store: Store, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

/** The bytes of an object that must be there; where its name ends in a hash, it is theirs (I4). */
export async function soundBytes(store: Store, key: string): Promise<Uint8Array> {
  const bytes = await store.get(key);
  if (bytes === undefined) throw new Error(`${key} is missing`);
  const hash = /([0-9a-f]{64})\.[a-z.]+$/.exec(key)?.[1];
  if (hash !== undefined && hash !== sha256(bytes)) throw new Error(`${key} does not hold its bytes`);
  return bytes;
}

const jsonOf = async <T>(store: Store, key: string): Promise<T> =>
  JSON.parse(Buffer.from(await soundBytes(store, key)).toString('utf8')) as T;

const isSame = (line: RawLine, message: Message | undefined): boolean =>
  message !== undefined && line.id === message.id && line.body === message.body;

/** I1: what was acknowledged is there, and nothing that nobody sent. Every line that was received, with its message. */
export async function checkRaw({ store, sent, acknowledged }: Storm, source: string): Promise<readonly Line[]> {
  const messages = new Map(sent.get(source)!.map((message) => [`${message.id}\n${message.body}`, message]));
  const prefix = `raw/source=${source}/`;
  const lines: Line[] = [];
  for (const key of await keysBelow(store, prefix)) {
    const text = gunzipSync(await soundBytes(store, key)).toString('utf8');
    const raw = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RawLine);
    const delivered = acknowledged.get(key);
    if (delivered !== undefined) expect(raw.map((line, i) => isSame(line, delivered[i]))).not.toContain(false);
    for (const { n, id, receivedAt, body = '' } of raw) {
      const message = messages.get(`${id}\n${body}`);
      if (message === undefined) throw new Error(`${key}#${n} was never sent`);
      lines.push({ key, line: n, receivedAt, message });
    }
  }
  const there = new Set(lines.map(({ key }) => key));
  const lost = [...acknowledged.keys()].filter((key) => key.startsWith(prefix) && !there.has(key));
  expect(lost).toEqual([]);
  return lines;
}

/** By seal, its lines in their order. */
type Sealed = ReadonlyMap<string, readonly Line[]>;

/** I2: every raw object is in exactly one seal; the generations of a window have no gap. */
export async function checkSeals(store: Store, source: string, lines: readonly Line[]): Promise<Sealed> {
  const seals = new Map<string, readonly Line[]>();
  const sealed: string[] = [];
  const generations = new Map<string, number[]>();
  for (const key of await keysBelow(store, `seals/source=${source}/`)) {
    const { id, objects } = await jsonOf<Seal>(store, key);
    const keys = objects.map((object) => object.key);
    sealed.push(...keys);
    const own = lines.filter((line) => keys.includes(line.key));
    own.sort((a, b) => (a.key === b.key ? a.line - b.line : a.key < b.key ? -1 : 1));
    seals.set(`${source}-${id.window}-g${String(id.generation).padStart(4, '0')}`, own);
    generations.set(id.window, [...(generations.get(id.window) ?? []), id.generation]);
  }
  expect(sealed.sort()).toEqual([...new Set(lines.map(({ key }) => key))].sort());
  for (const found of generations.values()) expect(found.sort((a, b) => a - b)).toEqual(found.map((_, i) => i + 1));
  return seals;
}

export interface Ledger {
  readonly head: number;
  readonly lastDecision: number;
  /** Versions of the entries that decide something, what each judged, and what it counts. */
  readonly decisions: readonly number[];
  readonly judgements: readonly Judgement[];
  readonly counts: readonly (readonly number[])[];
  /** Keys of the live files. */
  readonly files: readonly string[];
}

/** I3, I7, I8: entries without a gap, each chained to the one before, each seal's revision once; and all that they name is there. */
export async function checkLedger(store: Store, source: StormSource, seals: Sealed): Promise<Ledger> {
  const root = `ledger/${source.source}/`;
  const keys = (await keysBelow(store, `${root}_delta_log/`)).filter((key) => key.endsWith('.json'));
  expect(keys).toEqual(keys.map((_, n) => `${root}_delta_log/${String(n).padStart(20, '0')}.json`));
  const files = new Set<string>();
  const published: string[] = [];
  const ledger = { decisions: [] as number[], judgements: [] as Judgement[], counts: [] as number[][] };
  let previous: string | null = null;
  for (const [n, key] of keys.entries()) {
    const bytes = await soundBytes(store, key);
    const actions = decodeActions(bytes);
    const commit = commitOf(actions);
    expect([n, commit.previous]).toEqual([n, previous]);
    previous = sha256(bytes);
    for (const action of actions) {
      if ('add' in action) files.add(`${root}${action.add.path}`);
      if ('remove' in action) files.delete(`${root}${action.remove.path}`);
    }
    if (commit.seals.length === 0) continue;
    published.push(...commit.seals.map((seal) => `${seal} r${commit.revision}`));
    const { received, enriched, duplicates, quarantined } = commit.counts;
    ledger.decisions.push(n);
    ledger.counts.push([received, enriched, duplicates, quarantined]);
    ledger.judgements.push(await judgementOf(store, source, commit, seals));
  }
  expect(published).toHaveLength(new Set(published).size);
  // Every seal is in the ledger.
  expect([...new Set(ledger.judgements.flatMap((one) => one.seals.map(({ name }) => name)))].sort()).toEqual(
    [...seals.keys()].sort(),
  );
  for (const key of files) await soundBytes(store, key);
  return { ...ledger, head: keys.length - 1, lastDecision: ledger.decisions.at(-1) ?? -1, files: [...files] };
}

function commitOf(actions: readonly DeltaAction[]): LedgerCommit {
  const info = actions.flatMap((action) => ('commitInfo' in action ? [action.commitInfo] : []));
  return info[0]!.chatlake as LedgerCommit;
}

/** What a manifest says that it judged, and all that it names is there; of table files those that are live are looked for elsewhere. */
async function judgementOf(
  store: Store,
  { source, contracts }: StormSource,
  { manifest: key, seals: judged, revision, counts }: LedgerCommit,
  seals: Sealed,
): Promise<Judgement> {
  const manifest = await jsonOf<Manifest>(store, key);
  expect(manifest).toMatchObject({ source, seals: judged, revision, counts });
  await soundBytes(store, `ledger/${source}/${manifest.ledgerFile.path}`);
  for (const { spec } of manifest.tables) await soundBytes(store, spec);
  const words = contracts.map(({ version, variant }) => [source, version, variant].filter((w) => w !== '').join('-'));
  const rules = words.indexOf(manifest.code.contract);
  if (rules !== 0 && rules !== 1) throw new Error(`${key} was judged by ${manifest.code.contract}`);
  return { seals: judged.map((name) => ({ name, lines: seals.get(name) ?? [] })), revision, rules };
}

/** I5: the live files of the ledger hold exactly the verdicts that were given, each line of each revision once. */
export async function checkLedgerRows(
  { ports }: StormProcess,
  source: string,
  { files }: Pick<Ledger, 'files'>,
  { ledger }: Expected,
): Promise<void> {
  if (files.length === 0) return;
  const rows = await ports.cache.withScratch(async (scratch) => {
    const paths = await Promise.all(
      files.map((key) => ports.cache.fetch(key, scratch, `a file of the ledger of ${source}`)),
    );
    const sql = `SELECT seal || ' r' || revision || ' ' || raw_key || '#' || line || ' ' || verdict || ' ' || coalesce(reason, 'null') AS row FROM rows`;
    return ports.reader.query(paths, sql, scratch);
  });
  expect(rows.map(({ row }) => String(row)).sort()).toEqual(ledger);
}

/** Every decision is verified. */
export async function checkVerified(store: Store, source: string, decisions: readonly number[]): Promise<void> {
  const verified = (await keysBelow(store, `verified/${source}/`)).map((key) =>
    Number(/(\d{20})\.json$/.exec(key)?.[1]),
  );
  expect(verified.filter((n) => decisions.includes(n))).toEqual(decisions);
}
