/**
 * A contract says what a source's messages mean: identity, zone, and for each field the rule that makes typed columns of it.
 * Both engines run these rules; the table's schema, the documents' validator and docs/data-model.md are made from them.
 */
import type { Reason } from '../counts.ts';
import type { Names } from '../judge/decode.ts';
import type { IdentityRule } from '../judge/identity.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Source } from '../formats/layout.ts';

export type ColumnType = 'text' | 'int32' | 'int64' | 'bool' | 'timestamp' | 'date' | 'text[]' | 'issue[]';

/** Who may see a column: `personal` and `sensitive` are the words of LGPD art. 5 I and II. */
export type Privacy = 'public' | 'personal' | 'sensitive';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly privacy: Privacy;
  readonly doc: string;
  /** The field of the document; absent: the column is not in the document. */
  readonly document?: string;
  /** Values a text may have; absent: any. */
  readonly values?: readonly string[];
  /** Its values only tell people, or chats, apart: pseudonyms, and ids of groups beside them. */
  readonly pseudonym?: true;
  readonly min?: number;
  readonly max?: number;
}

/** Something a rule noticed. What stood there is not repeated: any word may be a person's. */
export interface Issue {
  readonly field: string;
  readonly code: IssueCode;
}

/** What can be noticed about a message that is still used. A closed list. */
export const ISSUES = {
  wrong_type: 'the value is of a type the field cannot have; it was left out',
  unknown_value: 'the word is not in the field’s vocabulary; it was left out',
  repaired: 'a misspelt word was repaired',
  new_value: 'the service is not in the menu chatlake knows; it counts as `*`',
  unreadable_item: 'an item of the list is not a word of a menu; it was left out',
  not_an_integer: 'the value is not a whole number; it was left out',
  out_of_range: 'the number lies outside the field’s range; it was left out',
  invalid_cpf: 'it is not written as a CPF, or fails its check digits; the person is unknown',
  padded_cpf: 'the CPF was sent as a number and lost leading zeros; they were restored',
  repeated_local_time: 'the clock showed this time twice that day; the earlier was taken',
  ahead_of_receipt:
    'the date lies more than five minutes after the receipt: the clock of the desk or of the receiver is wrong',
  skipped_local_time: 'the clock never showed this time that day; the time after the gap was taken',
  too_many_items: 'the list is longer than a row holds; the first 100 were kept',
  too_long: 'the text is longer than a row holds; its beginning was kept',
  more_issues: 'more was noticed than a row holds; the rest is not listed',
} as const;
export type IssueCode = keyof typeof ISSUES;

/** A cell as rules give it: timestamps in milliseconds since the epoch, dates as `2021-08-02`. */
export type Cell = null | boolean | number | string | readonly string[];

/** What a rule made of one field: a cell per column, in their order. `reject` quarantines the whole message. */
export interface Ruled {
  readonly cells: readonly Cell[];
  readonly issues: readonly Issue[];
  readonly reject?: Reason;
}

/** What rules need from outside, so that they stay pure. */
export interface RuleContext {
  /** HMAC-SHA-256 under the secret key, with its key id: `<key id>:<hex>`. The same person gives the same text. */
  pseudonym(purpose: string, normalisedId: string): string;
}

export interface Field {
  /** Name in the message's JSON object. */
  readonly path: string;
  readonly columns: readonly Column[];
  readonly apply: (value: Json | undefined, context: RuleContext) => Ruled;
}

/** The facts of a message's receipt that rules may use. */
export interface Receipt {
  readonly receivedAt: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Chats that became others, new id → old id, as known when the window was sealed or found in the seal itself. */
  readonly moves: ReadonlyMap<string, string>;
}

/** Who a message is: the transport's id and a discriminator. Nothing personal: both stand in the ledger or are hashed into it. */
export interface RecordIdentity {
  readonly transportId: string;
  readonly discriminator: string;
  /** Where later runs look for the claim, a frozen function of the identity; absent: two hex digits of the identity hash. */
  readonly claimKey?: string;
}

/** What became of one message: rows of some tables, or quarantine. */
export type RecordVerdict =
  | { readonly kind: 'rejected'; readonly reason: Reason; readonly field: string }
  | {
      readonly kind: 'row';
      /** Names of the contract's tables that get a row; each takes the columns it has. */
      readonly tables: readonly string[];
      /** What the rows stand for; absent: the message itself. No clear identifier: a pseudonym where it is made of one. */
      readonly entity?: string;
      /** Whole numbers ≥ 0 that order the entity's states; the receipt and the identity hash are added behind them. */
      readonly version: readonly number[];
      /** Local day in the contract's zone, the same for all versions of an entity. */
      readonly eventDate: string;
      readonly cells: Readonly<Record<string, Cell>>;
      readonly issues: readonly Issue[];
    };

