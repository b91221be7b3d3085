/** Whatever is sent: a verdict that the tables can hold, never an error. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Column, RuleContext } from '../../../../src/domain/sources/contract.ts';
import { telegramContract } from '../../../../src/domain/sources/telegram/contract.ts';
import { REASONS } from '../../../../src/domain/counts.ts';
import { type JsonObject, isJsonObject } from '../../../../src/domain/json.ts';
import { ATTRIBUTES, CONTENT, EVENT_KINDS, MESSAGE_KINDS } from '../../../../src/domain/sources/telegram/kinds.ts';
import { GROUP, NOW, fixtures, message, receipt } from './support.ts';

const names = fc.constantFrom('id', 'user', 'type', 'status', 'new_chat_member', 'boost', ...ATTRIBUTES, ...CONTENT);
const scalar = fc.oneof(
  fc.constantFrom(null, true, -0, 1e30, NOW, 2 ** 53, 'private', '❤️'),
  fc.integer(),
  fc.string(),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { weight: 3, arbitrary: scalar },
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 8 }),
  ),
}));
const payload = fc.oneof(
  value,
  fc.dictionary(names, value).map((more) => ({ ...message(), chat: GROUP, ...more })),
);
const kind = fc.constantFrom('result', 'hologram', ...MESSAGE_KINDS, ...EVENT_KINDS);
const update = fc.oneof(
  fc.tuple(fc.integer(), kind, payload).map(([id, name, body]) => ({ update_id: id, [name]: body })),
  fc.dictionary(kind, payload, { maxKeys: 3 }),
  fc.dictionary(
    fc.constantFrom('id', 'type', 'date', 'date_unixtime', 'edited', 'text', 'text_entities', 'from_id', 'action'),
    value,
  ),
  fc.dictionary(fc.string(), fc.jsonValue()),
);
const headers = fc.record({
  origin: fc.constantFrom('webhook', 'poll', 'sent', 'import', 'fax'),
  bot: fc.constantFrom('4242', 'x'),
  chat: fc.constantFrom('-1001234567890', '71', 'x'),
  chat_type: fc.constantFrom('private', 'supergroup', 'x'),
  zone: fc.constantFrom('America/Sao_Paulo', 'Nowhere'),
});

/** Hides what it is given, as the real one does. */
const context: RuleContext = { pseudonym: () => 'k1:0' };
const ALL = telegramContract({ texts: true, chats: undefined });
const SOME = telegramContract({ texts: false, chats: ['-1001234567890', '71'] });

/** What kind of text, number or list a column may hold; a cell that is not there is null. */
function fits({ type, values, min, max }: Column, cell: unknown): boolean {
  if (cell === null || cell === undefined) return true;
  switch (type) {
    case 'text':
      return typeof cell === 'string' && (values === undefined || values.includes(cell));
    case 'text[]':
      return Array.isArray(cell) && cell.every((item) => typeof item === 'string');
    case 'bool':
      return typeof cell === 'boolean';
    case 'int32':
      return typeof cell === 'number' && (cell | 0) === cell && cell >= (min ?? cell) && cell <= (max ?? cell);
    case 'int64':
    case 'timestamp':
      return Number.isSafeInteger(cell);
    case 'date':
    case 'issue[]':
      return false;
  }
}

function check({ tables, rules }: typeof ALL, body: JsonObject, given: Record<string, string>): void {
  const at = receipt(given);
  const identity = rules.identify(at, body, context);
  const verdict = rules.judge(at, body, context);
  expect(rules.judge(at, body, context)).toEqual(verdict);
  rules.moveOf?.(body);
  if (identity !== undefined) expect(`${identity.transportId}${identity.discriminator}`).toMatch(/^[\x20-\x7e]+$/);
  if (verdict.kind === 'rejected') {
    expect(Object.keys(REASONS)).toContain(verdict.reason);
    return;
  }
  expect(verdict.eventDate).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(verdict.version.every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true);
  const columns = tables.filter(({ name }) => verdict.tables.includes(name)).flatMap((table) => table.columns);
  const wrong = columns.filter((column) => !fits(column, verdict.cells[column.name]));
  expect(wrong.map(({ name }) => `${name} ${String(verdict.cells[name])}`)).toEqual([]);
  const names = new Set(['text', ...tables.flatMap((table) => table.columns.map(({ name }) => name))]);
  expect(Object.keys(verdict.cells).filter((name) => !names.has(name))).toEqual([]);
}

test('any JSON object, in any way', () => {
  const parsed = update
    .map((body) => JSON.parse(JSON.stringify(body)) as unknown)
    .filter((body) => isJsonObject(body as never));
  fc.assert(
    fc.property(fc.constantFrom(ALL, SOME), parsed, headers, (contract, body, given) =>
      check(contract, body as JsonObject, given),
    ),
    { numRuns: 500 },
  );
});

test('every received update', () => {
  for (const body of fixtures().values()) check(ALL, body, { origin: 'webhook', bot: '4242' });
});

test('columns of one name are of one type in all tables', () => {
  const { tables } = ALL;
  const types = new Set(tables.flatMap(({ columns }) => columns.map(({ name, type }) => `${name} ${type}`)));
  expect(types.size).toBe(new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name))).size);
});

test('columns have one meaning each, and documents one field', () => {
  for (const { columns } of ALL.tables) {
    const documents = columns.map(({ document }) => document);
    expect(new Set(documents).size).toBe(columns.length);
    expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
    for (const { doc } of columns) expect(doc).not.toBe('');
  }
});
