/** The gateway's identity at the store: it adds to raw and tries the store. With its key nobody reads, lists, overwrites a decision or forges one. */
import { expect, test } from '@jest/globals';
import { probeStore } from '../../src/adapters/object-store/probe.ts';
import { createS3Store } from '../../src/adapters/object-store/s3.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { GATEWAY_ACTIONS } from '../../src/local/parts/s3.ts';
import { stackEnvironment } from '../../src/wiring/stack-file.ts';
import { loadConfig } from '../../src/wiring/config.ts';
import { openStore } from '../../src/wiring/store.ts';
import { read } from '../support/compose-file.ts';
import { stack } from '../support/stack.ts';

const { endpoint, region, bucket, gateway } = stack().s3;
const bytes = new TextEncoder().encode('x');

test('docker compose gives it the same', () => {
  const [, actions = ''] =
    /"name": "gateway",[^]*?"actions": (\[[^\]]*\])/.exec(read('docker/seaweedfs/start.sh')) ?? [];
  expect(JSON.parse(actions.replaceAll('$S3_BUCKET', bucket))).toEqual(GATEWAY_ACTIONS);
});

test('it lands and probes; all else is refused', async () => {
  const own = createS3Store({ endpoint, region, bucket, credentials: { ...gateway! }, requestTimeoutMs: 5_000 });
  const all = openStore(loadConfig(stackEnvironment(stack())));
  await probeStore(own);
  const message = { id: 'a', receivedAt: 1_790_000_000_000, headers: {}, body: bytes };
  const { key } = await writeRaw(own, 'telegram', 1_790_000_000_000, [message]);
  const decided = [
    'ledger/desk/_delta_log/00000000000000000000.json',
    'seals/x',
    'tables/x',
    'manifests/x',
    'meta/pseudonym.json',
  ];
  try {
    await expect(own.get(key)).rejects.toThrow();
    await expect(own.head(key)).rejects.toThrow();
    for (const other of [...decided, 'rawer/x', 'x']) {
      await expect(own.put(other, bytes, { ifAbsent: true })).rejects.toThrow();
      await expect(own.get(other)).rejects.toThrow();
      await expect(own.remove(other)).rejects.toThrow();
    }
    for (const prefix of ['', 'raw/', 'meta/'])
      await expect(own.list(prefix)[Symbol.asyncIterator]().next()).rejects.toThrow();
    for (const other of decided) expect(await all.head(other)).toBeUndefined();
  } finally {
    await all.remove(key);
  }
});
