/** importExport: a Telegram Desktop export into raw, slice by slice, so that its progress is seen and a long file is no long activity. */
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import type { ImportProgress } from '../activities/types.ts';
import { type ImportInput, readImportInput } from '../domain/inputs/telegram.ts';
import { TELEGRAM } from '../domain/sources/telegram/kinds.ts';
import { readOrFail } from './input-failure.ts';
import { IMPORT, IMPORT_SLICE_MS } from './policies.ts';
import { readRunSetting } from './run-setting.ts';

const activities = proxyActivities<EtlActivities>({ ...IMPORT });

export type ImportResult = Pick<ImportProgress, 'messages' | 'objects' | 'chats' | 'ofUnknownChats' | 'fileBytes'>;

/** Imports one file. It may run again, or twice at once: the same messages have the same identities. */
export async function importExport(input?: ImportInput): Promise<ImportResult> {
  const asked = readOrFail(() => readImportInput(input));
  const { tag } = await readRunSetting();
  tag({ source: TELEGRAM, stage: 'running' });
  let progress: ImportProgress | undefined;
  do {
    const from = progress === undefined ? {} : { from: progress };
    const summary = progress === undefined ? 'from the beginning' : `on from ${percentage(progress)}`;
    progress = await activities.importExport.executeWithOptions({ summary }, [
      { ...asked, ...from, sliceMs: IMPORT_SLICE_MS },
    ]);
    show(progress);
  } while (!progress.done);
  tag({ stage: 'done' });
  const { messages, objects, chats, ofUnknownChats, fileBytes } = progress;
  return { messages, objects, chats, ofUnknownChats, fileBytes };
}

function percentage({ done, position, fileBytes }: ImportProgress): string {
  return `${done ? 100 : Math.floor((100 * (position?.at ?? 0)) / Math.max(1, fileBytes))} %`;
}

function show(progress: ImportProgress): void {
  const { messages, chats, objects, ofUnknownChats } = progress;
  const unknown =
    ofUnknownChats === 0 ? '' : `; ${ofUnknownChats} of chats of an unknown type or id, which will be quarantined`;
  setCurrentDetails(
    `**${percentage(progress)}**: ${messages} messages of ${chats} chat(s) in ${objects} raw object(s)${unknown}`,
  );
}
