/**
 * The local copy of a ledger: a row per verdict with hashes of its ids, so that one message among millions is found at once. It is
 * brought forward from the ledger before it is asked, and only narrows: what is said of a line is read from its own ledger file.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { logName } from '../domain/formats/delta.ts';
import { invariant } from '../domain/errors.ts';
import { type Source, ledgerRoot } from '../domain/formats/layout.ts';
import { LEDGER_ENTITY, literal } from '../domain/sql.ts';
import { mapSome } from '../domain/some.ts';
import { type LedgerView, readManifest } from '../lake/ledger.ts';
import type { Readers } from '../wiring/ports.ts';
import { counted } from './counted.ts';

type Needs = Pick<Readers, 'store' | 'cache' | 'reader'>;
type Row = Readonly<Record<string, unknown>>;

/** Where copies lie on this machine, and how a person is told what has to happen first. */
export interface CopyPlace {
  readonly folder: string;
  readonly say: (text: string) => void;
}

/** Raised when the columns change: copies of another number are left alone. */
const COPY_FORMAT = 2;
/** Behind by more entries than this, the live files are read instead: merged, they are far fewer. */
const FAR_BEHIND = 1_000;
const MANIFESTS_AT_ONCE = 16;
/** Ledger files read by one query. */
const FILES_AT_ONCE = 128;
const BYTES_AT_ONCE = 256 * 1_048_576;
/** More parts than this are made one. */
const MOST_PARTS = 16;
const MB = 1_048_576;

/** How ids are hashed: 64 bits of MD5, the same for every version of the engine. */
const hashOf = (sql: string): string => `md5_number_lower(${sql})`;

const COLUMNS = `${hashOf('transport_id')} AS transport, ${hashOf('identity_hash')} AS identity, ${hashOf(LEDGER_ENTITY)} AS entity,
  verdict, reason, field, seal, revision, raw_key, line, event_date`;

/** A condition on the copy: the column is the hash of one of these texts. */
export const isOneOf = (column: 'transport' | 'identity' | 'entity', texts: readonly string[]): string =>
  texts.length === 0 ? 'false' : `${column} IN (${texts.map((text) => hashOf(literal(text))).join(', ')})`;

export interface LedgerCopy {
  /** Asks the copy, seen as the view `rows`; none of a ledger without entries. */
  query(sql: string): Promise<readonly Row[]>;
}

interface Part {
  readonly first: number;
  readonly last: number;
  readonly head: string;
}

interface LedgerObject {
  readonly path: string;
  readonly bytes: number;
}

const partName = ({ first, last, head }: Part): string => `${first}-${last}-${head}`;

