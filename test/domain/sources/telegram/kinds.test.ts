/** The contract's lists against the Bot API's own types: a new version of them that knows more fails to compile here. */
import { expect, test } from '@jest/globals';
import type { Message, Update } from '@grammyjs/types';
import { ATTRIBUTES, CONTENT, EVENT_KINDS, MESSAGE_KINDS } from '../../../../src/domain/sources/telegram/kinds.ts';
import { fixtures, message, row, update } from './support.ts';

type Kind = Exclude<keyof Update, 'update_id'>;
type Known = (typeof MESSAGE_KINDS)[number] | (typeof EVENT_KINDS)[number];
type Field = (typeof CONTENT)[number] | (typeof ATTRIBUTES)[number];

test('the lists are those of the types, in both directions', () => {
  const kinds: readonly Kind[] = [...MESSAGE_KINDS, ...EVENT_KINDS];
  const known: readonly Known[] = kinds;
  const fields: readonly (keyof Message)[] = [...CONTENT, ...ATTRIBUTES];
  const attribute = (name: keyof Message.MediaMessage): Field => name;
  const payload = (given: Update, kind: (typeof MESSAGE_KINDS)[number]): Message | undefined => given[kind];
  expect(known).toHaveLength(27);
  expect(new Set(fields).size).toBe(fields.length);
  expect([attribute('caption'), payload({ update_id: 1 }, 'message')]).toEqual(['caption', undefined]);
});

test('each of the 27 kinds is a row', () => {
  for (const kind of MESSAGE_KINDS) expect(row(update(message(), kind)).cells['kind']).toBe(kind);
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
