/** Which writes say whether messages can be acknowledged. */
import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { defineMetrics } from '../../../src/observe/metrics/definitions.ts';
import { observedStore } from '../../../src/observe/metrics/observed-store.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import { SetupError } from '../../../src/domain/errors.ts';

const BODY = Uint8Array.of(1);
const RAW = 'raw/source=desk/date=2026-01-01/hour=00/x.ndjson.gz';
const OTHERS = [
  'tables/notes/_delta_log/_last_checkpoint',
  'ledger/desk/_delta_log/00000000000000000000.json',
  'seals/source=desk/date=2026-01-01/hour=00/g0001.json',
  'staging/x',
  'meta/probe/x',
];

test('those of raw objects, and no other: what another key refuses or takes says nothing', async () => {
  const heard: string[] = [];
  let isForbidden = true;
  const inner = createMemoryStore();
  const put: typeof inner.put = (...given) =>
    isForbidden ? Promise.reject(new SetupError('forbidden')) : inner.put(...given);
  const store = observedStore({ ...inner, put }, defineMetrics(new Registry()), {
    landed: () => void heard.push('landed'),
    failed: (error) => void heard.push(String(error)),
  });
  for (const isNow of [true, false]) {
    isForbidden = isNow;
    for (const key of [...OTHERS, RAW]) await store.put(key, BODY, { ifAbsent: true }).catch(() => undefined);
  }
  expect(heard).toEqual(['SetupError: forbidden', 'landed']);
});
