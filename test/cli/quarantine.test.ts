/** quarantine, on a small lake: groups, one message, patched by rules beside what was received. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeRaw } from '../../src/lake/raw.ts';
import { explain } from '../../src/inspect/explain.ts';
import { fix } from '../../src/cli/quarantine/fix.ts';
import { type Which, groupsOf, quarantined } from '../../src/cli/quarantine/groups.ts';
import { windowsOf } from '../../src/cli/quarantine/replay.ts';
import { readRuleFile } from '../../src/cli/quarantine/rule-file.ts';
import { verify } from '../../src/cli/verify.ts';
import { FIX_OF, FIX_RULES } from '../../src/domain/judge/fix.ts';
import { rawReader } from '../../src/inspect/raw-lines.ts';
import { windowStart } from '../../src/domain/window.ts';
import { type Readers, dryContext } from '../../src/wiring/ports.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { BOT, type SmallLake, W0, fillSmallLake, openSmallLake, update } from '../support/small-lake.ts';

let lake: SmallLake;
let ports: Readers;
let close: () => Promise<void>;
let dir: string;
let first: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'chatlake-rules-'));
  lake = await openSmallLake();
  ({ first } = await fillSmallLake(lake));
  ({ ports, close } = await lake.readers());
});
afterAll(async () => {
  await close();
  await lake.close();
  rmSync(dir, { recursive: true });
});

const copy = () => ({ folder: join(dir, 'copies'), say: () => undefined });

function rules(value: unknown): ReturnType<typeof readRuleFile> {
  const path = join(dir, 'rules.json');
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return readRuleFile(path);
}

/** Fixes what matches, landing it in a window of its own. */
async function runFix(
  file: ReturnType<typeof readRuleFile>,
  hours: number,
  { dryRun = false, which = {} }: { dryRun?: boolean; which?: Which } = {},
) {
  const messages = await quarantined(ports, file.source, which, copy());
  const now = windowStart(windowAfter(hours));
  const contract = ports.contracts.get(file.source)!;
  return fix(ports, { contract, file, context: dryContext(), dryRun, now }, messages);
}

const DATES = {
  source: 'desk',
  rules: [
    {
      when: { reason: 'invalid_date', field: 'date' },
      path: 'date',
      change: { date: { from: 'yyyy-MM-dd HH:mm:ss', to: 'dd/MM/yyyy HH:mm:ss' } },
    },
  ],
};

test('groups say how many, since when and where', async () => {
  expect(await groupsOf(ports, ['desk', 'telegram'], {}, copy())).toEqual([
    {
      source: 'desk',
      reason: 'invalid_date',
      meaning: expect.stringContaining('date'),
      field: 'date',
      messages: 1,
      first: '2026-01-01T00:00:00.000Z',
      last: '2026-01-01T00:00:00.000Z',
      sample: `${first}#2`,
    },
  ]);
  expect(await groupsOf(ports, ['desk'], { reason: 'no_identity' }, copy())).toEqual([]);
  expect(windowsOf(await quarantined(ports, 'desk', { field: 'date' }, copy()))).toEqual([W0]);
});

test('a dry run says what would pass and writes nothing; the fix lands it beside what was received, once', async () => {
  const before = await keysOf();
  const dry = await runFix(rules(DATES), 9, { dryRun: true });
  expect(dry).toMatchObject({ matched: 1, already: 0, unchanged: 0, passing: 1, failing: {}, written: [] });
  expect(dry.samples).toEqual([{ place: `${first}#2`, from: 'invalid_date date', to: 'passes' }]);
  expect(await keysOf()).toEqual(before);

  const fixed = await runFix(rules(DATES), 9);
  const [line] = (await rawReader(ports)(fixed.written[0]!))!;
  expect(line).toMatchObject({
    id: 'desk:c:fixed',
    receivedAt: windowStart(W0),
    headers: { [FIX_OF]: `${first}#2`, [FIX_RULES]: rules(DATES).sha256 },
  });
  await lake.run('desk', windowAfter(9));
  const context = { brokerName: 'desk', botId: BOT, copy: copy() };
  expect((await explain(ports, 'desk:c', context)).lines.map(({ revisions }) => revisions[0]!.verdict)).toEqual([
    'quarantined',
    'enriched',
  ]);
  expect(await runFix(rules(DATES), 10)).toMatchObject({ matched: 1, already: 1, passing: 0, written: [] });
});

/** A rule that writes another date than DATES does. */
const OTHER_DATE = { source: 'desk', rules: [{ path: 'date', change: { set: '01/02/2021 10:00:00' } }] };

