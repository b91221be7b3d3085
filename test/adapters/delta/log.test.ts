/** The Delta log: written once per version, read forward, and never with a gap. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import { deltaLogs, openDeltaLog } from '../../../src/adapters/delta/log.ts';
import { createMemoryStore } from '../../../src/adapters/object-store/memory.ts';
import { type DeltaAction, encodeActions, logName } from '../../../src/domain/formats/delta.ts';
import { InvariantViolation, TransientError } from '../../../src/domain/errors.ts';
import { mapSome } from '../../../src/domain/some.ts';
import { decorateStore } from '../../support/decorate-store.ts';
import { openS3Part } from '../../support/stores.ts';

const add = (path: string): DeltaAction => ({
  add: { path, partitionValues: {}, size: 1, modificationTime: 0, dataChange: true, stats: '{}' },
});
const txn = (appId: string, version: number): DeltaAction => ({ txn: { appId, version } });
const remove = (path: string): DeltaAction => ({ remove: { path, deletionTimestamp: 0, dataChange: true } });
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const s3 = openS3Part();
afterAll(() => s3.close());

describe.each([
  ['memory', createMemoryStore()],
  ['S3', s3.store],
])('a log on %s', (_name, store) => {
  test('adds up what its entries say, and knows the hash of its head', async () => {
    const log = openDeltaLog(store, 'sum/');
    expect(await log.refresh()).toMatchObject({ version: -1, headSha256: null });
    const last = [remove('a'), add('c'), txn('ledger/desk', 2), txn('seal/x', 0)];
    for (const [version, actions] of [[add('a')], [add('b'), txn('ledger/desk', 1)], last].entries()) {
      expect(await log.append(version, actions)).toBe('mine');
      await log.refresh();
    }
    const state = await openDeltaLog(store, 'sum/').refresh();
    expect(state.version).toBe(2);
    expect([...state.files.keys()]).toEqual(['b', 'c']);
    expect(Object.fromEntries(state.transactions)).toEqual({ 'ledger/desk': 2, 'seal/x': 0 });
    const bytes = await store.get(`sum/${logName(2)}`);
    expect(state.headSha256).toBe(createHash('sha256').update(bytes!).digest('hex'));
  });

  test('of 16 concurrent appenders of one version exactly one wins, in 20 rounds', async () => {
    const round = async (n: number): Promise<void> => {
      const root = `race/${n}/`;
      const plans = upTo(16).map((i) => [add(`of writer ${i}`)]);
      const outcomes = await Promise.all(plans.map((actions) => openDeltaLog(store, root).append(0, actions)));
      expect(outcomes.filter((outcome) => outcome === 'mine')).toHaveLength(1);
      const { files, version } = await openDeltaLog(store, root).refresh();
      expect([...files.keys()]).toEqual([`of writer ${outcomes.indexOf('mine')}`]);
      expect(version).toBe(0);
    };
    // A few at a time: each of their writers opens a connection.
    await mapSome(upTo(20), 2, round);
  });

  test('writers that plan again after a conflict leave contiguous entries, one for each of their changes', async () => {
    const writer = async (name: string): Promise<void> => {
      const log = openDeltaLog(store, 'contended/');
      for (let n = 0; n < 5;) {
        const { version } = await log.refresh();
        if ((await log.append(version + 1, [add(`${name}${n}`)])) === 'mine') n += 1;
      }
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(writer));
    const seen: number[] = [];
    const log = openDeltaLog(store, 'contended/');
    log.listen((entries) => seen.push(...entries.map((entry) => entry.version)));
    const { version, files } = await log.refresh();
    expect(version).toBe(19);
    expect(seen).toEqual(upTo(20));
    expect([...files.keys()].sort()).toEqual(['a', 'b', 'c', 'd'].flatMap((name) => upTo(5).map((n) => `${name}${n}`)));
  });

  test('writers that commit leave one entry for each of their changes, planned at the state it follows', async () => {
    const committed = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (name) => {
        const log = openDeltaLog(store, 'committed/');
        const versions: (number | undefined)[] = [];
        for (const n of upTo(5))
          versions.push(
            await log.commit(({ files }) => Promise.resolve([add(`${name}${n}`), txn('files', files.size + 1)]), 50),
          );
        return versions;
      }),
    );
    expect(committed.flat().sort((a, b) => Number(a) - Number(b))).toEqual(upTo(20));
    const { files, transactions } = await openDeltaLog(store, 'committed/').refresh();
    expect([files.size, transactions.get('files')]).toEqual([20, 20]);
  });

  test('a log that is open sees what others append', async () => {
    const reader = openDeltaLog(store, 'seen/');
    await reader.refresh();
    const writer = openDeltaLog(store, 'seen/');
    for (const version of upTo(40)) {
      await writer.append(version, [add(`f${version}`)]);
      await writer.refresh();
      if (version % 10 === 0) expect((await reader.refresh()).version).toBe(version);
    }
    const states = await Promise.all(upTo(8).map(() => reader.refresh()));
    expect(states.map((state) => [state.version, state.files.size])).toEqual(upTo(8).map(() => [39, 40]));
  });

  test('a conflict leaves the log as it is, and equal bytes are no conflict', async () => {
    const log = openDeltaLog(store, 'conflict/');
    expect(await log.append(0, [add('a')])).toBe('mine');
    expect(await log.append(0, [add('a')])).toBe('mine');
    expect(await log.append(0, [add('b')])).toBe('conflict');
    expect(await store.get(`conflict/${logName(0)}`)).toEqual(encodeActions([add('a')]));
    expect((await log.refresh()).version).toBe(0);
  });

  test('a log that jumps is refused', async () => {
    const log = openDeltaLog(store, 'jump/');
    await log.append(0, [add('a')]);
    await log.refresh();
    await store.put(`jump/${logName(2)}`, encodeActions([add('c')]), { ifAbsent: true });
    await expect(log.refresh()).rejects.toThrow(new InvariantViolation('the log jumps from entry 0 to 2'));
    await expect(openDeltaLog(store, 'jump/').refresh()).rejects.toThrow(InvariantViolation);
  });

  test('an append that would leave a gap is refused before anything is written', async () => {
    const log = openDeltaLog(store, 'gap/');
    await expect(log.append(1, [add('b')])).rejects.toThrow(InvariantViolation);
    expect(await store.head(`gap/${logName(1)}`)).toBeUndefined();
  });

  test('what else lies in the log is no entry', async () => {
    const log = openDeltaLog(store, 'other/');
    await log.append(0, [add('a')]);
    for (const name of ['_last_checkpoint', '00000000000000000000.checkpoint.parquet', '00000000000000000001.json.tmp'])
      await store.put(`other/_delta_log/${name}`, new Uint8Array([1]), { ifAbsent: true });
    expect((await log.refresh()).version).toBe(0);
  });
});

test('a version whose answer was lost is mine', async () => {
  let puts = 0;
  const store = decorateStore(createMemoryStore(), {
    put: async (_key, perform) => {
      const outcome = await perform();
      if ((puts += 1) === 1) throw new TransientError('no answer');
      return outcome;
    },
  });
  expect(await openDeltaLog(store, 'x/').append(0, [add('a')])).toBe('mine');
});

test('a refresh that fails leaves the log as it was, and the next one goes on', async () => {
  let broken = false;
  const store = decorateStore(createMemoryStore(), {
    get: (key, perform) => (broken && key.endsWith('17.json') ? Promise.resolve(undefined) : perform()),
  });
  const writer = openDeltaLog(store, 'x/');
  for (const version of upTo(20)) {
    await writer.append(version, [add(`f${version}`)]);
    await writer.refresh();
  }
  const reader = openDeltaLog(store, 'x/');
  broken = true;
  await expect(reader.refresh()).rejects.toThrow('log entry 17 of x/ is gone');
  broken = false;
  expect((await reader.refresh()).files.size).toBe(20);
});

test('a root has one log', () => {
  const logs = deltaLogs(createMemoryStore());
  expect(logs('a/')).toBe(logs('a/'));
  expect(logs('a/')).not.toBe(logs('b/'));
});
