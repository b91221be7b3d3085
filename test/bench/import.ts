/** npm run bench -- import [MB] [--read]: an export of that size read, and landed in a directory store, with the memory it took. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createImportExport } from '../../src/activities/intake/import-export.ts';
import type { ImportProgress, ImportSlice } from '../../src/activities/types.ts';
import { createDirectoryStore } from '../../src/adapters/object-store/directory.ts';
import { openExport } from '../../src/adapters/telegram/export-reader.ts';
import { writeExport } from '../support/export-file.ts';
import { SILENT_ANNOUNCER } from '../support/silent-announcer.ts';

const MB = 1024 * 1024;
const DEFAULT_MB = 300;
const SAMPLE_MS = 100;

export async function main(args: readonly string[]): Promise<void> {
  const megabytes = Number(args.find((arg) => /^\d+$/.test(arg)) ?? DEFAULT_MB);
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-bench-'));
  try {
    const file = join(dir, 'result.json');
    const messages = writeExport(file, megabytes * MB);
    console.log(`${(statSync(file).size / MB).toFixed(0)} MB, ${messages} messages`);
    await measure('read', file, messages, () => read(file));
    if (!args.includes('--read')) await measure('landed', file, messages, () => land(file, join(dir, 'store')));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(what: string, file: string, expected: number, work: () => Promise<number>): Promise<void> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), SAMPLE_MS);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const messages = await work();
  clearInterval(timer);
  const seconds = (performance.now() - started) / 1_000;
  if (messages !== expected) throw new Error(`${messages} messages of ${expected} were ${what}`);
  const { user, system } = process.cpuUsage(cpu);
  const speed = statSync(file).size / MB / seconds;
  console.log(
    `${what}: ${seconds.toFixed(1)} s (${((user + system) / 1e6).toFixed(1)} s of processor), ${speed.toFixed(0)} MB/s, ${Math.round(messages / seconds)} messages/s, memory ${(before / MB).toFixed(0)} MB and at most ${((most - before) / MB).toFixed(0)} MB more`,
  );
}

async function read(path: string): Promise<number> {
  const file = await openExport(path);
  let messages = 0;
  for await (const one of file.messages()) messages += one.kind === 'message' ? 1 : 0;
  return messages;
}

async function land(file: string, root: string): Promise<number> {
  const importExport = createImportExport({
    store: createDirectoryStore(root),
    openExport,
    botId: '77',
    announcer: SILENT_ANNOUNCER,
    log: { info: () => undefined, warn: () => undefined },
    now: Date.now,
  });
  const slice: ImportSlice = { file, sliceMs: 3_600_000 };
  const environment = new MockActivityEnvironment();
  const done = await environment.run<[ImportSlice], ImportProgress, typeof importExport>(importExport, slice);
  return done.messages;
}
