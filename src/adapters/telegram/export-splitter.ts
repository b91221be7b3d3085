/**
 * Cuts the messages out of a Telegram Desktop export (`result.json` of one chat or of everything) as its bytes go by. It holds one
 * message at a time and never decodes one: exports hold escapes that no JSON has (`\x0B`), and raw keeps what was there.
 */
import { PermanentError, invariant } from '../../domain/errors.ts';
import { type Nested, type Token, fault, isBlank, nestedValue, scanNested, scanToken, tokenAt } from './export-scan.ts';

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
}

export interface ExportedMessage {
  /** Exactly as they stand in the file. */
  readonly bytes: Uint8Array;
  /** Byte of the file where they begin. */
  readonly at: number;
  /** Type and bare id as the export writes them; the type is empty where the export knows none. */
  readonly chat: { readonly type: string; readonly id: number };
  /** Behind this message. */
  readonly next: ExportPosition;
}

type Kind = 'root' | 'chats' | 'list' | 'chat' | 'messages' | 'message';
interface Frame {
  readonly kind: Kind;
  readonly at: number;
  step: 'first' | 'key' | 'colon' | 'value' | 'after';
  key: string;
  id?: number;
  type?: string;
}

/** What stands below what: every other value is passed over. */
const BELOW: Readonly<Record<Kind, Readonly<Record<string, Kind>>>> = {
  root: { messages: 'messages', chats: 'chats', left_chats: 'chats' },
  chats: { list: 'list' },
  list: { '': 'chat' },
  chat: { messages: 'messages' },
  messages: { '': 'message' },
  message: {},
};
const below = ({ kind, key }: Frame): Kind | undefined =>
  Object.hasOwn(BELOW[kind], key) ? BELOW[kind][key] : undefined;
const isArray = (kind: Kind): boolean => kind === 'list' || kind === 'messages';
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** Letters, digits and the minus of a number: what true, false, null and numbers begin with. */
const isScalar = (byte: number): boolean =>
  byte === 0x2d || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a);

/** Starts at the beginning of a file, or (fed from `chatAt`) in front of a chat that was read before. */
export class ExportSplitter {
  private readonly frames: Frame[] = [];
  private offset: number;
  private nested: Nested | undefined;
  private token: Token | undefined;
  private message: { readonly at: number; readonly pieces: Buffer[] } | undefined;
  private done = false;
  private sawChats: boolean;

  constructor(resume?: ExportPosition) {
    this.offset = resume?.chatAt ?? 0;
    this.sawChats = resume !== undefined;
    if (resume?.listed !== true) return;
    const open = (kind: Kind): Frame => ({ kind, at: 0, step: 'value', key: '' });
    this.frames.push(open('root'), open('chats'), open('list'));
  }

  /** The messages that end in these bytes. Throws PermanentError naming the byte where the file cannot be read. */
  *push(chunk: Buffer): Generator<ExportedMessage, void> {
    let start = 0;
    for (let i = 0; i < chunk.length;) {
      if (this.nested !== undefined) {
        i = scanNested(this.nested, chunk, i, this.offset);
        if (this.message !== undefined && this.offset + i - this.message.at > MAX_MESSAGE_BYTES)
          throw fault(this.message.at, `a message is longer than ${MAX_MESSAGE_BYTES} bytes`);
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

  /** Goes on at another byte, inside the messages of the same chat, after one of them. */
  jump(at: number): void {
    invariant(this.top().kind === 'messages' && !this.isInMessage(), 'only between messages of a chat');
    this.offset = at;
  }

  /** Says that the file is over. Throws PermanentError when it ended early, or held no chats at all. */
  end(): void {
    if (!this.done) throw fault(this.offset, 'it ends in the middle');
    if (!this.sawChats)
      throw new PermanentError(
        'The file holds no chats: it is not the result.json of a Telegram Desktop export, or the export was made without chats.',
      );
  }

  private cut({ at, pieces }: { at: number; pieces: readonly Buffer[] }, last: Buffer, end: number): ExportedMessage {
    const chat = this.frames.at(-2);
    invariant(chat?.type !== undefined && chat.id !== undefined, 'a message has a chat');
    this.message = undefined;
    return {
      bytes: pieces.length === 0 ? last : Buffer.concat([...pieces, last]),
      at,
      chat: { type: chat.type, id: chat.id },
      next: { at: end, chatAt: chat.at, listed: chat.kind === 'chat' },
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
      if (this.done) throw fault(at, 'something follows its end');
      if (byte !== OPEN_OBJECT) throw fault(at, 'it is not a JSON object');
      this.frames.push({ kind: 'root', at, step: 'first', key: '' });
      return;
    }
    const { step, kind } = frame;
    const valueMayStart = step === 'value' || (step === 'first' && isArray(kind));
    if (valueMayStart && (byte === OPEN_OBJECT || byte === OPEN_ARRAY)) this.open(frame, byte, at);
    else if ((step === 'first' || step === 'after') && byte === (isArray(kind) ? CLOSE_ARRAY : CLOSE_OBJECT)) {
      this.frames.pop();
      const outer = this.frames.at(-1);
      if (outer === undefined) this.done = true;
      else outer.step = 'after';
    } else if (byte === COMMA && step === 'after') frame.step = isArray(kind) ? 'value' : 'key';
    else if (byte === COLON && step === 'colon') frame.step = 'value';
    else if (byte === QUOTE && !isArray(kind) && (step === 'first' || step === 'key')) this.token = tokenAt('key');
    else if (valueMayStart && below(frame) === undefined && (byte === QUOTE || isScalar(byte)))
      this.token = tokenAt(byte === QUOTE ? 'string' : 'scalar');
    else throw fault(at, 'an export has something else there');
  }

  /** An object or an array begins: one that holds messages is entered, a message is kept, another is passed over. */
  private open(frame: Frame, bracket: number, at: number): void {
    const kind = below(frame);
    if (kind !== undefined && isArray(kind) !== (bracket === OPEN_ARRAY))
      throw fault(at, 'an export has something else there');
    if (kind === 'messages' && (frame.id === undefined || frame.type === undefined))
      throw fault(at, 'the id and the type of a chat do not stand in front of its messages');
    if (kind === 'messages' || kind === 'list') this.sawChats = true;
    if (kind === 'message') this.message = { at, pieces: [] };
    if (kind === undefined || kind === 'message') this.nested = nestedValue(bracket);
    else this.frames.push({ kind, at, step: 'first', key: '' });
  }

  private endToken(token: Token, at: number): void {
    const frame = this.top();
    this.token = undefined;
    if (token.kind === 'key') {
      frame.key = token.text();
      frame.step = 'colon';
      return;
    }
    if (frame.key === 'type') frame.type = token.kind === 'string' ? token.text() : '';
    if (frame.key === 'id') {
      if (token.kind === 'string' || !/^-?\d{1,15}$/.test(token.text())) throw fault(at, 'an id is not a whole number');
      frame.id = Number(token.text());
    }
    frame.step = 'after';
  }
}