/** Rules over a whole message, for a source whose messages are of many kinds. */
export interface RecordRules {
  readonly kind: 'record';
  /** Undefined: the message cannot be told apart from another delivery, so it is quarantined as `no_identity`. */
  identify(receipt: Receipt, message: JsonObject, context: RuleContext): RecordIdentity | undefined;
  /** The transport id of a message that `identify` cannot tell; its bytes are the discriminator. Undefined: it is only itself. */
  readonly identifyUnread?: (receipt: Receipt, context: RuleContext) => string | undefined;
  judge(receipt: Receipt, message: JsonObject, context: RuleContext): RecordVerdict;
  /** The move of a chat that a message tells of; only where a list of allowed chats has to follow it. */
  readonly moveOf?: (message: JsonObject) => { readonly from: string; readonly to: string } | undefined;
}

/** One Delta table of a source and, where `documents` says so, one collection of the same name. */
export interface Table {
  readonly name: string;
  readonly doc: string;
  /** Without the columns every table starts and ends with. */
  readonly columns: readonly Column[];
  /** It holds what people wrote: its lines are staged apart from others and gone with their run, and no local disk keeps a copy. */
  readonly clear: boolean;
  readonly documents: boolean;
  /** Indexes of the collection, besides `_id`. */
  readonly indexes: readonly Readonly<Record<string, 1>>[];
}

/** Rules field by field, for a source whose messages are all of one shape: one row per message, in the only table. */
export interface FieldRules {
  readonly kind: 'fields';
  readonly identity: IdentityRule;
  readonly fields: readonly Field[];
}

export interface Contract<R extends FieldRules | RecordRules = FieldRules | RecordRules> {
  readonly source: Source;
  readonly version: number;
  /** What a configuration changed in the rules, as a word of the code version; empty: nothing. */
  readonly variant: string;
  readonly zone: string;
  /** The first is of what the source is about: by its `event_date` and `occurred_at` the source’s days and freshness are told. */
  readonly tables: readonly [Table, ...Table[]];
  readonly names: Names;
  readonly rules: R;
  /** Purpose under which persons of this source are pseudonymised: sources do not join by default. */
  readonly personPurpose: string;
}

/** True for a contract whose rules are field by field. */
export const isFieldContract = (contract: Contract): contract is Contract<FieldRules> =>
  contract.rules.kind === 'fields';

/** The day of an interaction: the same for all versions of an entity, so a reader of some days finds every state of what happened in them. */
export const EVENT_DATE: Column = {
  name: 'event_date',
  type: 'date',
  privacy: 'public',
  doc: 'local day of the interaction in the source’s zone; files are sorted by it, and their statistics say which days they hold',
  document: 'eventDate',
};

/** The columns every table starts with. */
export const BASE_COLUMNS: readonly Column[] = [
  { name: 'entity', type: 'text', privacy: 'public', doc: 'what the row stands for; a document has the same `_id`' },
  {
    name: 'version',
    type: 'text',
    privacy: 'public',
    doc: 'orders the states of one entity, compared as text; the highest is current',
    document: 'version',
  },
  {
    name: 'received_at',
    type: 'timestamp',
    privacy: 'public',
    doc: 'when chatlake received the message (UTC)',
    document: 'receivedAt',
  },
  EVENT_DATE,
];

/** The columns every table ends with. */
export const LINEAGE_COLUMNS: readonly Column[] = [
  {
    name: 'issues',
    type: 'issue[]',
    privacy: 'public',
    doc: 'what was noticed while cleansing: field and code',
    document: 'issues',
  },
  { name: '_seal', type: 'text', privacy: 'public', doc: 'the seal that brought the row' },
  {
    name: '_raw_key',
    type: 'text',
    privacy: 'public',
    doc: 'the raw object that holds the message as received',
    document: 'rawKey',
  },
  {
    name: '_line',
    type: 'int32',
    privacy: 'public',
    doc: 'the message’s line in that object, from 0',
    document: 'rawLine',
  },
];

/** The columns that fields make, in order, without event_date, which every table has. */
export const columnsOf = (fields: readonly Field[]): readonly Column[] =>
  fields.flatMap((field) => field.columns).filter((column) => column.name !== EVENT_DATE.name);

/** The columns a contract's rules make for all its tables, each name once. */
export function ruledColumns({ tables }: Pick<Contract, 'tables'>): readonly Column[] {
  return [...new Map(tables.flatMap((table) => table.columns).map((column) => [column.name, column])).values()];
}

/** All columns of a table, in order. */
export const tableColumns = (table: Table): readonly Column[] => [
  ...BASE_COLUMNS,
  ...table.columns,
  ...LINEAGE_COLUMNS,
];
