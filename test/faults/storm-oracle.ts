/**
 * What a source's ledger, tables and documents must hold, computed from the messages that were sent: nothing but the order of the
 * decisions, and by which rules each was made, is taken from the store. Simple, and no code of the product decides in it.
 */
import type { Message, Rules } from './storm-sources.ts';

/** One received line. */
export interface Line {
  readonly key: string;
  readonly line: number;
  readonly receivedAt: number;
  readonly message: Message;
}

/** A decision: the seals it judged, in the order of their generations, each with its lines in order. */
export interface Judgement {
  readonly seals: readonly { readonly name: string; readonly lines: readonly Line[] }[];
  readonly revision: number;
  readonly rules: Rules;
}

/** `<seal> r<revision> <key>#<line> <verdict> <reason>`: a row of the ledger. */
export type LedgerRow = string;

export interface TableRow {
  readonly seal: string;
  readonly place: string;
  readonly entity: string;
  /** Orders the states of the entity. */
  readonly order: readonly number[];
  readonly day: string;
  readonly told: string;
}

export interface Expected {
  readonly ledger: readonly LedgerRow[];
  /** received, enriched, duplicates, quarantined of each decision. */
  readonly counts: readonly (readonly [number, number, number, number])[];
  /** The verdict of each line today, by its place. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly tables: ReadonlyMap<string, readonly TableRow[]>;
}

export type Verdict = 'enriched' | 'duplicate' | 'quarantined';

const placeOf = ({ key, line }: Line): string => `${key}#${line}`;
/** A line that cannot be told apart from others is one of its own. */
export const identityOf = (line: Line): string => line.message.identity ?? `line ${placeOf(line)}`;

/** Replays the decisions: the first line of an identity claims it, for all who judge it after its seal. */
export function expectedOf(judgements: readonly Judgement[]): Expected {
  const claims = new Map<string, string>();
  const ledger: LedgerRow[] = [];
  const verdicts = new Map<string, Verdict>();
  const counts: [number, number, number, number][] = [];
  /** By seal, what it gives to tables today. */
  const live = new Map<string, (readonly [table: string, row: TableRow])[]>();
  for (const { seals, revision, rules } of judgements) {
    const own = new Set(seals.map(({ name }) => name));
    const taken = new Set([...claims].filter(([, seal]) => !own.has(seal)).map(([identity]) => identity));
    const count: [number, number, number, number] = [0, 0, 0, 0];
    for (const { name, lines } of seals) {
      const rows: (readonly [string, TableRow])[] = [];
      for (const line of lines) {
        const identity = identityOf(line);
        const isFirst = !taken.has(identity);
        taken.add(identity);
        const ruling = line.message.rulings[rules];
        const reason = 'reason' in ruling ? ruling.reason : undefined;
        const verdict: Verdict = !isFirst ? 'duplicate' : reason === undefined ? 'enriched' : 'quarantined';
        count[0] += 1;
        count[verdict === 'enriched' ? 1 : verdict === 'duplicate' ? 2 : 3] += 1;
        verdicts.set(placeOf(line), verdict);
        const why = verdict === 'quarantined' ? reason : 'null';
        ledger.push(`${name} r${revision} ${placeOf(line)} ${verdict} ${why ?? ''}`);
        if (isFirst) claims.set(identity, name);
        if (verdict === 'enriched' && 'rows' in ruling)
          for (const [table, told] of Object.entries(ruling.rows))
            rows.push([table, rowOf(name, line, ruling.day, told)]);
      }
      live.set(name, rows);
    }
    counts.push(count);
  }
  const tables = new Map<string, TableRow[]>();
  for (const [table, row] of [...live.values()].flat()) tables.set(table, [...(tables.get(table) ?? []), row]);
  return { ledger: ledger.sort(), counts, verdicts, tables };
}

const rowOf = (seal: string, line: Line, day: string, told: string): TableRow => ({
  seal,
  place: placeOf(line),
  entity: line.message.entity,
  order: [...line.message.order, line.receivedAt],
  day,
  told,
});

/** Of each entity the row of its highest state. */
export function currentOf(rows: readonly TableRow[]): ReadonlyMap<string, TableRow> {
  const current = new Map<string, TableRow>();
  for (const row of rows) {
    const other = current.get(row.entity);
    if (other === undefined || isAbove(row.order, other.order)) current.set(row.entity, row);
  }
  return current;
}

function isAbove(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((n, i) => n !== b[i]);
  return at >= 0 && a[at]! > b[at]!;
}
