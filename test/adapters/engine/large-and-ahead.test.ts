/** Bodies too large to be read, and dates that a wrong clock wrote: both engines judge them as the reference says. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { engines, folder, message, parquet, query, stage, writeRaw } from './support.ts';

const MB = 1_048_576;
let into = '';
beforeAll(async () => void (into = await folder()));
afterAll(() => rm(into, { recursive: true }));

/** What each engine says of the lines, in their order. */
async function judged(objects: ReturnType<typeof writeRaw>): Promise<readonly (readonly unknown[])[]> {
  const all: (readonly unknown[])[] = [];
  for (const engine of engines()) {
    const staged = await stage(engine, objects);
    const rows = await query(
      `SELECT reason, event_date::VARCHAR AS day, list_transform(issues, x -> x.field || ' ' || x.code)::VARCHAR AS issues
        FROM ${parquet(staged)} ORDER BY raw_key, line`,
    );
    all.push(rows.map(({ reason, day, issues }) => [reason, day, issues]));
  }
  return all;
}

test('a desk’s date up to a day ahead of the receipt is an issue, further ahead a reason', async () => {
  // The receipt was at 09:26:40 in São Paulo on 1 November 2025.
  const dates = ['01/11/2025 09:31:40', '01/11/2025 09:31:41', '02/11/2025 09:26:40', '02/11/2025 09:26:41'];
  const messages = dates.map((date, i) => message(`m${i}`, JSON.stringify({ date })));
  // The same dates where SQL does not read them itself.
  const suspects = dates.map((date, i) => message(`s${i}`, JSON.stringify({ date, x: [[1]] })));
  const expected = [
    [null, '2025-11-01', '[]'],
    [null, '2025-11-01', '[date ahead_of_receipt]'],
    [null, '2025-11-02', '[date ahead_of_receipt]'],
    ['date_out_of_range', null, '[]'],
  ];
  const [duckdb, node] = await judged(writeRaw(into, [...messages, ...suspects], 8));
  expect(node).toEqual([...expected, ...expected]);
  expect(duckdb).toEqual(node);
});

test.each([9, 45, 92])(
  'a body of %d MB in an object of its own has a verdict, and its neighbours theirs',
  async (mb) => {
    const good = writeRaw(into, [message('good', '{"date":"01/11/2025 09:00:00"}')], 1);
    const large = writeRaw(into, [message('large', new Uint8Array(mb * MB).fill(1))], 1);
    const keyed = large.map((object) => ({ ...object, key: object.key.replace('1762000000000', '1762000000001') }));
    const expected = [
      [null, '2025-11-01', '[]'],
      ['too_large', null, '[]'],
    ];
    expect(await judged([...good, ...keyed])).toEqual([expected, expected]);
  },
);
