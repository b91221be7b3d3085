/** docs/analysis.ipynb, run from its first cell to its last on the lake of a month in S3: what it says is what a script of its own says. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openMemoryLake } from '../support/memory-lake.ts';
import { MONTH_COUNTS, monthQuestions, receiveMonth } from '../support/month.ts';
import { ANALYSIS, READERS, pythonWith } from '../support/python-readers.ts';
import { stack } from '../support/stack.ts';
import { openS3Part } from '../support/stores.ts';

const NOTEBOOK = resolve('docs/analysis.ipynb');
const { notebook: said } = monthQuestions;
const dir = mkdtempSync(join(tmpdir(), 'chatlake-notebook-'));
let outputs: Readonly<Record<string, { readonly text: string; readonly charts: number }>>;

beforeAll(async () => {
  const run = await pythonWith(READERS, ANALYSIS);
  const part = openS3Part();
  const lake = openMemoryLake(undefined, part.store);
  try {
    await receiveMonth(await lake.process());
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = stack().s3;
    const environment = {
      S3_ENDPOINT: endpoint,
      S3_REGION: region,
      S3_BUCKET: `${bucket}/${part.prefix.replace(/\/$/, '')}`,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
      // Nothing of the person who runs the tests is read or written.
      ...Object.fromEntries(
        ['IPYTHONDIR', 'JUPYTER_CONFIG_DIR', 'JUPYTER_DATA_DIR', 'JUPYTER_RUNTIME_DIR', 'MPLCONFIGDIR'].map((name) => [
          name,
          join(dir, name),
        ]),
      ),
    };
    const asked = { notebook: NOTEBOOK, folder: resolve('docs') };
    outputs = (await run('test/integration/run_notebook.py', asked, environment)) as typeof outputs;
  } finally {
    lake.close();
    await part.close();
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

test('how much came in, and by which channel', () => {
  const { interactions, channel, most } = said;
  const days = new Set(monthQuestions['desk_per_day']!.map(([day]) => day)).size;
  expect(outputs['volume']).toEqual({
    text: `${String(interactions)} interactions on ${days} days; most came by ${String(channel)}: ${String(most)}.\n`,
    charts: 1,
  });
});

test('CSAT, with what it is made of', () => {
  const [scored, good, all] = [said['scored'], said['good'], said['interactions']].map(Number) as [
    number,
    number,
    number,
  ];
  expect(outputs['csat']).toEqual({
    text: `CSAT is ${((100 * good) / scored).toFixed(1)}%: ${good} of ${scored} scores; ${all - scored} interactions have none.\n`,
    charts: 1,
  });
});

test('the busiest hour', () => {
  const { weekday, hour, busiest } = said;
  const day = ['', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][Number(weekday)]!;
  expect(outputs['hours']).toEqual({
    text: `The busiest hour is ${day} from ${Number(hour)} to ${Number(hour) + 1}: ${Number(busiest)} interactions.\n`,
    charts: 1,
  });
});

test('lengths of Telegram’s texts', () => {
  const { texts, mean, median } = said;
  expect(outputs['lengths']).toEqual({
    text: `${Number(texts)} texts have ${Number(mean).toFixed(1)} code points on average; half have ${Number(median)} or fewer.\n`,
    charts: 1,
  });
});

test('what could not be read, and that it adds up', () => {
  const sum = (count: keyof typeof MONTH_COUNTS.desk): number =>
    MONTH_COUNTS.desk[count] + MONTH_COUNTS.telegram[count];
  expect(outputs['unread']).toEqual({
    text: `${sum('received')} received = ${sum('enriched')} used + ${sum('duplicates')} repeated + ${sum('quarantined')} that could not be read.\n2 × desk: invalid_date (date)\n1 × desk: not_an_object ($)\n`,
    charts: 1,
  });
});

test('it is committed without outputs: nobody’s lake and no machine’s path stands in it', () => {
  const { cells } = JSON.parse(readFileSync(NOTEBOOK, 'utf8')) as { readonly cells: readonly object[] };
  const code = cells.filter((cell) => 'outputs' in cell);
  expect(code.length).toBeGreaterThan(5);
  for (const cell of code) expect(cell).toMatchObject({ outputs: [], execution_count: null });
});
