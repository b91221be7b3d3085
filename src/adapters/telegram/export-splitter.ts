/**
 * Cuts the messages out of a Telegram Desktop export (`result.json` of one chat or of everything) as its bytes go by. It holds one
 * message at a time and never decodes one: exports hold escapes that no JSON has (`\x0B`), and raw keeps what was there.
 */
import { PermanentError, invariant } from '../../domain/errors.ts';
import { type Frame, below, frameOf, isArray } from './export-frame.ts';
import {
  BYTE,
  BYTE_ORDER_MARK,
  ExportFault,
  type Nested,
  type Token,
  isBlank,
  isScalar,
  nestedValue,
  scanNested,
  scanToken,
  tokenAt,
} from './export-scan.ts';

/** Largest message that is cut out; Telegram's own are below 100 kB. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

/** Where reading can go on. Offsets only: ids of private chats are people's ids and stay in the file. */
export interface ExportPosition {
  /** The byte behind the last message that is done. */
  readonly at: number;
  /** The byte where its chat begins, for the chat's facts stand in front of its messages. */
  readonly chatAt: number;
  /** True where chats stand in a list, in an export of everything. */
  readonly listed: boolean;
  /** Messages of the chat up to here. */
  readonly count: number;
}

export interface ExportedMessage {
  readonly kind: 'message';
  /** Exactly as they stand in the file. */
  readonly bytes: Uint8Array;
  /** Byte of the file where they begin. */
  readonly at: number;
  /** Type and bare id as the export writes them; the type is empty where the export knows none. */
  readonly chat: { readonly type: string; readonly id: number };
  /** Id of the user whose export it is, where the export says so. */
  readonly account: string | undefined;
  /** Behind this message; it is the `next.count`th of its chat. */
  readonly next: ExportPosition;
}

/** Where a file could not be read on. */
export interface BrokenAt {
  /** The message that is broken, or the one in front of what is; outside the messages of a chat the byte of the fault. */
  readonly place: ExportPosition;
  /** Whether it lies among the messages of a chat, and whether one of them has begun that is not whole. */
  readonly inMessages: boolean;
  readonly inMessage: boolean;
}

/** Starts at the beginning of a file, or (fed from `chatAt`) in front of a chat, to go on at a position in it. */
export class ExportSplitter {
  /** Id of the user whose export it is, as far as the file was read. */
  account: string | undefined;
  /** Whether all that stands in front of the chats has been read. */
  sawChats: boolean;
  /** Whether messages were seen whose fields stand on lines of their own, here or in the file before. */
  isLaidOut: boolean;

  private readonly frames: Frame[] = [];
  private offset: number;
  private nested: Nested | undefined;
  private token: Token | undefined;
  private message: { readonly at: number; readonly pieces: Buffer[] } | undefined;
  private done = false;
  private resume: ExportPosition | undefined;
  /** Where the last message of the chat began. */
  private lastAt: number | undefined;

  constructor(resume?: ExportPosition, isLaidOut = false) {
    this.isLaidOut = isLaidOut;
    this.resume = resume?.at === resume?.chatAt ? undefined : resume;
    this.offset = resume?.chatAt ?? 0;
    this.sawChats = resume !== undefined;
    if (resume?.listed !== true) return;
    this.frames.push(frameOf('root', 0, 'value'), frameOf('chats', 0, 'value'), frameOf('list', 0, 'value'));
  }

  /** True once a resumed splitter knows the chat and stands at its messages: then feed it from the position itself. */
  get isResumed(): boolean {
    return this.resume === undefined;
  }

  /** The messages that end in these bytes. Throws ExportFault naming the byte where the file cannot be read. */
  *push(chunk: Buffer): Generator<ExportedMessage, void> {
    let start = 0;
    for (let i = 0; i < chunk.length;) {
      if (this.resume !== undefined && this.frames.at(-1)?.kind === 'messages') {
        this.jump(this.resume);
        return;
      }
      if (this.nested !== undefined) {
        i = scanNested(this.nested, chunk, i, this.offset);
        if (this.message !== undefined && this.offset + i - this.message.at > MAX_MESSAGE_BYTES)
          throw new ExportFault(this.message.at, `a message is longer than ${MAX_MESSAGE_BYTES} bytes`);
        if (this.nested.closers.length > 0) break;
        if (this.message !== undefined) this.isLaidOut ||= this.nested.isLaidOut === true;
        this.nested = undefined;
        this.top().step = 'after';
        if (this.message !== undefined) yield this.cut(this.message, chunk.subarray(start, i), this.offset + i);
      } else if (this.token !== undefined) {
        i = scanToken(this.token, chunk, i);
        if (this.token.ended) this.endToken(this.token, this.offset + i);
      } else {
        const byte = chunk[i] ?? 0;
        if (!isBlank(byte)) this.structure(byte, this.offset + i);
        if (this.isIn('message')) start = i;
        // A number or a word begins with this byte; what else there is, is done with it.
        if (!this.isIn('scalar')) i += 1;
      }
    }
    this.message?.pieces.push(chunk.subarray(start));
    this.offset += chunk.length;
  }

  private jump({ at, count }: ExportPosition): void {
    const frame = this.top();
    this.resume = undefined;
    this.offset = at;
    frame.step = 'resumed';
    frame.count = count;
  }

