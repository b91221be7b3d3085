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

/** Where a chat's messages could not be read on. */
export interface BrokenAt {
  /** The message that is broken, or the one in front of what is. */
  readonly place: ExportPosition;
  /** The byte where a message begins that is whole, or else the broken one. */
  readonly sample: number;
  /** Whether a message has begun that is not whole. */
  readonly inMessage: boolean;
}

/** Starts at the beginning of a file, or (fed from `chatAt`) in front of a chat, to go on at a position in it. */
export class ExportSplitter {
  /** Id of the user whose export it is, as far as the file was read. */
  account: string | undefined;
  /** Whether all that stands in front of the chats has been read. */
  sawChats: boolean;

  private readonly frames: Frame[] = [];
  private offset: number;
  private nested: Nested | undefined;
  private token: Token | undefined;
  private message: { readonly at: number; readonly pieces: Buffer[] } | undefined;
  private done = false;
  private resume: ExportPosition | undefined;
  /** Where the last message of the chat began. */
  private lastAt: number | undefined;

  constructor(resume?: ExportPosition) {
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
        this.nested = undefined;
        this.top().step = 'after';
        if (this.message !== undefined) yield this.cut(this.message, chunk.subarray(start, i), this.offset + i);
      } else if (this.token !== undefined) {
        i = scanToken(this.token, chunk, i);
        if (this.token.ended) this.endToken(this.token, this.offset + i);
      } else {
        const byte = chunk[i] ?? 0;
        if (!isBlank(byte)) this.structure(byte, this.offset + i);
        if (this.isInMessage()) start = i;
        // A number or a word begins with this byte; what else there is, is done with it.
        if (!this.isInScalar()) i += 1;
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

  /** After a fault; undefined outside a chat's messages. */
  brokenAt(): BrokenAt | undefined {
    const [chat, messages] = this.frames.slice(-2);
    const at = this.message?.at ?? this.lastAt;
    if (messages?.kind !== 'messages' || chat === undefined || at === undefined) return undefined;
    const inMessage = this.message !== undefined;
    const count = messages.count + (inMessage ? 1 : 0);
    return {
      sample: this.lastAt ?? at,
      place: { at, chatAt: chat.at, listed: chat.kind === 'chat', count },
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

  private isInMessage(): boolean {
    return this.message !== undefined;
  }

  private isInScalar(): boolean {
    return this.token?.kind === 'scalar';
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
    if (kind === 'messages') this.lastAt = undefined;
    if (kind === 'message') this.message = { at, pieces: [] };
    if (kind === undefined || kind === 'message') this.nested = nestedValue(bracket);
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
