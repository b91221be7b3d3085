/** Judging one line: whatever a message holds makes one bounded row, and rules that stumble cost that line alone. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NO_MOVES, cleanseLine } from '../../../src/domain/judge/cleanse.ts';
import type { CleanseContext, StagedRow } from '../../../src/domain/judge/judged.ts';
import { remembering } from '../../../src/domain/sources/remembering.ts';
import type {
  Cell,
  Column,
  Contract,
  Field,
  FieldRules,
  Issue,
  RecordRules,
  RecordVerdict,
} from '../../../src/domain/sources/contract.ts';
import { DESK } from '../../../src/domain/sources/desk/contract.ts';
import type { RawLine } from '../../../src/domain/formats/raw.ts';
import { deskMessages } from '../../support/desk-lines.ts';

const RECEIVED_MS = 1_762_000_000_000;
const context: CleanseContext = {
  identityHash: (parts) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex').slice(0, 32);
  },
  fromBase64: (text) => Buffer.from(text, 'base64'),
  pseudonym: (purpose, id) => `k1:${purpose}:${id.length}`,
};
const raw = (body: unknown, n = 0): RawLine => ({
  v: 1,
  n,
  id: `id-${n}`,
  receivedAt: RECEIVED_MS,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const judge = (contract: Contract, line: RawLine): StagedRow =>
  cleanseLine({ contract, moves: NO_MOVES }, context, 'raw/x', line);
const desk = (body: object): StagedRow => judge(DESK, raw({ date: '02/08/2021 11:35:42', ...body }));
const codes = ({ issues }: StagedRow): readonly string[] => issues.map(({ field, code }) => `${field} ${code}`);

const column = (name: string, type: Column['type'] = 'text'): Column => ({ name, type, privacy: 'public', doc: '' });
const TABLE = { name: 'words', doc: '', columns: [column('words')], clear: false, documents: true, indexes: [] };

/** A contract of record rules whose verdict a test gives. */
function recordContract(judgeMessage: RecordRules['judge'], identify?: RecordRules['identify']): Contract<RecordRules> {
  const ofMessage: RecordRules['identify'] = (_receipt, message) => ({
    transportId: `m${JSON.stringify(message['id'])}`,
    discriminator: 'd',
  });
  const rules: RecordRules = { kind: 'record', identify: identify ?? ofMessage, judge: judgeMessage };
  return { ...DESK, source: 'words', tables: [TABLE], rules };
}
const verdict = (change: Partial<RecordVerdict & { kind: 'row' }> = {}): RecordVerdict => ({
  kind: 'row',
  tables: ['words'],
  version: [1],
  eventDate: '2021-08-02',
  cells: { words: 'x' },
  issues: [],
  ...change,
});

