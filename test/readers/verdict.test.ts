/** The verdict of `npm run readers`: whatever an engine sees otherwise is said. */
import { expect, test } from '@jest/globals';
import { type Answer, differences } from './verdict.ts';

const rows = (n: number, digest = 'a') => ({ rows: n, digest });
const OWN = { messages: { version: 2, files: [], rows: 3, current: 2 } };
const REFERENCE: Answer = {
  engine: 'reference',
  tables: { messages: { live: rows(3), current: rows(2), version: null, history: null } },
  questions: { per_day: ['[1]', '[2]'] },
};
const seen = (change: Partial<Answer['tables'][string]>, questions = REFERENCE.questions): Answer => ({
  engine: 'other',
  tables: { messages: { ...REFERENCE.tables['messages']!, version: 2, history: 3, ...change } },
  questions,
});

test('the same rows, versions and answers are no difference, nor is what an engine cannot tell', () => {
  expect(differences(seen({}), REFERENCE, OWN)).toEqual([]);
  expect(differences(seen({ version: null, history: null }, {}), REFERENCE, OWN)).toEqual([]);
});

test.each<[string, Answer, string]>([
  ['a row too few', seen({ live: rows(2) }), 'messages has 2 rows, not 3'],
  ['an old version among the current', seen({ current: rows(3) }), 'messages has 3 current rows, not 2'],
  ['another cell', seen({ live: rows(3, 'b') }), 'other rows in messages'],
  ['another cell of a current row', seen({ current: rows(2, 'b') }), 'other current rows in messages'],
  ['another version', seen({ version: 1 }), 'messages is at version 1, not 2'],
  ['a part of the history', seen({ history: 2 }), 'messages has a history of 2 entries, not 3'],
  ['another answer', seen({}, { per_day: ['[1]'] }), 'another answer to per_day'],
])('%s is', (_, answer, difference) => {
  expect(differences(answer, REFERENCE, OWN)).toEqual([difference]);
});

test('a table that is not seen at all is', () => {
  const { tables: _, ...rest } = seen({});
  expect(differences({ ...rest, tables: {} }, REFERENCE, OWN)[0]).toBe('messages has no rows, not 3');
});
