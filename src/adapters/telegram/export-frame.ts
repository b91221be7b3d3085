/** The parts of an export that are entered, and what stands in which. */

export type Kind = 'root' | 'person' | 'chats' | 'list' | 'chat' | 'messages' | 'message';
/** An object or array that is open around the place being read. */
export interface Frame {
  readonly kind: Kind;
  readonly at: number;
  /** `resumed`: behind a message or in front of one, as after a jump. */
  step: 'first' | 'key' | 'colon' | 'value' | 'after' | 'resumed';
  key: string;
  count: number;
  id?: number;
  type?: string;
  /** Of a chat: its messages have been entered. */
  hasMessages?: boolean;
}

/** What stands below what: every other value is passed over. */
const BELOW: Readonly<Record<Kind, Readonly<Record<string, Kind>>>> = {
  root: { messages: 'messages', chats: 'chats', left_chats: 'chats', personal_information: 'person' },
  person: {},
  chats: { list: 'list' },
  list: { '': 'chat' },
  chat: { messages: 'messages' },
  messages: { '': 'message' },
  message: {},
};
/** What a value here is; undefined: passed over. */
export const below = ({ kind, key }: Frame): Kind | undefined =>
  Object.hasOwn(BELOW[kind], key) ? BELOW[kind][key] : undefined;
export const isArray = (kind: Kind): boolean => kind === 'list' || kind === 'messages';

/** A frame of which nothing is known yet. */
export const frameOf = (kind: Kind, at: number, step: Frame['step']): Frame => ({ kind, at, step, key: '', count: 0 });