describe('one message is one bounded row', () => {
  test('a list of 400,000 services keeps the first hundred, and says so', () => {
    // Small words: the body stays below the limit of a message.
    const services = Array.from({ length: 400_000 }, () => 1);
    const row = desk({ services });
    expect(row.reason).toBeNull();
    expect(row.issues).toHaveLength(101);
    expect(codes(row).at(-1)).toBe(' more_issues');
    expect(JSON.stringify(row).length).toBeLessThan(20_000);
    const words = desk({ services: Array.from({ length: 40_000 }, () => 'informacoes') });
    expect(words.cells['services']).toEqual(Array.from({ length: 100 }, () => 'informacoes'));
    expect(codes(words)).toEqual(['services too_many_items']);
  });

  test('exactly a hundred issues are all listed; one more is told by more_issues', () => {
    const unread = (n: number) => desk({ services: Array.from({ length: n }, () => '9') });
    expect(codes(unread(100))).toEqual(Array.from({ length: 100 }, () => 'services unreadable_item'));
    expect(codes(unread(101))).toEqual([...codes(unread(100)), ' more_issues']);
  });

  const unit = fc.constantFrom('a', 'é', '😊', 'a😊');
  const anyCell: fc.Arbitrary<Cell> = fc.oneof(
    fc.constantFrom(null, true, 7),
    fc.tuple(unit, fc.nat(80_000)).map(([one, n]) => one.repeat(n)),
    fc
      .tuple(fc.nat(150), fc.nat(1_200), unit)
      .map(([n, length, one]) => Array.from({ length: n }, () => one.repeat(length))),
  );
  const anyIssue: fc.Arbitrary<Issue> = fc.record({
    field: fc.constantFrom('a', 'b'),
    code: fc.constantFrom('wrong_type' as const, 'repaired' as const),
  });

  test('whatever rules say: lists to 100 of 1,024, texts to 65,536, issues to 100 and one, no half of a pair at a cut', () => {
    const anyVerdict = fc.tuple(
      fc.dictionary(fc.constantFrom('a', 'b', 'words'), anyCell),
      fc.array(anyIssue, { maxLength: 130 }),
    );
    fc.assert(
      fc.property(anyVerdict, ([cells, issues]) => {
        const row = judge(
          recordContract(() => verdict({ cells, issues })),
          raw({ id: 1 }),
        );
        expect(row.reason).toBeNull();
        expect(row.issues.slice(0, Math.min(issues.length, 100))).toEqual(issues.slice(0, 100));
        expect(row.issues.length).toBeLessThanOrEqual(101);
        expect(row.issues.length > 100).toBe(issues.length > 100);
        for (const [name, cell] of Object.entries(row.cells)) {
          const given = cells[name] as Cell;
          const whole = JSON.stringify(cell) === JSON.stringify(given);
          const told = row.issues.some(
            ({ field, code }) => field === name && (code === 'too_long' || code === 'too_many_items'),
          );
          if (whole) expect(told).toBe(false);
          else if (issues.length < 98) expect(told).toBe(true);
          const texts = typeof cell === 'string' ? [cell] : Array.isArray(cell) ? (cell as readonly string[]) : [];
          expect(texts.length).toBeLessThanOrEqual(100);
          for (const one of texts) {
            expect(one.length).toBeLessThanOrEqual(typeof cell === 'string' ? 65_536 : 1_024);
            expect(Buffer.from(one, 'utf8').toString('utf8') === one).toBe(true);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('rules that stumble', () => {
  const stumbling = (line: number): Contract<FieldRules> => {
    const field: Field = {
      path: 'word',
      columns: [column('words')],
      apply: (value) => {
        if (value === line) throw new Error(`CPF 529.982.247-25 of line ${line}`);
        return { cells: [JSON.stringify(value ?? null)], issues: [] };
      },
    };
    return { ...DESK, rules: { ...DESK.rules, fields: [...DESK.rules.fields, field] } };
  };

  test('set that line aside as not_judged, with its identity and no word of the error; the others go on', () => {
    const bodies = [0, 1, 2].map((word) => raw({ date: '02/08/2021 11:35:42', word }, word));
    const rows = bodies.map((line) => judge(stumbling(1), line));
    expect(rows.map(({ reason, field }) => [reason, field])).toEqual([
      [null, null],
      ['not_judged', '$'],
      [null, null],
    ]);
    const fine = bodies.map((line) => judge(stumbling(9), line));
    for (const name of ['identityHash', 'claimKey', 'transportId', 'version'] as const)
      expect(rows[1]![name]).toBe(fine[1]![name]);
    expect(rows[1]).toMatchObject({ cells: {}, issues: [], tables: null, eventDate: null, entity: null });
    expect(JSON.stringify(rows[1])).not.toContain('529');
  });

  test('over a whole message do so too; where they cannot say who it is, it is only itself', () => {
    const boom = (): never => {
      throw new Error('boom');
    };
    const set = judge(recordContract(boom), raw({ id: 1 }));
    expect([set.reason, set.transportId]).toEqual(['not_judged', 'm1']);
    const nobody = (n: number) =>
      judge(
        recordContract(() => verdict(), boom),
        raw({ id: 1 }, n),
      );
    expect([nobody(0).reason, nobody(0).field]).toEqual(['no_identity', '$']);
    expect(nobody(0).identityHash).not.toBe(nobody(1).identityHash);
  });

  test('a message given to no table, and a version of no whole numbers, are set aside', () => {
    for (const wrong of [verdict({ tables: ['nowhere'] }), verdict({ version: [-1] }), verdict({ version: [NaN] })])
      expect(
        judge(
          recordContract(() => wrong),
          raw({ id: 1 }),
        ).reason,
      ).toBe('not_judged');
  });
});

describe('versions', () => {
  test('do not repeat the identity where the entity is the message itself', () => {
    const own = desk({});
    expect(own.entity).toBeNull();
    expect(own.version).toBe(String(RECEIVED_MS).padStart(16, '0'));
    expect(own.version).not.toContain(own.identityHash);
    const itself = judge(
      recordContract(() => verdict()),
      raw({ id: 1 }),
    );
    expect(itself.version).not.toContain(itself.identityHash);
  });

  test('end in receipt and identity where several messages are states of one entity, so no two are equal', () => {
    const of = (id: number) =>
      judge(
        recordContract(() => verdict({ entity: 'e' })),
        raw({ id }),
      );
    expect(of(1).version.endsWith(`.${String(RECEIVED_MS).padStart(16, '0')}.${of(1).identityHash}`)).toBe(true);
    expect(of(1).version).not.toBe(of(2).version);
  });
});

test('remembering what a rule said changes nothing, and asks it less', () => {
  let asked = 0;
  const counting: Contract<FieldRules> = {
    ...DESK,
    rules: {
      ...DESK.rules,
      fields: DESK.rules.fields.map((field) => ({
        ...field,
        apply: (value, of) => ((asked += 1), field.apply(value, of)),
      })),
    },
  };
  const contract = remembering(counting);
  const anyValue = fc.oneof(
    fc.constantFrom(null, true, 'true', 1, '1', 40, '40', '02/08/2021 11:35:42', ''),
    fc.jsonValue(),
  );
  const anyBody = fc.record(Object.fromEntries(DESK.rules.fields.map(({ path }) => [path, anyValue])), {
    requiredKeys: [],
  });
  const traffic = [...deskMessages({ count: 400, seed: 3, repeats: 0.3, strange: 0.2, days: 3, startMs: RECEIVED_MS })];
  const bodies = traffic.map(({ body }) => Buffer.from(body).toString('utf8'));
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          anyBody.map((body) => JSON.stringify(body)),
          fc.constantFrom(...bodies),
        ),
        { maxLength: 20 },
      ),
      (some) => {
        for (const [n, body] of some.entries())
          expect(judge(contract, raw(body, n))).toEqual(judge(DESK, raw(body, n)));
      },
    ),
  );
  for (const body of bodies) expect(judge(contract, raw(body))).toEqual(judge(DESK, raw(body)));
  asked = 0;
  for (let i = 0; i < 100; i += 1) judge(contract, raw({ date: '03/08/2021 11:35:42', channel: 'pombo', age: 41 }));
  expect(asked).toBeLessThanOrEqual(DESK.rules.fields.length);
});

test('remembering is bounded: very many values are forgotten again', () => {
  let asked = 0;
  const field: Field = {
    path: 'date',
    columns: [column('words')],
    apply: () => ((asked += 1), { cells: ['x'], issues: [] }),
  };
  const contract = remembering({ ...DESK, rules: { ...DESK.rules, fields: [field] } }) as Contract<FieldRules>;
  const ask = (value: string): void => void contract.rules.fields[0]!.apply(value, context);
  for (let n = 0; n < 25_000; n += 1) ask(String(n));
  expect(asked).toBe(25_000);
  ask('24999');
  expect(asked).toBe(25_000);
  ask('0');
  expect(asked).toBe(25_001);
});
