/** A filter on one event day opens only the files whose statistics allow it, whoever reads the table. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tableRoot } from '../../src/domain/formats/layout.ts';
import { filesOf, filesWithDays } from '../../src/domain/formats/table-file.ts';
import { openPorts } from '../../src/wiring/ports.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { notes, writeNotes } from '../support/notes.ts';
import { pythonReaders } from '../support/python-readers.ts';
import { runWindow } from './run-window.ts';

const SCRIPT = fileURLToPath(new URL('prune_table.py', import.meta.url));
/** The day of an entity is its name. */
const BY_NAME = notes({ name: 'days', day: (entity) => `2021-08-0${entity}` });
/** Of the four files two may hold the third of August, and one of them does not. */
const FILES = [['1', '2'], ['3'], ['2', '4'], ['5', '6']];
const DAY = '2021-08-03';

interface Answer {
  readonly deltalake: {
    readonly files: number;
    readonly opened: readonly string[];
    readonly rows: number;
    readonly days: readonly (readonly [string, string, string, number])[];
  };
  readonly duckdb: { readonly scanned: readonly [number, number] | null; readonly rows: number };
}

let lake: Lake;
let dir: string;
beforeAll(async () => {
  lake = await openLake();
  dir = mkdtempSync(join(tmpdir(), 'chatlake-pruning-'));
});
afterAll(async () => {
  await lake.close();
  rmSync(dir, { recursive: true, force: true });
});

test('deltalake and DuckDB pass over the files of other days, by the statistics in the log', async () => {
  const read = await pythonReaders();
  const silent = { info: () => undefined, warn: () => undefined };
  const config = { ...lake.config, WORK_DIR: dir };
  const { ports, close } = await openPorts(config, silent, { contracts: new Map([['desk', BY_NAME]]) });
  try {
    for (const [n, days] of FILES.entries()) {
      await writeNotes(
        ports.store,
        windowAfter(n),
        days.map((day) => `${day} ${n} um`),
      );
      await runWindow(ports, { source: 'desk', window: windowAfter(n) });
    }
    const root = tableRoot('notes');
    const { S3_ENDPOINT: endpoint, S3_REGION: region, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = config;
    const s3 = { endpoint, region, accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY };
    const { deltalake, duckdb } = (await read(SCRIPT, { s3, uri: `s3://${S3_BUCKET}/${root}`, day: DAY })) as Answer;
    const live = filesOf(await ports.logs(root).refresh());
    const expected = filesWithDays(live, [DAY])
      .map(({ path }) => path)
      .sort();
    expect(expected).toHaveLength(2);
    expect(deltalake.days.map(([, first, last, nulls]) => `${first} ${last} ${nulls}`).sort()).toEqual([
      '2021-08-01 2021-08-02 0',
      '2021-08-02 2021-08-04 0',
      '2021-08-03 2021-08-03 0',
      '2021-08-05 2021-08-06 0',
    ]);
    expect(deltalake).toMatchObject({ files: FILES.length, opened: expected, rows: 1 });
    expect(duckdb).toEqual({ scanned: [2, FILES.length], rows: 1 });
  } finally {
    await close();
  }
}, 400_000);
