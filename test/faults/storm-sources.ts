/**
 * The sources of a storm: messages of every kind, and what their contracts must make of each under either set of rules, told when the
 * message is made and by other code than the product's. So what is published can be computed from what was sent alone.
 */
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import type { Contract, FieldRules } from '../../src/domain/sources/contract.ts';
import { telegramContract } from '../../src/domain/sources/telegram/contract.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import type { ReportDefinition } from '../../src/domain/kpi/report.ts';
import type { Source } from '../../src/domain/formats/layout.ts';
import { deskBody } from '../support/desk-raw.ts';
import { notes } from '../support/notes.ts';

/** Two sets of rules; a process has one of them. */
export type Rules = 0 | 1;

/** What a message is under some rules: rows by table, each with what its cells tell; or why it is refused. */
export type Ruling =
  { readonly rows: Readonly<Record<string, string>>; readonly day: string } | { readonly reason: string };

export interface Message {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Undefined: it cannot be told apart from others, so each line is one of its own. */
  readonly identity: string | undefined;
  /** What its rows stand for, in words of the storm. */
  readonly entity: string;
  /** Orders the states of an entity; the receipt decides between equal ones. */
  readonly order: readonly number[];
  readonly rulings: readonly [Ruling, Ruling];
}

export interface StormSource {
  readonly source: Source;
  readonly contracts: readonly [Contract, Contract];
  readonly report: ReportDefinition;
  /** A column of a table, as SQL, that tells what `rows` tells. */
  readonly told: Readonly<Record<string, string>>;
  /** What a document should say besides, by its other fields; undefined: nothing is wrong with it. */
  readonly faultOf?: (document: Readonly<Record<string, unknown>>) => string | undefined;
  /** Message `n`, which no other is like; it may be another state of an earlier message's entity, or share its id. */
  message(n: number, next: () => number): Message;
}

