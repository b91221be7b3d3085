/** Re-proves from the store and MongoDB what the design promises of a lake in which nothing is pending. */
import { expect } from '@jest/globals';
import { readLedger, readManifest, readWholeLedger, verifiedVersions } from '../../src/activities/ledger-view.ts';
import { readSeal } from '../../src/activities/seal-window.ts';
import type { Contract, Table } from '../../src/domain/contracts/contract.ts';
import { DESK } from '../../src/domain/contracts/desk.ts';
import { type Counts, NO_COUNTS, addCounts, checkEquation } from '../../src/domain/counts.ts';
import {
  type Source,
  ledgerRoot,
  parseRawKey,
  parseSealKey,
  rawSourcePrefix,
  sealName,
  tableRoot,
  verifiedPrefix,
  versionOfKey,
} from '../../src/domain/layout.ts';
import { isDecision } from '../../src/domain/ledger.ts';
import type { Readers } from '../../src/wiring/ports.ts';

/** Where a message lies in raw: `<key>#<line>`. */
export type Place = string;

export interface LakeFacts {
  readonly counts: Counts;
  readonly entries: number;
  readonly seals: number;
  /** Places of the live rows of the table, one per row. */
  readonly enriched: readonly Place[];
  readonly duplicates: readonly Place[];
  readonly documents: number;
}

type Row = Readonly<Record<string, unknown>>;
const STATES_AT_ONCE = 1_000;

const sorted = (texts: Iterable<string>): string[] => [...texts].sort();
const placeOf = (key: unknown, line: unknown): Place => `${String(key)}#${String(line)}`;

