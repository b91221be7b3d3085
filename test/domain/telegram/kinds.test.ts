/** The contract's lists against the Bot API's own types: a new version of them that knows more fails to compile here. */
import { expect, test } from '@jest/globals';
import type { Message, Update } from '@grammyjs/types';
import { ATTRIBUTES, CONTENT, EVENT_KINDS, MESSAGE_KINDS } from '../../../src/domain/telegram/kinds.ts';
import { fixtures, row, update } from './support.ts';

type Kind = Exclude<keyof Update, 'update_id'>;
/** Compiles only for an empty union, and names what is left in its error. */
const none = <Left extends never>(left?: Left): undefined => left;

none<Exclude<Kind, (typeof MESSAGE_KINDS)[number] | (typeof EVENT_KINDS)[number]>>();
none<Exclude<(typeof MESSAGE_KINDS)[number] | (typeof EVENT_KINDS)[number], Kind>>();
none<Exclude<Update[(typeof MESSAGE_KINDS)[number]], Message | undefined>>();
none<Exclude<(typeof CONTENT)[number] | (typeof ATTRIBUTES)[number], keyof Message>>();
none<Exclude<keyof Message.MediaMessage, (typeof ATTRIBUTES)[number]>>();

test('27 kinds, and a row for each of them', () => {
  const kinds = [...MESSAGE_KINDS, ...EVENT_KINDS];
  expect(new Set(kinds).size).toBe(27);
  for (const kind of EVENT_KINDS) {
    const { cells, tables } = row(update({}, kind));
    expect(tables).toEqual(['telegram_events']);
    expect(cells).toMatchObject({ kind, is_known_kind: true });
  }
});

test('every kind in the received updates is known', () => {
  const known: readonly string[] = ['update_id', ...MESSAGE_KINDS, ...EVENT_KINDS];
  const unknown = [...fixtures().values()].flatMap((body) => Object.keys(body)).filter((key) => !known.includes(key));
  expect(unknown).toEqual([]);
});
