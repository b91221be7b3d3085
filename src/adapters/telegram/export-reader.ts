/** The port of Telegram Desktop exports: files that this process can see, read message by message with flat memory. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PermanentError, SetupError, TransientError, messageOf } from '../../domain/errors.ts';
import { ExportFault } from './export-scan.ts';
import { type BrokenAt, type ExportPosition, type ExportedMessage, ExportSplitter } from './export-splitter.ts';
import { OPENING, Topics } from './export-topics.ts';
import { textAt, wayOn } from './export-way-on.ts';

const CHUNK_BYTES = 1024 * 1024;

/** A place of the file that is no whole message. */
export interface BrokenPlace {
  readonly kind: 'broken';
  readonly at: number;
  readonly what: string;
  readonly isCut: boolean;
  /** Where reading went on; undefined: it did not, and what stands behind was not read. */
  readonly next: ExportPosition | undefined;
}

/** More than this is another kind of file. */
const MAX_BROKEN = 1_000;

/** A message, with the forum topic it stands in where the export tells. */
export interface ReadMessage extends ExportedMessage {
  readonly topic: number | undefined;
}

export interface ExportFile {
  readonly bytes: number;
  readonly modifiedMs: number;
  /** For reading it in slices, as nothing of it was read yet. */
  readonly topics: Topics;
  /**
   * Its messages in order, from the beginning or behind one that was read before, and the places that are broken; one that is not
   * gone on from is the last. `topics` as they were left at `from` save reading its chat again. Throws PermanentError for a file without chats.
   */
  messages(from?: ExportPosition, topics?: Topics): AsyncGenerator<ReadMessage | BrokenPlace, void>;
}

/** Opens `result.json`. Throws PermanentError when there is no such file here, SetupError when it may not be read. */
export type OpenExport = (path: string) => Promise<ExportFile>;

export const openExport: OpenExport = async (path) => {
  const found = await stat(path).catch((error: unknown) => {
    throw classify(path, error);
  });
  if (!found.isFile()) throw new PermanentError(`${path} is not a file; give the path of the export’s result.json.`);
  return {
    bytes: found.size,
    modifiedMs: Math.floor(found.mtimeMs),
    topics: new Topics(),
    async *messages(from, topics = new Topics()) {
      if (from !== undefined && topics.at !== from.at) await follow(path, from, topics);
      yield* read(path, from, topics);
    },
  };
};

/** Everything from a position on, over broken places. */
async function* read(
  path: string,
  from: ExportPosition | undefined,
  topics: Topics,
): AsyncGenerator<ReadMessage | BrokenPlace, void> {
  let position = from;
  let isLaidOut = false;
  for (let broken = 1; broken <= MAX_BROKEN; broken += 1) {
    const splitter: ExportSplitter = new ExportSplitter(position, isLaidOut);
    const place = yield* readWhole(path, position, topics, splitter);
    ({ isLaidOut } = splitter);
    if (place === undefined) return;
    const next = broken < MAX_BROKEN ? place.next : undefined;
    yield { ...place, next };
    if (next === undefined) return;
    position = next;
  }
}

/** Messages up to the end of the file, or to the first place that is broken. */
async function* readWhole(
  path: string,
  from: ExportPosition | undefined,
  topics: Topics,
  splitter: ExportSplitter,
): AsyncGenerator<ReadMessage, BrokenPlace | undefined> {
  try {
    if (from !== undefined) await toMessages(path, from, splitter);
    for await (const chunk of chunks(path, from?.at ?? 0))
      for (const message of splitter.push(chunk)) yield { ...message, topic: topics.of(message) };
    splitter.end();
    return undefined;
  } catch (error) {
    if (!(error instanceof ExportFault)) throw error;
    const broken = splitter.brokenAt(error.at);
    return {
      kind: 'broken',
      at: broken.inMessage ? broken.place.at : error.at,
      what: error.message,
      isCut: error.isCut,
      next: await goOn(path, error, broken),
    };
  }
}

/** What may stand between two messages: read on from there, nothing is lost but a comma. */
const BETWEEN = /^(?:\{\s*"id"\s*:|,|\])/;

/** Where reading goes on for certain. */
async function goOn(
  path: string,
  fault: ExportFault,
  { place, inMessages, inMessage }: BrokenAt,
): Promise<ExportPosition | undefined> {
  const fromByte = (start: number): AsyncIterable<Buffer> => chunks(path, start);
  if (inMessages && !inMessage && BETWEEN.test(await textAt(fromByte, fault.at))) return { ...place, at: fault.at };
  const way = await wayOn(fromByte, { from: place.at, isListed: place.listed, inMessages });
  if (way === undefined) return undefined;
  return way.kind === 'same' ? { ...place, at: way.at } : { at: way.at, chatAt: way.at, listed: true, count: 0 };
}

/** Feeds what stands in front of the messages to a splitter that goes on: whose export it is, and the beginning of the chat. */
async function toMessages(path: string, from: ExportPosition, splitter: ExportSplitter) {
  if (from.listed) splitter.account = await accountOf(path);
  if (from.at === from.chatAt) return;
  for await (const chunk of chunks(path, from.chatAt)) {
    if (splitter.push(chunk).next().done === true && splitter.isResumed) return;
  }
  throw new PermanentError(
    'The export is not the file it was when its import began: import it again from the beginning; nothing is kept twice.',
  );
}

/** It is a person's id, so it is read again and not handed from slice to slice. */
async function accountOf(path: string): Promise<string | undefined> {
  const splitter = new ExportSplitter();
  try {
    for await (const chunk of chunks(path, 0)) {
      if (splitter.push(chunk).next().done !== true || splitter.sawChats) break;
    }
  } catch (error) {
    // It stands in front of the chats: what is broken there does not matter here, and was told.
    if (!(error instanceof ExportFault)) throw error;
  }
  return splitter.account;
}

/** Follows the topics of a chat up to a position. Only where it has some are its messages read again. */
async function follow(path: string, position: ExportPosition, topics: Topics): Promise<void> {
  if (!(await opensTopics(path, position))) return;
  const beginning = { ...position, at: position.chatAt, count: 0 };
  for await (const one of read(path, beginning, topics)) if ((one.next?.at ?? Infinity) >= position.at) return;
}

async function opensTopics(path: string, { chatAt, at }: ExportPosition): Promise<boolean> {
  let seam: Buffer = Buffer.alloc(0);
  let end = chatAt;
  for await (const chunk of chunks(path, chatAt)) {
    end += chunk.length;
    if (Buffer.concat([seam, chunk.subarray(0, OPENING.length)]).includes(OPENING) || chunk.includes(OPENING))
      return true;
    if (end >= at) return false;
    seam = chunk.subarray(-OPENING.length);
  }
  return false;
}

async function* chunks(path: string, start: number): AsyncGenerator<Buffer, void> {
  const stream = createReadStream(path, { start, highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw classify(path, error);
  }
}

/** Codes as Node gives them. A file that is not here may be on another machine, so it is said where it was looked for. */
function classify(path: string, error: unknown): Error {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new PermanentError(
      `The worker sees no file ${path}: put the export into a folder of the worker’s machine (in a container: a mounted one) and give its path there. Nothing was imported.`,
    );
  if (code === 'EACCES' || code === 'EPERM')
    return new SetupError(`The worker may not read ${path}: give its user the permission to. It is tried again.`);
  return new TransientError(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
}