test('one message is fixed once, whoever has not seen the list: after an interruption, or two operators at once, by whatever rules', async () => {
  const forget = async () => {
    for await (const { key } of lake.store.list('meta/fixes/')) await lake.store.remove(key);
  };
  await forget();
  expect(await runFix(rules(OTHER_DATE), 11)).toMatchObject({ already: 0, passing: 1 });
  await forget();
  expect(await runFix(rules(DATES), 11)).toMatchObject({ already: 0, passing: 1 });
  await lake.run('desk', windowAfter(11));
  const { lines } = await explain(ports, 'desk:c:fixed', { brokerName: 'desk', botId: BOT, copy: copy() });
  expect(lines.map(({ revisions }) => revisions[0]!.verdict)).toEqual(['enriched', 'duplicate', 'duplicate']);
});

test('a reused id is two messages, and both are fixed', async () => {
  const bad = '{"date":"2021-08-02 11:35:43","channel":"chat"}';
  await lake.land('desk', windowAfter(20), [
    ['desk:reused', bad],
    ['desk:reused', bad.replace('chat', 'sms')],
  ]);
  await lake.run('desk', windowAfter(20));
  const which = { reason: 'invalid_date' };
  expect(await runFix(rules(DATES), 21, { which })).toMatchObject({ passing: 2 });
  await lake.run('desk', windowAfter(21));
  const { lines } = await explain(ports, 'desk:reused:fixed', { brokerName: 'desk', botId: BOT, copy: copy() });
  expect(lines.map(({ revisions }) => revisions[0]!.verdict)).toEqual(['enriched', 'enriched']);
});

test('bytes that are no UTF-8 are fixed by their encoding', async () => {
  const body = Buffer.from('{"date":"02/08/2021 11:35:42","services":["informações"]}', 'latin1');
  const receivedAt = windowStart(windowAfter(22));
  await writeRaw(lake.store, 'desk', receivedAt, [{ id: 'desk:latin', receivedAt, headers: {}, body }]);
  await lake.run('desk', windowAfter(22));
  const which = { reason: 'not_utf8' };
  const undecoded = { source: 'desk', rules: [{ path: 'date', change: { set: 'x' } }] };
  expect(await runFix(rules(undecoded), 23, { which })).toMatchObject({ unchanged: 1, passing: 0 });
  const file = rules({
    source: 'desk',
    rules: [{ when: { reason: 'not_utf8' }, path: '', change: { decode: 'iso-8859-1' } }],
  });
  const fixed = await runFix(file, 23, { which });
  expect(fixed).toMatchObject({ matched: 1, passing: 1 });
  const [line] = (await rawReader(ports)(fixed.written[0]!))!;
  expect(line?.body).toBe('{"date":"02/08/2021 11:35:42","services":["informações"]}');
});

test('an update of Telegram is fixed under an identity of its own, for the message it is', async () => {
  const [, body, headers] = update(21);
  await lake.land('telegram', windowAfter(12), [
    ['', body.replace('"message_id":21', '"message_id":"21"'), headers!],
    ['', '{"update_id":22,', headers!],
  ]);
  await lake.run('telegram', windowAfter(12));
  const file = rules({ source: 'telegram', rules: [{ path: 'message.message_id', change: { set: 21 } }] });
  expect(await runFix(file, 13)).toMatchObject({ matched: 2, passing: 1, unchanged: 1 });
  await lake.run('telegram', windowAfter(13));
  const { lines } = await explain(ports, '21', { brokerName: 'desk', botId: BOT, copy: copy() });
  expect(lines.map(({ receipt, revisions }) => [receipt.transportId, revisions[0]!.verdict])).toEqual([
    [`${BOT}:21`, 'quarantined'],
    [`${BOT}:21:fixed`, 'enriched'],
  ]);
  const { findings } = await verify(ports, [...ports.contracts.values()], {}, () => undefined);
  expect(findings).toEqual([]);
});

test.each<[string, unknown, RegExp]>([
  ['no JSON', '{', /cannot be read/],
  [
    'an unknown reason',
    { source: 'desk', rules: [{ when: { reason: 'bad' }, path: 'a', change: { remove: true } }] },
    /rules.0.when.reason/,
  ],
  [
    'two changes at once',
    { source: 'desk', rules: [{ path: 'a', change: { remove: true, set: 1 } }] },
    /rules.0.change/,
  ],
  [
    'a decoding inside the body',
    { source: 'desk', rules: [{ path: 'a', change: { decode: 'iso-8859-1' } }] },
    /decode is of the whole body/,
  ],
  [
    'a removal of the whole body',
    { source: 'desk', rules: [{ path: '', change: { remove: true } }] },
    /the body as text takes/,
  ],
  [
    'a form that is none',
    { source: 'desk', rules: [{ path: 'a', change: { date: { from: 'x', to: 'dd' } } }] },
    /is not a rule file/,
  ],
])('a rule file with %s is refused in one sentence', (_, value, sentence) => {
  expect(() => rules(value)).toThrow(sentence);
});

async function keysOf(): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of lake.store.list('')) keys.push(key);
  return keys;
}
