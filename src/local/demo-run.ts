/** The demo as `npm start` plays it: both sources' messages into an empty store, the pipeline over them, the reports. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { readLedger } from '../lake/ledger.ts';
import { verifiedVersions } from '../lake/verified.ts';
import { demo, isEmulated } from '../cli/demo.ts';
import { report } from '../cli/report.ts';
import { DESK } from '../domain/sources/desk/contract.ts';
import { NO_COUNTS, addCounts } from '../domain/counts.ts';
import { SetupError, TransientError, invariant } from '../domain/errors.ts';
import { type Source, parseRawKey, rawSourcePrefix } from '../domain/formats/layout.ts';
import { type Readers, openReaders } from '../wiring/ports.ts';
import { openClient } from '../wiring/temporal.ts';
import type { System } from './system.ts';

const PATIENCE_MS = 60_000;

/** Plays the demo when nothing was ever received; otherwise brings forward what is pending. Prints the report either way. */
export async function runDemo({ config }: System, say: (line: string) => void): Promise<void> {
  const { ports, close } = await openReaders(config);
  const { client, close: disconnect } = await openClient(config);
  try {
    if ((await landed(ports, 'desk')) + (await landed(ports, 'telegram')) === 0) {
      await until(() => isSubscribed(client), 'the consumer did not subscribe');
      const { desk, telegram } = await demo(config);
      say(`\ndemo: ${desk} messages published to ${config.STOMP_SEND_DESTINATION}`);
      if (isEmulated(config)) say(`demo: ${telegram} updates delivered by the emulator of Telegram to the gateway`);
      await until(
        async () => (await landed(ports, 'desk')) >= desk && (await landed(ports, 'telegram')) >= telegram,
        'the demo did not land',
      );
      say(`demo: ${desk + telegram} messages are in raw and acknowledged`);
    } else {
      say('\nthe store has data already: the demo is not sent again (npm run demo does)');
    }
    const started = Date.now();
    await client.workflow.execute('etl', {
      workflowId: `etl-start-${randomUUID()}`,
      taskQueue: config.CHATLAKE_TASK_QUEUE,
      args: [{}],
      staticSummary: 'everything pending, asked by npm start',
    });
    say(`etl: nothing is pending any more (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
    await report(config, {}, say);
  } finally {
    await disconnect();
    await close();
  }
}

/** What ledger and MongoDB hold, by source. Throws InvariantViolation unless every entry is verified. */
export async function summary({ config }: System): Promise<Readonly<Record<string, unknown>>> {
  const { ports, close } = await openReaders(config);
  try {
    const sums: Record<string, unknown> = {};
    for (const contract of ports.contracts.values()) {
      const { entries } = await readLedger(ports, contract.source);
      const verified = await verifiedVersions(ports, contract.source);
      invariant(
        verified.upTo === entries.length - 1,
        `${contract.source}: ${entries.length} ledger entries, ${verified.size} of them verified`,
      );
      const counts = [...entries].reduce((sum, entry) => addCounts(sum, entry.counts), NO_COUNTS);
      let documents = 0;
      for (const table of contract.tables) if (table.documents) documents += await ports.documents.count(table);
      sums[contract.source] = { ...counts, documents };
    }
    return sums;
  } finally {
    await close();
  }
}

/** Messages in raw objects, by their keys. */
async function landed(ports: Readers, source: Source): Promise<number> {
  let count = 0;
  for await (const { key } of ports.store.list(rawSourcePrefix(source))) count += parseRawKey(key)?.count ?? 0;
  return count;
}

/** True once the running slice has said so with its heartbeat. What is published before, a topic forgets. */
async function isSubscribed(client: Client): Promise<boolean> {
  const { raw } = await client.workflow.getHandle(`consume/${DESK.source}`).describe();
  const [slice] = raw.pendingActivities ?? [];
  const failure = slice?.lastFailure?.message;
  if (failure !== undefined && failure !== null) throw new SetupError(`The consumer cannot subscribe: ${failure}`);
  const [beat] = slice?.heartbeatDetails?.payloads ?? [];
  return beat !== undefined && defaultPayloadConverter.fromPayload<{ subscribed?: boolean }>(beat).subscribed === true;
}

async function until(condition: () => Promise<boolean>, otherwise: string): Promise<void> {
  const started = Date.now();
  while (!(await condition())) {
    if (Date.now() - started > PATIENCE_MS)
      throw new TransientError(`${otherwise} within ${PATIENCE_MS / 1000} s; see the worker's log`);
    await sleep(200);
  }
}
