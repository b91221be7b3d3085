/** The port of Telegram Desktop exports: files that this process can see, read message by message with flat memory. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PermanentError, SetupError, TransientError, messageOf } from '../../domain/errors.ts';
import { type ExportPosition, type ExportedMessage, ExportSplitter } from './export-splitter.ts';

const CHUNK_BYTES = 1024 * 1024;

export interface ExportFile {
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Its messages in order, from the beginning or behind one that was read before. Throws PermanentError naming the byte. */
  messages(from?: ExportPosition): AsyncGenerator<ExportedMessage, void>;
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
    async *messages(from) {
      const splitter = new ExportSplitter(from);
      if (from !== undefined) {
        await toMessages(path, from, splitter);
        splitter.jump(from.at);
      }
      for await (const chunk of chunks(path, from?.at ?? 0)) yield* splitter.push(chunk);
      splitter.end();
    },
  };
};

/** Feeds the beginning of a chat up to its first message, so that the splitter knows the chat. */
async function toMessages(path: string, from: ExportPosition, splitter: ExportSplitter) {
  for await (const chunk of chunks(path, from.chatAt)) {
    if (splitter.push(chunk).next().done !== true) return;
  }
  throw new PermanentError(
    'The export is not the file it was when its import began: import it again from the beginning; nothing is kept twice.',
  );
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