/** Opens the copy of a ledger, brought forward to its head; says first how much has to be read for that. */
export async function openLedgerCopy(
  ports: Needs,
  source: Source,
  ledger: LedgerView,
  { folder: root, say }: CopyPlace,
): Promise<LedgerCopy> {
  const folder = join(root, `${source}-v${COPY_FORMAT}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const parts = await soundParts(ports, source, folder, ledger);
  const from = (parts.at(-1)?.last ?? -1) + 1;
  const { version, headSha256 } = ledger.state;
  if (from <= version) {
    const whole = from === 0 || version - from >= FAR_BEHIND;
    const objects = whole ? liveFiles(ledger) : await decidedFiles(ports, ledger, from);
    const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
    if (objects.length > 0)
      say(
        `bringing the local copy of ledger ${source} forward: ${counted(objects.length, 'files')}, ${(bytes / MB).toFixed(1)} MB`,
      );
    const part = { first: whole ? 0 : from, last: version, head: headSha256 ?? '' };
    await makePart(ports, source, objects, join(folder, partName(part)));
    if (whole) await drop(folder, parts);
    parts.push(part);
  }
  if (parts.length > MOST_PARTS) await mergeParts(ports, folder, parts);
  const paths = await filesOf(folder, parts);
  return {
    query: (sql) =>
      paths.length === 0
        ? Promise.resolve([])
        : ports.cache.withScratch((scratch) => ports.reader.query(paths, sql, scratch)),
  };
}

/** The parts that follow each other from the first entry on and whose last entries are this ledger's. */
async function soundParts({ store }: Needs, source: Source, folder: string, { state }: LedgerView): Promise<Part[]> {
  const isSound = async ({ last, head }: Part): Promise<boolean> => {
    if (last >= state.version) return last === state.version && state.headSha256 === head;
    const entry = await store.get(`${ledgerRoot(source)}${logName(last)}`);
    return entry !== undefined && createHash('sha256').update(entry).digest('hex') === head;
  };
  const there = (await readdir(folder)).flatMap((name): Part[] => {
    const [, first = '', last = '', head = ''] = /^(\d+)-(\d+)-([0-9a-f]{64})$/.exec(name) ?? [];
    return head === '' ? [] : [{ first: Number(first), last: Number(last), head }];
  });
  const parts: Part[] = [];
  for (let next: Part | undefined; ; parts.push(next)) {
    const from = (parts.at(-1)?.last ?? -1) + 1;
    const fitting = there.filter(({ first }) => first === from).sort((a, b) => b.last - a.last);
    const sound = await Promise.all(fitting.map(isSound));
    next = fitting.find((_, i) => sound[i] === true);
    if (next === undefined) return parts;
  }
}

const liveFiles = ({ state }: LedgerView): readonly LedgerObject[] =>
  [...state.files.values()].map(({ path, size }) => ({ path, bytes: size }));

/** The ledger files of the decisions since `from`. */
async function decidedFiles(ports: Needs, { entries }: LedgerView, from: number): Promise<readonly LedgerObject[]> {
  const decisions = [...entries.decisions(from - 1)];
  return mapSome(decisions, MANIFESTS_AT_ONCE, async ([, entry]) => (await readManifest(ports, entry)).ledgerFile);
}

/** Makes a part as a folder that appears whole. Another process may make the same at the same time: then its part is taken. */
async function makePart(ports: Needs, source: Source, objects: readonly LedgerObject[], path: string): Promise<void> {
  await ports.cache.withScratch(async (scratch) => {
    const made = join(scratch, 'part');
    await mkdir(made);
    for (const [n, group] of groups(objects).entries()) {
      const inputs = join(scratch, 'in');
      await mkdir(inputs);
      const paths: string[] = [];
      for (const object of group)
        paths.push(await ports.cache.fetch(`${ledgerRoot(source)}${object.path}`, inputs, 'a ledger file'));
      await ports.reader.copy(paths, `SELECT ${COLUMNS} FROM rows`, join(made, `${n}.parquet`), scratch);
      await rm(inputs, { recursive: true });
    }
    await appear(made, path);
  });
}

/** Gives a finished folder its name; one that is there already holds the same. */
async function appear(made: string, path: string): Promise<void> {
  await rename(made, path).catch((error: unknown) => {
    const { code } = error as { code?: string };
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  });
}

function groups(objects: readonly LedgerObject[]): readonly (readonly LedgerObject[])[] {
  const result: LedgerObject[][] = [];
  let bytes = Infinity;
  for (const object of objects) {
    bytes += object.bytes;
    let group = result.at(-1);
    if (group === undefined || group.length >= FILES_AT_ONCE || bytes > BYTES_AT_ONCE) {
      group = [];
      result.push(group);
      bytes = object.bytes;
    }
    group.push(object);
  }
  return result;
}

/** Makes many parts one. The old ones go last, so that a killed process leaves all of them or the new one. */
async function mergeParts(ports: Needs, folder: string, parts: Part[]): Promise<void> {
  const [last] = parts.slice(-1);
  invariant(last !== undefined, 'there are no parts to merge');
  const merged: Part = { ...last, first: 0 };
  const paths = await filesOf(folder, parts);
  await ports.cache.withScratch(async (scratch) => {
    const made = join(scratch, 'part');
    await mkdir(made);
    await ports.reader.copy(paths, 'SELECT * EXCLUDE (filename) FROM rows', join(made, '0.parquet'), scratch);
    await appear(made, join(folder, partName(merged)));
  });
  await drop(folder, parts);
  parts.push(merged);
}

async function drop(folder: string, parts: Part[]): Promise<void> {
  for (const part of parts.splice(0)) await rm(join(folder, partName(part)), { recursive: true, force: true });
}

async function filesOf(folder: string, parts: readonly Part[]): Promise<readonly string[]> {
  const names = await Promise.all(
    parts.map(async (part) => {
      const own = join(folder, partName(part));
      return (await readdir(own)).map((name) => join(own, name));
    }),
  );
  return names.flat();
}
