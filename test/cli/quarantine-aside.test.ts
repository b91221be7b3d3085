/** One message that stops everything is set aside by its place, counted, and taken back: nothing else waits for it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Ports } from '../../src/activities/ports.ts';
import type { Engine } from '../../src/adapters/engine/engine.ts';
import { keysOf } from '../../src/adapters/object-store/put.ts';
import { changeAside } from '../../src/cli/quarantine/aside.ts';
import { PermanentError } from '../../src/domain/errors.ts';
import { placeText, rawPrefix } from '../../src/domain/formats/layout.ts';
import { asideKey, parseAsideKey } from '../../src/domain/formats/marks.ts';
import { sourceStatus } from '../../src/inspect/store-status.ts';
import { bringForward, rebuild, runWindow } from '../integration/run-window.ts';
import { checkLake } from '../support/check-lake.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../support/memory-lake.ts';
import { notes, writeNotes } from '../support/notes.ts';

const PLAIN = notes({ name: 'plain' });
const CONTRACTS = new Map([['desk', PLAIN]]);
const WINDOW = { source: 'desk', window: windowAfter(0) };
const LATER = { source: 'desk', window: windowAfter(1) };

let lake: MemoryLake;
let ports: Ports;
let place: string;
beforeEach(async () => {
  lake = openMemoryLake();
  ports = await lake.process({ contracts: CONTRACTS });
  await writeNotes(lake.store, WINDOW.window, ['a 1 fine', 'b 1 fine', 'c 1 fine']);
  const [key = ''] = await keysOf(lake.store, rawPrefix('desk', WINDOW.window));
  place = placeText(key, 1);
});
afterEach(() => lake.close());

const asideCount = async (): Promise<number> => (await sourceStatus(ports, PLAIN, [])).aside;
const counts = async () => (await checkLake(ports, PLAIN)).counts;

/** An engine that a message brings down, as no later version of it would be. */
const brittle = (engine: Engine): Engine => ({
  ...engine,
  cleanse: (job) =>
    job.objects.some(({ key }) => place.startsWith(key)) && job.aside?.has(place) !== true
      ? Promise.reject(new PermanentError('it came down'))
      : engine.cleanse(job),
});

test('its window is judged without it, and it stands there counted; its repeats are duplicates; taken back it is one as any other', async () => {
  const stuck = await lake.process({ contracts: CONTRACTS, engine: brittle(ports.engine) });
  await expect(runWindow(stuck, WINDOW)).rejects.toThrow('it came down');
  expect(await changeAside(ports, place, 'it brings the engine down', 0)).toEqual({
    place,
    changed: true,
    published: false,
  });
  expect(await runWindow(stuck, WINDOW)).toMatchObject([{ kind: 'published' }]);
  expect(await asideCount()).toBe(1);
  await writeNotes(lake.store, LATER.window, ['b 1 fine']);
  await runWindow(stuck, LATER);
  expect(await counts()).toEqual({ received: 4, enriched: 2, duplicates: 1, quarantined: 1 });

  expect(await changeAside(ports, place, undefined, 0)).toEqual({ place, changed: true, published: true });
  expect(await rebuild(ports, WINDOW)).toMatchObject({ kind: 'published' });
  await bringForward(ports, WINDOW);
  expect(await asideCount()).toBe(0);
  expect(await counts()).toEqual({ received: 4, enriched: 3, duplicates: 1, quarantined: 0 });
});

test('one that is published already goes with the next judgement of its window: row and document, too', async () => {
  await runWindow(ports, WINDOW);
  expect(await changeAside(ports, place, 'the proof fails over it', 0)).toMatchObject({ published: true });
  await rebuild(ports, WINDOW);
  await bringForward(ports, WINDOW);
  const facts = await checkLake(ports, PLAIN);
  expect(facts).toMatchObject({ counts: { enriched: 2, quarantined: 1 }, documents: 2 });
  expect(facts.enriched).not.toContain(place);
});

test('twice is once, the first reason stays; a place where no message lies, or no reason, is refused', async () => {
  await changeAside(ports, place, 'first', 0);
  expect(await changeAside(ports, place, 'second', 1)).toMatchObject({ changed: false });
  const { key } = parseAsideKey(asideKey(place.split('#')[0] ?? '', 1)) ?? { key: '' };
  const kept = new TextDecoder().decode(await lake.store.get(asideKey(key, 1)));
  expect(JSON.parse(kept)).toMatchObject({ reason: 'first', at: new Date(0).toISOString() });
  await changeAside(ports, place, undefined, 0);
  expect(await changeAside(ports, place, undefined, 0)).toMatchObject({ changed: false });
  for (const wrong of [`${key}#3`, key.replace('date=2026', 'date=2025') + '#0', 'raw/x#1', 'b'])
    await expect(changeAside(ports, wrong, 'why', 0)).rejects.toThrow(PermanentError);
  await expect(changeAside(ports, place, ' ', 0)).rejects.toThrow('--reason is empty');
});