/** Asserts invariants I2 to I7 of one source of a lake, that nothing is pending, and that every entry is verified; says what there is. */
export async function checkLake(ports: Readers, contract: Contract = DESK): Promise<LakeFacts> {
  const { source, tables } = contract;
  // I3, the chain, is checked by readLedger.
  const { state, commits } = await readLedger(ports, source);
  const published = commits.flatMap(({ seals, revision }) => seals.map((seal) => `${seal} r${revision}`));
  expect(new Set(published).size).toBe(published.length);
  // What a process remembers, and an index may have told it, is what the entries say.
  const whole = await readWholeLedger(ports, source);
  expect(commits).toEqual(whole.commits);
  expect(state.headSha256).toBe(whole.state.headSha256);
  expect(sorted(state.files.keys())).toEqual(sorted(whole.state.files.keys()));
  expect(await verifiedVersions(ports, source)).toMatchObject({ upTo: commits.length - 1, size: commits.length });
  const verified: number[] = [];
  for await (const { key } of ports.store.list(verifiedPrefix(source))) verified.push(versionOfKey(key));
  expect(verified).toEqual(commits.flatMap((commit, n) => (isDecision(commit) ? [n] : [])));

  let counts = NO_COUNTS;
  for (const commit of commits) {
    const manifest = await readManifest(ports, commit);
    checkEquation(manifest.counts, manifest.seals.join(', '));
    expect(commit.counts).toEqual(manifest.counts);
    counts = addCounts(counts, manifest.counts);
  }

  const raw = await rawPlaces(ports, source);
  const seals = await checkSeals(ports, source, new Set(raw.map((place) => place.replace(/#.*$/, ''))));
  expect(sorted(new Set(commits.flatMap((commit) => commit.seals)))).toEqual(sorted(seals));

  const judged = await judgements(ports, source, [...state.files.keys()]);
  expect(sorted(judged.keys())).toEqual(raw);
  const claims = [...judged.values()].filter((row) => row['verdict'] !== 'duplicate');
  expect(new Set(claims.map((row) => row['identity_hash'])).size).toBe(claims.length);
  const identities = new Set([...judged.values()].map((row) => row['identity_hash']));
  expect(claims.length).toBe(identities.size);

  const enriched = [...judged].filter(([, row]) => row['verdict'] === 'enriched').map(([place]) => place);
  let documents = 0;
  for (const table of tables) {
    const rows = await tableRows(ports, table);
    const sent = enriched.filter((place) => String(judged.get(place)?.['tables']).split(',').includes(table.name));
    expect([table.name, sorted(rows.map((row) => placeOf(row['_raw_key'], row['_line'])))]).toEqual([
      table.name,
      sorted(sent),
    ]);
    if (table.documents) documents += await checkDocuments(ports, table, rows);
  }
  return {
    counts,
    entries: commits.length,
    seals: seals.length,
    enriched: sorted(enriched),
    duplicates: sorted([...judged].filter(([, row]) => row['verdict'] === 'duplicate').map(([place]) => place)),
    documents,
  };
}

/** Every line that raw objects hold, by their keys. */
async function rawPlaces({ store }: Readers, source: Source): Promise<readonly Place[]> {
  const places: Place[] = [];
  for await (const { key } of store.list(rawSourcePrefix(source))) {
    const count = parseRawKey(key)?.count ?? 0;
    for (let line = 0; line < count; line += 1) places.push(placeOf(key, line));
  }
  return places.sort();
}

/** I2: every raw object is in exactly one seal. Returns the seals' names. */
async function checkSeals(ports: Readers, source: Source, objects: ReadonlySet<string>): Promise<readonly string[]> {
  const names: string[] = [];
  const sealed: string[] = [];
  for await (const { key } of ports.store.list(`seals/source=${source}/`)) {
    if (parseSealKey(key) === undefined) continue;
    const seal = await readSeal(ports, key);
    names.push(sealName(seal.id));
    sealed.push(...seal.objects.map((object) => object.key));
  }
  expect(sorted(sealed)).toEqual(sorted(objects));
  return names;
}

/** The verdict of every line: the ledger row of the highest revision. */
async function judgements(ports: Readers, source: Source, files: readonly string[]): Promise<ReadonlyMap<Place, Row>> {
  const rows = await readAll(
    ports,
    files.map((file) => `${ledgerRoot(source)}${file}`),
    'SELECT raw_key, line, verdict, identity_hash, entity, tables FROM rows QUALIFY row_number() OVER (PARTITION BY raw_key, line ORDER BY revision DESC) = 1',
  );
  return new Map(rows.map((row) => [placeOf(row['raw_key'], row['line']), row]));
}

/** The live rows of a table; I4 is checked as its files are fetched. */
async function tableRows(ports: Readers, table: Table): Promise<readonly Row[]> {
  const root = tableRoot(table.name);
  const { files } = await ports.logs(root).refresh();
  return readAll(
    ports,
    [...files.keys()].map((file) => `${root}${file}`),
    'SELECT entity, version, _raw_key, _line FROM rows',
  );
}

async function readAll(ports: Readers, keys: readonly string[], sql: string): Promise<readonly Row[]> {
  if (keys.length === 0) return [];
  return ports.cache.withScratch(async (scratch) => {
    const paths: string[] = [];
    for (const key of keys) paths.push(await ports.cache.fetch(key, scratch, 'a live file'));
    const rows: Row[] = [];
    for await (const row of ports.reader.stream(paths, sql, scratch)) rows.push(row);
    return rows;
  });
}

/** I6, seen from the end: one document per entity, in its highest version. Returns their number. */
async function checkDocuments({ documents }: Readers, table: Table, rows: readonly Row[]): Promise<number> {
  const wanted = new Map<string, string>();
  for (const row of rows) {
    const entity = String(row['entity']);
    const version = String(row['version']);
    if (version > (wanted.get(entity) ?? '')) wanted.set(entity, version);
  }
  const entities = [...wanted.keys()];
  for (let i = 0; i < entities.length; i += STATES_AT_ONCE) {
    const some = entities.slice(i, i + STATES_AT_ONCE);
    const states = await documents.states(table, some);
    expect(some.map((entity) => states.get(entity)?.version)).toEqual(some.map((entity) => wanted.get(entity)));
  }
  const count = await documents.count(table);
  expect(count).toBe(entities.length);
  return count;
}
