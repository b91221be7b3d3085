import { afterAll, expect, test } from '@jest/globals';
import { windowAfter, writeDesk } from './support/desk-raw.ts';
import { openMemoryLake } from './support/memory-lake.ts';
import { runWindow } from './integration/run-window.ts';

const events: unknown[] = [];
const lake = openMemoryLake({ info: (event, facts) => events.push([event, facts]), warn: (e, f) => events.push(['warn ' + e, f]) });
afterAll(() => lake.close());

test('a walk', async () => {
  const ports = await lake.process();
  const window = windowAfter(0);
  await writeDesk(lake.store, window, ['a', 'b', 'a']);
  const outcome = await runWindow(ports, { source: 'desk', window });
  console.log(JSON.stringify(outcome), JSON.stringify(events, null, 1));
  for await (const o of lake.store.list('')) console.log(o.key);
  const t = process.cpuUsage(); const s = Date.now();
  for (let i = 1; i <= 20; i++) {
    await writeDesk(lake.store, windowAfter(i), [`x${i}`]);
    await runWindow(ports, { source: 'desk', window: windowAfter(i) }, undefined);
  }
  const u = process.cpuUsage(t);
  console.log('cpu ms/window', (u.user + u.system) / 20000, 'wall', (Date.now() - s) / 20);
  expect(await lake.documents.count({ name: 'desk_interactions' } as never)).toBe(22);
});
