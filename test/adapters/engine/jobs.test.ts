/** What an engine refuses, whose a claim is, and which codes may meet: the same for both. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { Engine } from '../../../src/adapters/engine/engine.ts';
import { NO_MOVES } from '../../../src/domain/cleanse.ts';
import { DESK } from '../../../src/domain/contracts/desk.ts';
import { InvariantViolation } from '../../../src/domain/errors.ts';
import { CODE, SEAL, decide, engines, folder, message, parquet, query, run, stage, writeRaw } from './support.ts';

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
    expect(decided.dates).toEqual([
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

  test('nothing enriched gives a ledger file and no dates', async () => {
    const { decided, ledger } = await run(engine, writeRaw(await folder(), [message('a', 'no')], 9));
    expect(decided.dates).toEqual([]);
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

describe.each(both)('code versions, by %s', (_, engine) => {
  test('dedupe and compress refuse staged files of other code, naming both', async () => {
    const [object] = writeRaw(await folder(), [message('a', body(1))], 9);
    const [mine] = await stage(engine, [object!]);
    const root = await folder();
    const other = join(root, 'other.parquet');
    await engine.cleanse({
      contract: DESK,
      moves: NO_MOVES,
      code: '0.2.0/1/x',
      objects: [object!],
      out: other,
      scratch: root,
    });
    const job = { seal: SEAL, code: CODE, staged: [mine!, other] };
    const refusal = new InvariantViolation(`${SEAL}: a staged file was made by 0.2.0/1/x, this job runs ${CODE}`);
    const ledger = join(root, 'ledger.parquet');
    await expect(engine.dedupe({ ...job, revision: 0, claims: [], out: ledger, scratch: root })).rejects.toThrow(
      refusal,
    );
    const { ledger: good } = await decide(engine, [mine!]);
    await expect(
      engine.compress({ ...job, contract: DESK, ledger: good, dates: ['2021-08-01'], outFolder: root }),
    ).rejects.toThrow(refusal);
    const unnamed = { ...job, staged: [good] };
    await expect(engine.dedupe({ ...unnamed, revision: 0, claims: [], out: ledger, scratch: root })).rejects.toThrow(
      /left no name/,
    );
  });
});
