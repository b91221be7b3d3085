/** A contract gains a column while the lake holds data: old rows have none of it, and everybody reads both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import type { Ports } from '../../src/activities/ports.ts';
import type { Contract, RecordRules } from '../../src/domain/sources/contract.ts';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { FANOUT } from '../../src/domain/plans/merge.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { notes, writeNotes } from '../support/notes.ts';
import { pythonReaders } from '../support/python-readers.ts';
import { bringForward, compactAll, rebuild, runWindow } from './run-window.ts';

const SCRIPT = fileURLToPath(new URL('read_table.py', import.meta.url));
const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

const OLD = notes({ name: 'old' });

/** The length of a note's word beside the word. */
function widened(): Contract<RecordRules> {
  const [table] = OLD.tables;
  const length = {
    name: 'length',
    type: 'int32',
    privacy: 'public',
    doc: 'letters of the word',
    document: 'length',
  } as const;
  const { judge } = OLD.rules;
  return {
    ...OLD,
    version: 2,
    variant: 'new',
    tables: [{ ...table, columns: [...table.columns, length] }],
    rules: {
      ...OLD.rules,
      judge: (receipt, message, context) => {
        const verdict = judge(receipt, message, context);
        if (verdict.kind !== 'row') return verdict;
        const { word } = verdict.cells;
        return { ...verdict, cells: { ...verdict.cells, length: typeof word === 'string' ? word.length : null } };
      },
    },
  };
}
const NEW = widened();

interface Seen {
  readonly types: Readonly<Record<string, string>>;
  readonly equal: number;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

async function scene(): Promise<Lake> {
  const lake = await openLake();
  toClose.push(() => lake.close());
  return lake;
}

async function code(lake: Lake, contract: Contract): Promise<Ports> {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-column-'));
  const silent = { info: () => undefined, warn: () => undefined };
  const config = { ...lake.config, WORK_DIR: dir };
  const { ports, close } = await openPorts(config, silent, { contracts: new Map([['desk', contract]]) });
  toClose.push(async () => {
    await close();
    rmSync(dir, { recursive: true, force: true });
  });
  return ports;
}

/** The table as deltalake and DuckDB's own Delta extension read it; both the same. */
async function readByOthers({ config }: Lake): Promise<Readonly<Record<'deltalake' | 'duckdb', Seen>>> {
  const read = await pythonReaders();
  const { S3_ENDPOINT: endpoint, S3_REGION: region, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = config;
  const s3 = { endpoint, region, accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY };
  const uri = `s3://${S3_BUCKET}/${tableRoot('notes')}`;
  const table = { uri, order: ['entity', 'version'], transaction: 'ledger/desk', equal: ['length', 4] };
  const answer = await read(SCRIPT, { s3, tables: { table } });
  const { table: seen } = answer as { table: Record<'deltalake' | 'duckdb', Seen> };
  expect(seen.duckdb.rows).toEqual(seen.deltalake.rows);
  return seen;
}

const lengthsOf = ({ rows }: Seen): readonly unknown[] =>
  rows.map(({ entity, length }) => `${String(entity)} ${String(length)}`);

test('old rows have null in it, new rows its values: in the table, documents, DuckDB and deltalake; also compacted, also judged again', async () => {
  const lake = await scene();
  const [old, wide] = [await code(lake, OLD), await code(lake, NEW)];
  const table = NEW.tables[0];
  const run = async (ports: Ports, n: number, note: string): Promise<void> => {
    await writeNotes(ports.store, windowAfter(n), [note]);
    expect(await runWindow(ports, { source: 'desk', window: windowAfter(n) })).toMatchObject([{ kind: 'published' }]);
  };
  await run(old, 0, 'a 1 um');
  await run(wide, 1, 'b 1 dois');
  // Still at work with the old contract: it takes no column away.
  await run(old, 2, 'c 1 tres');
  const seen = await readByOthers(lake);
  expect(seen.deltalake.types['length']).toBe('int32');
  expect(seen.duckdb.types['length']).toBe('INTEGER');
  expect(lengthsOf(seen.deltalake)).toEqual(['a null', 'b 4', 'c null']);
  expect([seen.deltalake.equal, seen.duckdb.equal]).toEqual([1, 1]);
  // Its document was written before the column was known.
  const before = await wide.documents.find(table, 'a');
  expect([before?.['word'], before?.['length'] ?? null]).toEqual(['um', null]);
  expect(await wide.documents.find(table, 'b')).toMatchObject({ word: 'dois', length: 4 });
  await checkLake(wide, NEW);

  for (let n = 3; n < FANOUT; n += 1) await run(n % 2 === 0 ? old : wide, n, `n${n} 1 cinco`);
  const small = await readByOthers(lake);
  expect(await compactAll(old, 'desk')).toBe(FANOUT);
  const after = await readByOthers(lake);
  expect(after.deltalake.rows).toEqual(small.deltalake.rows);
  expect(after.deltalake.types).toEqual(small.deltalake.types);

  expect(await rebuild(wide, { source: 'desk', window: windowAfter(0) })).toMatchObject({ kind: 'published' });
  await bringForward(old, { source: 'desk' });
  expect(lengthsOf((await readByOthers(lake)).deltalake).slice(0, 3)).toEqual(['a 2', 'b 4', 'c null']);
  expect(await wide.documents.find(table, 'a')).toMatchObject({ length: 2 });
  await checkLake(wide, NEW);
}, 400_000);
