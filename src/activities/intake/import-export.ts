/**
 * importExport: a bounded slice of a Telegram Desktop export, written raw batch by batch. A retry goes on behind the last batch that
 * a heartbeat told of; what is written twice by then has the same identities, so nothing counts twice.
 */
import { Context } from '@temporalio/activity';
import type { BrokenPlace, ExportFile, ReadMessage } from '../../adapters/telegram/export-reader.ts';
import type { Topics } from '../../adapters/telegram/export-topics.ts';
import { PermanentError } from '../../domain/errors.ts';
import type { ReceivedMessage } from '../../domain/formats/raw.ts';
import { UNKNOWN_CHAT, countsPerAccount, importHeaders } from '../../domain/sources/telegram/export-chat.ts';
import { TELEGRAM } from '../../domain/sources/telegram/kinds.ts';
import type { Ports } from '../ports.ts';
import type { BrokenPlaces, ImportProgress, ImportSlice } from '../types.ts';
import { writeRaw } from '../../lake/raw.ts';

const BATCH_MESSAGES = 5_000;
const BATCH_BYTES = 8 * 1024 * 1024;
/** Also while a batch is written: only a worker that is gone misses its heartbeat time-out. */
const BEAT_MS = 5_000;

type Needs = Pick<Ports, 'store' | 'openExport' | 'botId' | 'announcer' | 'log' | 'now'>;

/**
 * Builds the activity. It throws PermanentError for a file that is not there, is no export, or needs a zone or an account; for one that
 * is broken too, once everything that is whole is in raw.
 */
