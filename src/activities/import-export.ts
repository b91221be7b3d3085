/**
 * importExport: a bounded slice of a Telegram Desktop export, written raw batch by batch. A retry goes on behind the last batch that
 * a heartbeat told of; what is written twice by then has the same identities, so nothing counts twice.
 */
import { Context } from '@temporalio/activity';
import type { ExportFile } from '../adapters/telegram/export-reader.ts';
import type { ExportedMessage } from '../adapters/telegram/export-splitter.ts';
import { PermanentError } from '../domain/errors.ts';
import type { ReceivedMessage } from '../domain/raw.ts';
import { UNKNOWN_CHAT, importHeaders } from '../domain/telegram/export-chat.ts';
import { TELEGRAM } from '../domain/telegram/kinds.ts';
import type { Ports } from './ports.ts';
import type { ImportProgress, ImportSlice } from './types.ts';
import { writeRaw } from '../lake/raw.ts';

const BATCH_MESSAGES = 5_000;
const BATCH_BYTES = 8 * 1024 * 1024;
/** Also while a batch is written: only a worker that is gone misses its heartbeat time-out. */
const BEAT_MS = 5_000;

type Needs = Pick<Ports, 'store' | 'openExport' | 'botId' | 'announcer' | 'log' | 'now'>;

/** Builds the activity. It throws PermanentError for a file that is not there, is no export, or needs a zone. */
export function createImportExport(ports: Needs) {
  return async function importExport(slice: ImportSlice): Promise<ImportProgress> {
    const context = Context.current();
    const until = ports.now() + slice.sliceMs;
    const file = await ports.openExport(slice.file);
    let progress = begin(file, (context.info.heartbeatDetails as ImportProgress | undefined) ?? slice.from);
    const timer = setInterval(() => context.heartbeat(progress), BEAT_MS);
    try {
      for await (const batch of batches(file.messages(progress.position))) {
        context.cancellationSignal.throwIfAborted();
        progress = advance(progress, batch, await land(ports, slice, batch));
        context.heartbeat(progress);
        if (ports.now() >= until) return progress;
      }
      return { ...progress, done: true };
    } finally {
      clearInterval(timer);
    }
  };
}

/** Where to go on. Throws PermanentError when the file is another one by now: offsets of the old one mean nothing in it. */
function begin(file: ExportFile, earlier: ImportProgress | undefined): ImportProgress {
  const { bytes: fileBytes, modifiedMs } = file;
  if (earlier === undefined)
    return { done: false, fileBytes, modifiedMs, messages: 0, objects: 0, chats: 0, ofUnknownChats: 0 };
  if (earlier.fileBytes === fileBytes && earlier.modifiedMs === modifiedMs) return earlier;
  throw new PermanentError(
    'The export was changed or replaced while it was imported: import it again from the beginning; what is in raw already is kept and counts once.',
  );
}

async function* batches(messages: AsyncIterable<ExportedMessage>): AsyncGenerator<readonly ExportedMessage[], void> {
  let batch: ExportedMessage[] = [];
  let bytes = 0;
  for await (const message of messages) {
    batch.push(message);
    bytes += message.bytes.byteLength;
    if (batch.length < BATCH_MESSAGES && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Writes one batch; returns how many of its messages are of unknown chats. */
async function land(ports: Needs, { zone, bot }: ImportSlice, batch: readonly ExportedMessage[]): Promise<number> {
  const openedAt = ports.now();
  let unknown = 0;
  const messages = batch.map(({ bytes, at, chat }): ReceivedMessage => {
    const old = hasOnlyLocalDate(bytes);
    if (old && zone === undefined)
      throw new PermanentError(
        `The message at byte ${at} has a local date only, as in exports before 2021: say in which time zone they were exported, such as --zone America/Sao_Paulo ("zone" in the workflow’s input), and import again; nothing counts twice.`,
      );
    const headers = importHeaders(chat, old, { bot: bot ?? ports.botId, zone });
    if (headers['chat_type'] === UNKNOWN_CHAT) unknown += 1;
    return { id: '', receivedAt: openedAt, headers, body: bytes };
  });
  const written = await writeRaw(ports.store, TELEGRAM, openedAt, messages);
  ports.announcer.announce(TELEGRAM, written.window);
  ports.log.info('export.landed', { source: TELEGRAM, key: written.key, count: written.count, bytes: written.bytes });
  return unknown;
}

function advance(before: ImportProgress, batch: readonly ExportedMessage[], unknown: number): ImportProgress {
  const last = batch.at(-1);
  let chats = before.chats;
  let chatAt = before.position?.chatAt;
  for (const { next } of batch) {
    if (next.chatAt !== chatAt) chats += 1;
    chatAt = next.chatAt;
  }
  return {
    ...before,
    ...(last === undefined ? {} : { position: last.next }),
    messages: before.messages + batch.length,
    objects: before.objects + 1,
    chats,
    ofUnknownChats: before.ofUnknownChats + unknown,
  };
}

/**
 * Looks for the names as bytes, for a message is not decoded before `cleanse`. In a string the quotes would be escaped, so only a
 * text that ends or begins in these very words could be mistaken, and the whole of an export is of one kind.
 */
function hasOnlyLocalDate(bytes: Uint8Array): boolean {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return !message.includes('"date_unixtime"') && message.includes('"date"');
}