  /** Says that the file is over. Throws ExportFault when it ended early, PermanentError when it held no chats at all. */
  end(): void {
    if (this.message !== undefined) throw new ExportFault(this.message.at, 'the file ends inside a message', true);
    if (!this.done) throw new ExportFault(this.offset, 'the file ends in the middle', true);
    if (!this.sawChats)
      throw new PermanentError(
        'The file holds no chats: it is not the result.json of a Telegram Desktop export, or the export was made without chats. Nothing was imported.',
      );
  }

  /** After a fault at this byte. */
  brokenAt(fault: number): BrokenAt {
    const [chat, messages] = this.frames.slice(-2);
    if (messages?.kind !== 'messages' || chat === undefined)
      return { place: { at: fault, chatAt: fault, listed: true, count: 0 }, inMessages: false, inMessage: false };
    const inMessage = this.message !== undefined;
    const at = this.message?.at ?? this.lastAt ?? messages.at;
    const count = messages.count + (inMessage ? 1 : 0);
    return {
      place: { at, chatAt: chat.at, listed: chat.kind === 'chat', count },
      inMessages: true,
      inMessage,
    };
  }

  private cut({ at, pieces }: { at: number; pieces: readonly Buffer[] }, last: Buffer, end: number): ExportedMessage {
    const chat = this.frames.at(-2);
    invariant(chat?.type !== undefined && chat.id !== undefined, 'a message has a chat');
    this.message = undefined;
    this.lastAt = at;
    const count = (this.top().count += 1);
    return {
      kind: 'message',
      bytes: pieces.length === 0 ? last : Buffer.concat([...pieces, last]),
      at,
      chat: { type: chat.type, id: chat.id },
      account: this.account,
      next: { at: end, chatAt: chat.at, listed: chat.kind === 'chat', count },
    };
  }

  private isIn(what: 'message' | 'scalar'): boolean {
    return what === 'message' ? this.message !== undefined : this.token?.kind === 'scalar';
  }

  private top(): Frame {
    const frame = this.frames.at(-1);
    invariant(frame !== undefined, 'outside the root there is nothing');
    return frame;
  }

  /** One byte outside strings, numbers and passed-over values. */
  private structure(byte: number, at: number): void {
    const frame = this.frames.at(-1);
    if (frame === undefined) {
      if (byte === BYTE_ORDER_MARK[at]) return;
      if (this.done) throw new ExportFault(at, 'something follows its end');
      if (byte !== BYTE.openObject) throw new ExportFault(at, 'it is not a JSON object');
      this.frames.push(frameOf('root', at, 'first'));
      return;
    }
    const { step, kind } = frame;
    const valueMayStart = step === 'value' || step === 'resumed' || (step === 'first' && isArray(kind));
    if (valueMayStart && (byte === BYTE.openObject || byte === BYTE.openArray)) this.open(frame, byte, at);
    else if (
      (step === 'first' || step === 'after' || step === 'resumed') &&
      byte === (isArray(kind) ? BYTE.closeArray : BYTE.closeObject)
    ) {
      if (kind === 'chat' && frame.hasMessages !== true) throw new ExportFault(at, 'a chat ends without its messages');
      this.frames.pop();
      const outer = this.frames.at(-1);
      if (outer === undefined) this.done = true;
      else outer.step = 'after';
    } else if (byte === BYTE.comma && (step === 'after' || step === 'resumed'))
      frame.step = isArray(kind) ? 'value' : 'key';
    else if (byte === BYTE.colon && step === 'colon') frame.step = 'value';
    else if (byte === BYTE.quote && !isArray(kind) && (step === 'first' || step === 'key')) this.token = tokenAt('key');
    else if (valueMayStart && below(frame) === undefined && (byte === BYTE.quote || isScalar(byte)))
      this.token = tokenAt(byte === BYTE.quote ? 'string' : 'scalar');
    else throw new ExportFault(at, 'an export has something else there');
  }

  /** An object or an array begins: one that holds messages is entered, a message is kept, another is passed over. */
  private open(frame: Frame, bracket: number, at: number): void {
    const kind = below(frame);
    if (kind !== undefined && isArray(kind) !== (bracket === BYTE.openArray))
      throw new ExportFault(at, 'an export has something else there');
    if (kind === 'messages' && (frame.id === undefined || frame.type === undefined))
      throw new ExportFault(at, 'the id and the type of a chat do not stand in front of its messages');
    if (kind === 'messages' || kind === 'list') this.sawChats = true;
    if (kind === 'messages') {
      frame.hasMessages = true;
      this.lastAt = undefined;
    }
    if (kind === 'message') this.message = { at, pieces: [] };
    if (kind === undefined || kind === 'message') this.nested = nestedValue(bracket, this.isLaidOut || undefined);
    else this.frames.push(frameOf(kind, at, 'first'));
  }

  private endToken(token: Token, at: number): void {
    const frame = this.top();
    this.token = undefined;
    if (token.kind === 'key') {
      frame.key = token.text();
      frame.step = 'colon';
      return;
    }
    if (frame.kind === 'person' && frame.key === 'user_id' && /^[1-9]\d{0,14}$/.test(token.text()))
      this.account = token.text();
    if (frame.key === 'type') frame.type = token.kind === 'string' ? token.text() : '';
    if (frame.key === 'id') {
      if (token.kind === 'string' || !/^-?\d{1,20}$/.test(token.text()))
        throw new ExportFault(at, 'an id is not a whole number');
      frame.id = Number(token.text());
    }
    frame.step = 'after';
  }
}