const pick = <T>(next: () => number, items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
const always = (ruling: Ruling): readonly [Ruling, Ruling] => [ruling, ruling];

/** The desk with the scale of scores turned round, and one channel refused. */
const STRICT: Contract<FieldRules> = {
  ...DESK,
  variant: 'strict',
  rules: {
    ...DESK.rules,
    fields: DESK.rules.fields.map((field) => ({
      ...field,
      apply: (value, context) => {
        const ruled = field.apply(value, context);
        if (field.path === 'channel' && value === 'telefone') return { ...ruled, reject: 'wrong_type' as const };
        if (field.path !== 'serviceScore') return ruled;
        return { ...ruled, cells: ruled.cells.map((score) => (score === null ? null : 10 - Number(score))) };
      },
    })),
  },
};

const [DESK_TABLE] = DESK.tables;

function deskMessage(n: number, next: () => number): Message {
  // Some ids are used again, with another body.
  const id = next() < 0.15 ? `test:reused-${n % 3}` : `test:m${n}`;
  const good = JSON.parse(deskBody(`m${n}`, n)) as Record<string, string>;
  const message = (body: string, rulings: readonly [Ruling, Ruling], ownId = id): Message => ({
    id: ownId,
    headers: {},
    body,
    identity: ownId === '' ? undefined : `${ownId}\n${body}`,
    entity: `${ownId}\n${body}`,
    order: [],
    rulings,
  });
  const bad = next();
  const bent = (change: object): string => JSON.stringify({ ...good, ...change });
  if (bad < 0.05) return message(bent({}).slice(0, -5), always({ reason: 'invalid_json' }));
  if (bad < 0.1) return message(bent({ date: '99/99/2021' }), always({ reason: 'invalid_date' }));
  if (bad < 0.13) return message(bent({}), always({ reason: 'no_identity' }), '');
  const [day = '', month = '', year = ''] = good['date']!.slice(0, 10).split('/');
  const on = { day: `${year}-${month}-${day}` };
  const score = Number(good['serviceScore']);
  const row = (n: number): Ruling => ({ rows: { [DESK_TABLE.name]: `${good['date'] ?? ''} ${n}` }, ...on });
  return message(bent({}), [row(score), good['channel'] === 'telefone' ? { reason: 'wrong_type' } : row(10 - score)]);
}

const DESK_SOURCE: StormSource = {
  source: DESK.source,
  contracts: [DESK, STRICT],
  report: REPORTS.get(DESK.source)!,
  told: { [DESK_TABLE.name]: `date_original || ' ' || service_score` },
  message: deskMessage,
};

const NOTES = 'notes';
const LOUD = 'notes_loud';
const ENTITIES = 6;
const dayOf = (entity: string): string => `2021-08-0${1 + (Number(entity.slice(1)) % 3)}`;

function noteMessage(n: number, next: () => number): Message {
  const entity = `e${Math.floor(next() * ENTITIES)}`;
  const version = Math.floor(next() * 4);
  const word = pick(next, ['fine', 'fine', 'fine', 'odd', 'bad']);
  const note = `${entity} ${version} ${word} n${n}`;
  const isCut = next() < 0.06;
  const body = isCut ? `{"note":"${note}` : JSON.stringify({ note });
  const ruling = (refused: string, said: string): Ruling =>
    word === refused
      ? { reason: 'wrong_type' }
      : { rows: said === word ? { [NOTES]: said } : { [NOTES]: said, [LOUD]: said }, day: dayOf(entity) };
  return {
    id: note,
    headers: {},
    body,
    identity: isCut ? undefined : note,
    entity,
    order: [version],
    rulings: isCut ? always({ reason: 'invalid_json' }) : [ruling('bad', word), ruling('odd', word.toUpperCase())],
  };
}

const LOW = notes({ day: dayOf, name: 'low', refused: ['bad'] });
const HIGH = notes({ day: dayOf, name: 'high', refused: ['odd'], word: (word) => word.toUpperCase() });
const [NOTES_TABLE] = LOW.tables;
const SHOUT = { name: 'shout', type: 'text', privacy: 'public', doc: 'the word, louder', document: 'shout' } as const;

/** Rules that give a column and a table which the other ones do not know. */
const LOUDER: Contract = {
  ...HIGH,
  source: NOTES,
  tables: [
    { ...NOTES_TABLE, columns: [...NOTES_TABLE.columns, SHOUT] },
    { ...NOTES_TABLE, name: LOUD },
  ],
  rules: {
    ...HIGH.rules,
    judge(receipt, message, context) {
      const verdict = HIGH.rules.judge(receipt, message, context);
      if (verdict.kind === 'rejected') return verdict;
      const { cells } = verdict;
      return { ...verdict, tables: [NOTES, LOUD], cells: { ...cells, shout: `${String(cells['word'])}!` } };
    },
  },
};

const NOTES_SOURCE: StormSource = {
  source: NOTES,
  contracts: [{ ...LOW, source: NOTES }, LOUDER],
  report: {
    name: 'notes_by_word',
    rows: 'notes',
    table: NOTES,
    breakdowns: [
      {
        id: 'word',
        title: 'Words',
        titlePt: 'Palavras',
        definition: 'Notes.',
        definitionPt: 'Notas.',
        column: 'word',
        list: false,
      },
    ],
    measures: REPORTS.get(DESK.source)!.measures.slice(0, 0),
  },
  told: { [NOTES]: 'word', [LOUD]: 'word' },
  faultOf({ word, shout, rawKey }) {
    const isLoud = String(word) === String(word).toUpperCase();
    // The table of loud words has no such column.
    return shout === undefined || shout === (isLoud ? `${String(word)}!` : null)
      ? undefined
      : `${String(rawKey)}: ${JSON.stringify(shout)}`;
  },
  message: noteMessage,
};

/** 2025-11-01T15:00Z, noon in São Paulo. */
const NOON = 1_762_009_200;
const BOT = '4242';
const POSTS = 8;

function telegramMessage(n: number, next: () => number): Message {
  const post = Math.floor(next() * POSTS);
  const date = NOON + 86_400 * (post % 3) + post;
  const edited = next() < 0.5 ? date + 1 + Math.floor(next() * 3) : undefined;
  const text = next() < 0.7 ? `text ${n}` : undefined;
  const kind = edited === undefined ? 'message' : 'edited_message';
  const message = {
    message_id: 100 + post,
    chat: { id: -1_001_234_567_890, type: 'supergroup', title: 'Posto Central' },
    from: { id: 71, is_bot: false, first_name: 'Ana' },
    date,
    ...(edited === undefined ? {} : { edit_date: edited }),
    ...(text === undefined ? { photo: [] } : { text }),
  };
  const isBad = next() < 0.08;
  const body = JSON.stringify({ update_id: n, [kind]: isBad ? { ...message, message_id: undefined } : message });
  const on = { day: new Date(date * 1000).toISOString().slice(0, 10) };
  const row = { telegram_messages: `${100 + post} ${edited !== undefined}` };
  return {
    id: '',
    headers: { origin: 'webhook', bot: BOT },
    body,
    identity: `${n} ${kind} ${date}`,
    entity: `${100 + post}`,
    order: [edited ?? date, n],
    rulings: isBad
      ? always({ reason: 'missing_field' })
      : [
          { rows: text === undefined ? row : { ...row, telegram_texts: text }, ...on },
          { rows: row, ...on },
        ],
  };
}

const TELEGRAM_SOURCE: StormSource = {
  source: 'telegram',
  contracts: [
    telegramContract({ texts: true, chats: undefined }),
    telegramContract({ texts: false, chats: undefined }),
  ],
  report: REPORTS.get('telegram')!,
  told: { telegram_messages: `message_id || ' ' || is_edited`, telegram_texts: 'text' },
  message: telegramMessage,
};

export const STORM_SOURCES: readonly StormSource[] = [DESK_SOURCE, NOTES_SOURCE, TELEGRAM_SOURCE];
