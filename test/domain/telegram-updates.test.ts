/** The kinds of update are those of the Bot API's types. */
import type { Update } from '@grammyjs/types';
import { expect, test } from '@jest/globals';
import { KINDS_ON_REQUEST, UPDATE_KINDS } from '../../src/domain/telegram-updates.ts';

type Kind = Exclude<keyof Update, 'update_id'>;

test('every kind the types know is asked for, and no other', () => {
  // Fails to compile when the types have a kind that is missing here, or the other way round.
  const missing: Exclude<Kind, (typeof UPDATE_KINDS)[number]>[] = [];
  const invented: Exclude<(typeof UPDATE_KINDS)[number], Kind>[] = [];
  expect([...missing, ...invented]).toEqual([]);
  const none: [Exclude<Kind, (typeof UPDATE_KINDS)[number]>] extends [never] ? true : false = true;
  expect(none).toBe(true);
  expect(new Set(UPDATE_KINDS).size).toBe(27);
  for (const kind of KINDS_ON_REQUEST) expect(UPDATE_KINDS).toContain(kind);
});
