/** What a person may type in the Temporal UI, on the real server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { type Lake, openLake } from '../support/lake.ts';

let lake: Lake;

beforeAll(async () => {
  lake = await openLake();
  await lake.startWorker();
});
afterAll(() => lake.close());

async function failureOf(type: string, args: unknown[]): Promise<string> {
  const run = lake.client.workflow.execute(type, {
    workflowId: `${type}-${Math.random()}`,
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args,
  });
  const error = await run.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof WorkflowFailedError)) return `unexpected: ${String(error)}`;
  let cause: Error | undefined = error.cause;
  while (cause?.cause instanceof Error) cause = cause.cause;
  return String(cause?.message);
}

test.each<[string, unknown, RegExp]>([
  [
    'an unknown field',
    { windw: '2026-11-22T03' },
    /it has a field that is not known.*Allowed fields: source, window, from, to, parked\. Sample: \{"source"/,
  ],
  [
    'an impossible date',
    { source: 'desk', window: '2026-02-31T03' },
    /must be an hour that exists.*Allowed fields: source, window, from, to/,
  ],
  ['an unknown source', { source: 'fax' }, /"source" must be a source, not another text; there are: desk/],
  ['a window without its source', { window: '2026-11-22T03' }, /give "source" too/],
  ['a range turned round', { from: '2026-11-22', to: '2026-11-21' }, /"from" lies after "to"/],
  ['a list', [1], /must be a JSON object/],
  ['a text', 'desk', /must be a JSON object/],
])('etl refuses %s at once and says what is allowed', async (_, input, sentence) => {
  expect(await failureOf('etl', [input])).toMatch(sentence);
});

test('etlWindow and consume refuse what they cannot use', async () => {
  expect(await failureOf('etlWindow', [{ source: 'desk' }])).toMatch(/"source" and "window" are both needed/);
  expect(await failureOf('consume', [{}])).toMatch(/"subscription" must name a source/);
  expect(await failureOf('consume', [{ subscription: 'fax' }])).toMatch(/"subscription" must name a source/);
});

test.each([[[]], [[null]], [[{}]], [[{ source: '', window: '' }]]])(
  'etl takes %j as everything pending',
  async (args: unknown[]) => {
    const run = lake.client.workflow.execute('etl', {
      workflowId: `etl-${Math.random()}`,
      taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
      args,
    });
    expect(await run).toMatchObject({ windows: 0 });
  },
);

test('a window in which nothing was received is run and reported as empty', async () => {
  const result: unknown = await lake.client.workflow.execute('etl', {
    workflowId: 'etl-empty',
    taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
    args: [{ source: 'desk', window: '2026-11-22T03' }],
  });
  expect(result).toEqual({ windows: 1, counts: { received: 0, enriched: 0, duplicates: 0, quarantined: 0 } });
});
