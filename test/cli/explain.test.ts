/** explain, on a small lake: the whole path of every kind of message, wherever it is. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { createSealWindow } from '../../src/activities/window/seal-window.ts';
import { explain } from '../../src/inspect/explain.ts';
import type { Explained } from '../../src/inspect/explain/facts.ts';
import { printExplained } from '../../src/cli/explain/print.ts';
import type { Readers } from '../../src/wiring/ports.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { BOT, type SmallLake, W0, W1, fillSmallLake, good, openSmallLake } from '../support/small-lake.ts';

let lake: SmallLake;
let keys: Awaited<ReturnType<typeof fillSmallLake>>;
let ports: Readers;
let close: () => Promise<void>;
const said: string[] = [];

beforeAll(async () => {
  lake = await openSmallLake();
  keys = await fillSmallLake(lake);
  ({ ports, close } = await lake.readers());
});
afterAll(async () => {
  await close();
  await lake.close();
});

const ask = (id: string, body = false): Promise<Explained> =>
  explain(
    ports,
    id,
    {
      brokerName: 'desk',
      botId: BOT,
      copy: { folder: join(lake.config.WORK_DIR, 'copies'), say: (text) => void said.push(text) },
    },
    body,
  );

test('an enriched message: receipt, seal, verdict, row group, document, report; every delivery of its id', async () => {
  const { lines } = await ask('desk:a');
  expect(lines).toMatchObject([
    {
      source: 'desk',
      place: `${keys.first}#0`,
      station: 'done',
      receipt: { at: '2026-01-01T00:00:00.000Z', window: W0, transportId: 'desk:a', readable: true, objectLines: 3 },
      seal: { name: `desk-${W0}-g0001`, generation: 1 },
      revisions: [{ revision: 0, ledgerVersion: 0, verdict: 'enriched', reason: null }],
      rows: [{ table: 'desk_interactions', rowGroup: 0, current: true }],
      documents: [{ collection: 'desk_interactions', holds: 'this', state: { at: 0 } }],
      reports: [{ name: 'desk_service', ledgerVersion: 0 }],
    },
    {
      place: `${keys.second}#0`,
      revisions: [{ verdict: 'duplicate', ledgerVersion: 1 }],
      claim: { place: `${keys.first}#0`, at: '2026-01-01T00:00:00.000Z' },
    },
  ]);
  expect(said.join()).toMatch(/copy of ledger desk forward: 3 files/);
  const [
    {
      rows: [row],
      documents: [document],
    },
  ] = lines as unknown as [Explained['lines'][0]];
  expect(await lake.store.head(row!.file!)).toBeDefined();
  expect((await ask(document!.id)).lines.map(({ place }) => place)).toEqual(lines.map(({ place }) => place));
});

test('a quarantined one says why; its body is shown only when asked for', async () => {
  const explained = await ask('c');
  expect(explained.lines).toMatchObject([
    {
      station: 'done',
      revisions: [
        {
          verdict: 'quarantined',
          reason: 'invalid_date',
          field: 'date',
          meaning: { en: expect.stringContaining('date') },
        },
      ],
      rows: [],
    },
  ]);
  expect(JSON.stringify(explained)).not.toContain('2021-08-02');
  expect(printExplained(explained)).toMatch(/quarantined: invalid_date at date .*\n.*quarantine fix/);
  const [line] = (await ask(`${keys.first}#2`, true)).lines;
  expect(line!.receipt.body).toContain('2021-08-02');
});

test('a Telegram update id, its row in each table', async () => {
  const { lines } = await ask('11');
  expect(lines.map(({ revisions }) => revisions[0]!.verdict)).toEqual(['enriched', 'duplicate']);
  expect(lines[0]!.rows.map(({ table }) => table)).toEqual(['telegram_messages', 'telegram_texts']);
  expect(lines[0]!.receipt.transportId).toBe(`${BOT}:11`);
});

test('a message that waits says where it is and what will happen; new entries are taken into the copy', async () => {
  const window = windowAfter(5);
  await lake.land('desk', window, [good('w'), good('a')]);
  expect((await ask('w')).lines).toMatchObject([
    { station: 'unsealed', seal: null, next: { en: expect.stringMatching(/in no seal yet/) } },
  ]);
  expect((await ask('desk:a')).lines).toHaveLength(3);
  await createSealWindow(lake.ports)({ source: 'desk', window, parked: true });
  expect((await ask('w')).lines).toMatchObject([
    { station: 'sealed', seal: { generation: 1 }, next: { en: expect.stringMatching(/no ledger entry yet/) } },
  ]);
  said.length = 0;
  await lake.run('desk', window);
  expect((await ask('w')).lines).toMatchObject([{ station: 'done', revisions: [{ ledgerVersion: 3 }] }]);
  expect(said).toEqual([expect.stringMatching(/: 1 file, /)]);
});

test('what is unknown, a line that is not there, an object that is gone', async () => {
  const unknown = await ask('nobody');
  expect(unknown.lines).toEqual([]);
  expect(printExplained(unknown)).toContain('nobody is not known');
  await expect(ask(`${keys.first}#3`)).rejects.toThrow(/lines 0 to 2/);
  const body = (await lake.store.get(keys.second))!;
  await lake.store.remove(keys.second);
  expect((await ask('desk:d')).lines).toMatchObject([
    { receipt: { readable: false }, revisions: [{ verdict: 'enriched' }] },
  ]);
  await lake.store.put(keys.second, body, { ifAbsent: true });
  expect(W1).toBe(windowAfter(1));
});
