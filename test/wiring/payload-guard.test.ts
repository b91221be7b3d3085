/** What is too large for Temporal is refused before it is sent, in a sentence: from a client, and from a worker. */
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { openLake } from '../support/lake.ts';

const LARGE = 'x'.repeat(70_000);
const SENTENCE = /A payload of 7\d{4} bytes was about to go through Temporal, at most 65536 may: keep it in the store/;

test('an input and an answer that are too large', async () => {
  // A worker puts the address of the UI into an answer.
  const lake = await openLake({ TEMPORAL_UI_URL: `http://127.0.0.1/${LARGE}` });
  const start = (input: object): Promise<unknown> =>
    lake.client.workflow.execute('etl', {
      workflowId: `etl-${randomUUID()}`,
      taskQueue: lake.config.CHATLAKE_TASK_QUEUE,
      args: [input],
    });
  await expect(start({ source: LARGE })).rejects.toThrow(SENTENCE);
  await lake.startWorker();
  await expect(start({})).rejects.toMatchObject({ cause: { message: expect.stringMatching(SENTENCE) } });
  await lake.close();
});
