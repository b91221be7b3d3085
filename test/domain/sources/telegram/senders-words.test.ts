/** Attacks by whoever writes an update: words of theirs at every place, lists of a hundred thousand items at every place that takes a list. */
import { expect, test } from '@jest/globals';
import { type Json, type JsonObject, isJsonObject } from '../../../../src/domain/json.ts';
import { ANA, GROUP, NOW, fixtures, message, update } from './support.ts';
import { staged } from './tables.ts';

const WORD = 'canaria7351';
const ITEMS = 100_000;
/** Beyond the text, 100 items of 1,024 code units in each of some lists. */
const MOST_BYTES = 600_000;

const MADE: readonly (readonly [string, JsonObject])[] = [
  [
    'reactions',
    update(
      {
        chat: GROUP,
        message_id: 1,
        user: ANA,
        date: NOW - 60,
        old_reaction: [{ type: 'emoji', emoji: '👍' }],
        new_reaction: [{ type: 'custom_emoji', custom_emoji_id: '1' }],
      },
      'message_reaction',
    ),
  ],
  ['an answer to a poll', update({ poll_id: '1', user: ANA, option_ids: [0] }, 'poll_answer')],
  [
    'deleted messages',
    update(
      { business_connection_id: 'b', chat: { id: 71, type: 'private' }, message_ids: [1] },
      'deleted_business_messages',
    ),
  ],
  ['a join', update(message({ text: null, new_chat_members: [ANA] }))],
  [
    'an order',
    update(
      { id: '1', from: ANA, currency: 'BRL', total_amount: 1, invoice_payload: 'p', order_info: { name: 'n' } },
      'pre_checkout_query',
    ),
  ],
  [
    'a formatted text',
    update(message({ entities: [{ type: 'bold', offset: 0, length: 3 }], photo: [{ file_id: 'f' }] })),
  ],
];
const UPDATES = [...fixtures(), ...MADE];
const LISTS = UPDATES.map(([name, given], i) => [name, given, i >= UPDATES.length - MADE.length] as const);

type Path = readonly (string | number)[];
const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);

/** Every place below a value: of values, and with `key` of names. */
function* places(value: Json, at: Path = []): Generator<Path> {
  yield at;
  const entries = isList(value) ? value.entries() : isJsonObject(value) ? Object.entries(value) : [];
  for (const [name, below] of entries) yield* places(below, [...at, name]);
}

/** The value with what `put` makes of the one at a place. */
function changed(value: Json, [name, ...rest]: Path, put: (old: Json) => Json): Json {
  if (name === undefined) return put(value);
  if (isList(value)) return value.map((one, i) => (i === name ? changed(one, rest, put) : one));
  return { ...(value as JsonObject), [name]: changed((value as JsonObject)[name]!, rest, put) };
}
const at = (value: Json, path: Path): Json =>
  path.reduce<Json>((part, name) => (part as Readonly<Record<string | number, Json>>)[name]!, value);

/** What is written of a line outside raw, its text apart, which has a table of its own. */
function written(body: Json): string {
  const [row] = staged([body as JsonObject], NOW);
  const { text: _, ...cells } = row!.cells;
  return JSON.stringify({ ...row, cells });
}

test('a text is seen where it is looked for', () => {
  const [row] = staged([update(message({ text: WORD }))], NOW);
  expect(JSON.stringify(row).split(WORD).length).toBe(2);
});

test.each(UPDATES)('%s: no word of its sender is published, wherever it stands', (_, given) => {
  for (const path of places(given)) {
    if (path.length > 0 && !isJsonObject(at(given, path)) && !isList(at(given, path)))
      expect([path, written(changed(given, path, () => WORD)).includes(WORD)]).toEqual([path, false]);
    if (!isJsonObject(at(given, path))) continue;
    const renamed = Object.keys(at(given, path) as JsonObject).map((key) =>
      changed(given, path, (old) =>
        Object.fromEntries(Object.entries(old as JsonObject).map(([name, one]) => [name === key ? WORD : name, one])),
      ),
    );
    const more = changed(given, path, (old) => ({ ...(old as JsonObject), [WORD]: { [WORD]: [WORD] } }));
    for (const body of [...renamed, more]) expect([path, written(body).includes(WORD)]).toEqual([path, false]);
  }
});

test.each(LISTS)('%s: a hundred thousand items make a row that tables and documents can take', (_, given, isMade) => {
  for (const path of places(given)) {
    const old = at(given, path);
    // Where a list belongs; in updates made for this, everywhere.
    if (path.length === 0 || (!isList(old) && !isMade)) continue;
    const [first = 1] = isList(old) ? old : [];
    const small = JSON.stringify(first).length <= 32 ? first : {};
    const row = written(changed(given, path, () => Array.from({ length: ITEMS }, () => small)));
    expect([path, row.length <= MOST_BYTES]).toEqual([path, true]);
    const { cells } = JSON.parse(row) as { cells: Readonly<Record<string, unknown>> };
    for (const [name, cell] of Object.entries(cells))
      if (isList(cell)) expect([path, name, cell.length <= 100]).toEqual([path, name, true]);
  }
});
