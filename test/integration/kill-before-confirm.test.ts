/** Workers are killed between the raw write and the confirmation: Telegram gives the updates out again, none is lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from '@jest/globals';
import { decodeRawLine } from '../../src/domain/formats/raw.ts';
import { startProcess } from '../faults/worker-process.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { TOKEN, closeAll, closeLater, emulated, said } from '../support/telegram.ts';

const UPDATES = 30;
const KILLS = 2;

afterEach(closeAll);

async function bodies({ ports }: Lake): Promise<string[]> {
  const all: string[] = [];
  for await (const { key } of ports.store.list('raw/source=telegram/')) {
    const lines = gunzipSync((await ports.store.get(key))!)
      .toString()
      .trimEnd()
      .split('\n');
    all.push(...lines.map((line) => decodeRawLine(line).body ?? ''));
  }
  return all;
}

test('killed twice, every update is there, and at last confirmed', async () => {
  const { emulator, control } = await emulated();
  const lake = closeLater(
    await openLake({
      TELEGRAM_API_ROOT: emulator.address,
      TELEGRAM_BOT_TOKEN: TOKEN,
      TELEGRAM_MODE: 'polling',
    }),
  );
  const work = mkdtempSync(join(tmpdir(), 'chatlake-killed-'));
  closeLater({ close: async () => rmSync(work, { recursive: true, force: true }) });
  for (let n = 0; n < UPDATES; n += 1) control.update(said(`m${n}`));
  const strike = { key: '^raw/', nth: 1, when: 'after', signal: 'SIGKILL', consume: true } as const;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const worker = await startProcess(lake, strike, work);
    expect(await worker.ended).toBe('SIGKILL');
    expect(control.pending).toBe(UPDATES);
    expect(await bodies(lake)).toHaveLength(kill * UPDATES);
  }
  await lake.startWorker({ consume: true });
  while (control.pending > 0) await sleep(100);
  const landed = await bodies(lake);
  expect(landed).toHaveLength((KILLS + 1) * UPDATES);
  expect(new Set(landed).size).toBe(UPDATES);
});
