/** What an engine refuses, whose a claim is, and which codes may meet: the same for both. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Engine } from '../../../src/adapters/engine/engine.ts';
import { InvariantViolation } from '../../../src/domain/errors.ts';
import {
  SEAL,
  decide,
  differences,
  engines,
  factsOf,
  folder,
  message,
  parquet,
  query,
  run,
  stage,
  writeRaw,
} from './support.ts';

const body = (day: number, more = {}): string =>
  JSON.stringify({ date: `0${day}/08/2021 11:35:42`, age: '40', ...more });
const both: readonly (readonly [string, Engine])[] = engines().map((engine) => [engine.name, engine]);

describe.each(both)('claims, by %s', (_, engine) => {
  test('the first by (raw key, line) is the claim, good or bad', async () => {
    const messages = [
      message('a', body(1)),
      message('b', 'no'),
      message('a', body(1)),
      message('b', 'no'),
      message('a', body(2)),
    ];
    const { decided, ledger } = await run(engine, writeRaw(await folder(), messages, 2));
    expect(decided.counts).toEqual({ received: 5, enriched: 2, duplicates: 2, quarantined: 1 });
    expect(decided.reasons).toEqual({ invalid_json: 1 });
    expect(decided.days).toEqual([
      { date: '2021-08-01', rows: 1 },
      { date: '2021-08-02', rows: 1 },
    ]);
    const verdicts = await query(`SELECT verdict FROM ${parquet(ledger)} ORDER BY raw_key, line`);
    expect(verdicts.map((row) => row['verdict'])).toEqual([
      'enriched',
      'quarantined',
      'duplicate',
      'duplicate',
      'enriched',
    ]);
  });

  test('the order of staged files does not matter', async () => {
    const messages = [1, 2, 1, 2, 3].map((day) => message(`id-${day}`, body(day)));
    const staged = await stage(engine, writeRaw(await folder(), messages, 2), { chunks: 3 });
    const [forward, backward] = [await decide(engine, staged), await decide(engine, [...staged].reverse())];
    expect(readFileSync(backward.ledger).equals(readFileSync(forward.ledger))).toBe(true);
  });

  test('a claim of another seal makes duplicates, a claim of this seal is mine', async () => {
    const earlier = await run(engine, writeRaw(await folder(), [message('a', body(1)), message('b', 'no')], 9), {
      seal: 'desk-2025-11-01T11-g0001',
    });
    const messages = [message('a', body(1)), message('b', 'no'), message('c', body(3))];
    const staged = await stage(engine, writeRaw(await folder(), messages, 9));
    const against = await decide(engine, staged, { claims: [earlier.ledger] });
    expect(against.decided.counts).toEqual({ received: 3, enriched: 1, duplicates: 2, quarantined: 0 });
    const again = await decide(engine, staged, { claims: [earlier.ledger, against.ledger], revision: 1 });
    expect(again.decided.counts).toEqual(against.decided.counts);
    const alone = await decide(engine, staged, { claims: [against.ledger], revision: 1 });
    expect(alone.decided.counts).toEqual({ received: 3, enriched: 2, duplicates: 0, quarantined: 1 });
  });

  test('nothing enriched gives a ledger file, no days and no files', async () => {
    const { decided, ledger, files } = await run(engine, writeRaw(await folder(), [message('a', 'no')], 9));
    expect(decided.days).toEqual([]);
    expect(files).toEqual([]);
    expect(await query(`SELECT entity, event_date FROM ${parquet(ledger)}`)).toEqual([
      { entity: null, event_date: null },
    ]);
  });
});

describe.each(both)('raw objects, by %s', (_, engine) => {
  const damaged = async (damage: (text: string) => string | Buffer, promised = 3): Promise<string[]> => {
    const objects = writeRaw(
      await folder(),
      [1, 2, 3].map((day) => message(`id-${day}`, body(day))),
      9,
    );
    const [object] = objects;
    const changed = damage(gunzipSync(readFileSync(object!.path)).toString());
    writeFileSync(object!.path, typeof changed === 'string' ? gzipSync(changed) : changed);
    return stage(engine, [{ ...object!, lines: promised }]);
  };
  const lines = (text: string): string[] => text.trimEnd().split('\n');

  test('fewer or more lines than promised are an InvariantViolation', async () => {
    await expect(damaged((text) => text, 4)).rejects.toThrow(InvariantViolation);
    await expect(damaged((text) => text, 2)).rejects.toThrow(InvariantViolation);
    await expect(damaged((text) => lines(text).slice(1).join('\n'))).rejects.toThrow(InvariantViolation);
    await expect(damaged(() => '')).rejects.toThrow(/promises 3 lines/);
  });

  test('a line twice, a gap and an unknown format are too', async () => {
    await expect(damaged((text) => [...lines(text).slice(0, 2), lines(text)[1]].join('\n'))).rejects.toThrow(
      InvariantViolation,
    );
    await expect(damaged((text) => text.replace('"n":2', '"n":3'))).rejects.toThrow(InvariantViolation);
    await expect(damaged((text) => text.replace('"v":1', '"v":2'))).rejects.toThrow(InvariantViolation);
    await expect(damaged((text) => text.replace('"body":', '"nobody":'))).rejects.toThrow(InvariantViolation);
  });

  test('a gzip file that was cut short is too', async () => {
    await expect(damaged((text) => gzipSync(text.repeat(1)).subarray(0, -20))).rejects.toThrow();
  });
});

describe.each(both)('several generations judged at once, by %s', (_, engine) => {
  const generations = async () => {
    // The second generation's object sorts before the first's: it was opened earlier, and sealed later.
    const [early] = writeRaw(await folder(), [message('a', body(1)), message('c', body(2)), message('d', 'no')], 9);
    const [late] = writeRaw(await folder(), [message('a', body(1)), message('b', body(1)), message('b', body(1))], 9);
    const later = { ...late!, key: late!.key.replace('1762000000000', '1762000000999') };
    const seals = [
      { name: SEAL, objects: [later.key] },
      { name: SEAL.replace('g0001', 'g0002'), objects: [early!.key] },
    ];
    return { objects: [later, early!], seals };
  };

  test('the first by (generation, raw key, line) is the claim, and every row names its own seal', async () => {
    const { objects, seals } = await generations();
    const { decided, ledger, files } = await run(engine, objects, { seals, revision: 1 });
    expect(decided.counts).toEqual({ received: 6, enriched: 3, duplicates: 2, quarantined: 1 });
    const rows = await query(
      `SELECT transport_id, verdict, seal, revision FROM ${parquet(ledger)} ORDER BY raw_key, line`,
    );
    expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
      `a duplicate ${seals[1]!.name} 1`,
      `c enriched ${seals[1]!.name} 1`,
      `d quarantined ${seals[1]!.name} 1`,
      `a enriched ${seals[0]!.name} 1`,
      `b enriched ${seals[0]!.name} 1`,
      `b duplicate ${seals[0]!.name} 1`,
    ]);
    const live = await query(
      `SELECT _seal, count(*)::INTEGER AS n FROM ${parquet(files.map(({ path }) => path))} GROUP BY ALL ORDER BY ALL`,
    );
    expect(live).toEqual([
      { _seal: seals[0]!.name, n: 2 },
      { _seal: seals[1]!.name, n: 1 },
    ]);
    expect(files.map((file) => file.seals)).toEqual([{ [seals[0]!.name]: 2, [seals[1]!.name]: 1 }]);
  });

  test('claims of their own earlier revisions are theirs; a line of no seal is refused', async () => {
    const { objects, seals } = await generations();
    const first = await run(engine, objects, { seals });
    const again = await decide(engine, first.staged, { seals, revision: 1, claims: [first.ledger] });
    expect(again.decided).toEqual(first.decided);
    const refused = decide(engine, first.staged, { seals: seals.slice(1), revision: 1 });
    await expect(refused).rejects.toThrow('of no seal');
  });
});

test('both engines give several generations the same verdicts in the same order', async () => {
  const objects = writeRaw(
    await folder(),
    [1, 2, 1, 3, 2, 1].map((day) => message(`id-${day}`, body(day))),
    2,
  );
  const seals = [2, 0, 1].map((at, i) => ({
    name: SEAL.replace('g0001', `g000${i + 1}`),
    objects: [objects[at]!.key],
  }));
  const [one, other] = await Promise.all(engines().map((engine) => run(engine, objects, { seals })));
  expect(await differences(parquet(one!.ledger), parquet(other!.ledger))).toEqual([]);
  expect(other!.decided).toEqual(one!.decided);
  const [facts, others] = [one!, other!].map(({ files }) => factsOf(files));
  expect(others).toEqual(facts);
  const [rows, otherRows] = [one!, other!].map(({ files }) => parquet(files.map(({ path }) => path)));
  expect(await differences(rows!, otherRows!)).toEqual([]);
});