export function createImportExport(ports: Needs) {
  /** By file: topics of forums as the last slice left them, so that the next one need not read the chat again. */
  const followed = new Map<string, Topics>();
  return async function importExport(slice: ImportSlice): Promise<ImportProgress> {
    const context = Context.current();
    const until = ports.now() + slice.sliceMs;
    const file = await ports.openExport(slice.file);
    let progress = begin(file, (context.info.heartbeatDetails as ImportProgress | undefined) ?? slice.from);
    const topics = followed.get(slice.file) ?? file.topics;
    followed.set(slice.file, topics);
    const timer = setInterval(() => context.heartbeat(progress), BEAT_MS);
    try {
      for await (const batch of batches(file.messages(progress.position, topics))) {
        context.cancellationSignal.throwIfAborted();
        progress = advance(progress, batch, await land(ports, slice, batch.filter(isMessage)));
        context.heartbeat(progress);
        if (ports.now() >= until && progress.broken?.goesOn !== false) return progress;
      }
    } finally {
      clearInterval(timer);
    }
    followed.delete(slice.file);
    if (progress.broken !== undefined) throw new PermanentError(brokenSentence(progress.messages, progress.broken));
    return { ...progress, done: true };
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

type Item = ReadMessage | BrokenPlace;
const isMessage = (item: Item): item is ReadMessage => item.kind === 'message';

async function* batches(items: AsyncIterable<Item>): AsyncGenerator<readonly Item[], void> {
  let batch: Item[] = [];
  let bytes = 0;
  for await (const item of items) {
    batch.push(item);
    bytes += isMessage(item) ? item.bytes.byteLength : 0;
    if (batch.length < BATCH_MESSAGES && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Writes one batch; returns how many of its messages are of unknown chats. */
async function land(ports: Needs, slice: ImportSlice, batch: readonly ReadMessage[]): Promise<number> {
  if (batch.length === 0) return 0;
  const openedAt = ports.now();
  const bot = slice.bot ?? ports.botId;
  const messages = batch.map((message): ReceivedMessage => ({
    id: '',
    receivedAt: openedAt,
    headers: headersOf(message, slice, bot),
    body: message.bytes,
  }));
  const written = await writeRaw(ports.store, TELEGRAM, openedAt, messages);
  ports.announcer.announce(TELEGRAM, written.window);
  ports.log.info('export.landed', { source: TELEGRAM, key: written.key, count: written.count, bytes: written.bytes });
  return messages.filter(({ headers }) => headers['chat_type'] === UNKNOWN_CHAT).length;
}

/** Throws PermanentError where nobody said what the message needs to be understood. */
function headersOf(message: ReadMessage, slice: ImportSlice, bot: string | undefined): ReceivedMessage['headers'] {
  const { bytes, at, chat, topic, next } = message;
  const old = hasOnlyLocalDate(bytes);
  if (old && slice.zone === undefined)
    throw new PermanentError(
      `The message at byte ${at} has a local date only, as in exports before 2021: say in which time zone they were exported, such as --zone America/Sao_Paulo ("zone" in the workflow’s input), and import again; nothing counts twice.`,
    );
  const account = slice.account ?? message.account;
  const headers = importHeaders(chat, old, { bot, account, zone: slice.zone, position: next.count, topic });
  if (account === undefined && (countsPerAccount(headers['chat_type']) || hasNegativeId(bytes)))
    throw new PermanentError(
      `The message at byte ${at} is of a private chat or a basic group, where each account numbers the messages for itself, and the export does not say whose it is: name the account that made it by a word of your own, such as --account reception ("account" in the workflow’s input), the same for all its exports, and import again; nothing counts twice.`,
    );
  return headers;
}

function advance(before: ImportProgress, batch: readonly Item[], unknown: number): ImportProgress {
  let { position, broken } = before;
  let chats = before.chats;
  for (const item of batch) {
    if (item.next !== undefined && item.next.chatAt !== position?.chatAt) chats += 1;
    position = item.next ?? position;
    if (item.kind === 'broken') broken = withBroken(broken, item);
  }
  const messages = batch.filter(isMessage).length;
  return {
    ...before,
    ...(position === undefined ? {} : { position }),
    ...(broken === undefined ? {} : { broken }),
    messages: before.messages + messages,
    objects: before.objects + (messages === 0 ? 0 : 1),
    chats,
    ofUnknownChats: before.ofUnknownChats + unknown,
  };
}

function withBroken(before: BrokenPlaces | undefined, { at, what, isCut, next }: BrokenPlace): BrokenPlaces {
  const count = (before?.count ?? 0) + 1;
  return before === undefined || next === undefined
    ? { count, at, what, isCut, goesOn: next !== undefined }
    : { ...before, count };
}

/** What is broken, what is safe, and what to do. */
function brokenSentence(messages: number, { count, at, what, isCut, goesOn }: BrokenPlaces): string {
  const again = 'are in raw, and importing again adds none of them twice';
  if (goesOn)
    return `The export is broken ${count === 1 ? '' : `in ${count} places, first `}at byte ${at}: ${what}. The ${messages} message(s) that are certainly whole, before and behind it, ${again}: export again with Telegram Desktop, as JSON, or mend that place; then import the result.json.`;
  const others = count === 1 ? '' : `; it is broken in ${count - 1} place(s) before that, too`;
  const kept = messages === 0 ? 'Nothing was imported' : `The ${messages} message(s) that stand before it ${again}`;
  const mend = isCut
    ? 'if the file is a copy that was cut short, copy it again, else export again with Telegram Desktop, as JSON; then import the result.json'
    : messages === 0
      ? 'give the result.json of an export that Telegram Desktop made as “Machine-readable JSON”'
      : 'export again with Telegram Desktop, as JSON, and import the new result.json';
  return `The file cannot be read from byte ${at} on: ${what}${others}. ${kept}: ${mend}.`;
}

/**
 * Looks for the names as bytes, for a message is not decoded before `cleanse`. In a string the quotes would be escaped, so only a
 * text that ends or begins in these very words could be mistaken, and the whole of an export is of one kind.
 */
function hasOnlyLocalDate(bytes: Uint8Array): boolean {
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return !message.includes('"date_unixtime"') && message.includes('"date"');
}

/** In a supergroup: a message of the basic group it was. The id comes first; where it does not, `cleanse` notices what is missing. */
const hasNegativeId = (bytes: Uint8Array): boolean =>
  /^\{\s*"id"\s*:\s*-/.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));
