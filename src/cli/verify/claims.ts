/** What the judged lines say together: who claims an identity (I5), and which rows the tables must hold. */
import { currentVerdicts } from '../../domain/sql.ts';
import { placeText } from '../../domain/formats/layout.ts';
import { ADVICE } from './findings.ts';
import type { Verifier } from './verifier.ts';

/** Rows of one seal in one table: how many, and the exclusive or of a hash of each, whatever their order. */
export interface Tally {
  readonly rows: number;
  readonly mark: bigint;
}

/** By table: the rows of each seal, and their event days in order. */
export type Expected = ReadonlyMap<string, ExpectedRows>;

export interface ExpectedRows {
  readonly seals: ReadonlyMap<string, Tally>;
  readonly days: readonly string[];
}

/** One hash per row: its place, what it stands for, and its day. */
export const MARK = (key: string, line: string): string => `bit_xor(hash(${key}, ${line}, entity, event_date))`;

const SHOWN = 20;

/** Every identity is claimed by exactly one line; where only some days are looked at, by one at most. */
export async function checkClaims(
  { reader, report, all }: Verifier,
  parts: readonly string[],
  scratch: string,
): Promise<void> {
  if (parts.length === 0) return;
  const claims = `count(*) FILTER (WHERE verdict <> 'duplicate')`;
  const wrong = await reader.query(
    parts,
    `SELECT ${claims}::INTEGER AS n, min(raw_key) AS key, arg_min(line, raw_key) AS line, max(raw_key) AS last, arg_max(line, raw_key) AS last_line
     FROM (${currentVerdicts('rows')}) GROUP BY identity HAVING ${claims} > 1 ${all ? `OR ${claims} = 0` : ''} LIMIT ${SHOWN}`,
    scratch,
  );
  for (const row of wrong) {
    const [first, last] = [
      placeText(String(row['key']), Number(row['line'])),
      placeText(String(row['last']), Number(row['last_line'])),
    ];
    const what =
      Number(row['n']) === 0
        ? 'it is a duplicate of a message that no line claims'
        : `its identity is claimed ${Number(row['n'])} times, also by ${last}`;
    report.find({ what, where: first, ...ADVICE.ledger });
  }
}

/** The rows that tables must hold, by what the ledger says today. */
export async function expectedRows({ reader }: Verifier, parts: readonly string[], scratch: string): Promise<Expected> {
  const expected = new Map<string, { readonly seals: Map<string, Tally>; readonly days: string[] }>();
  if (parts.length === 0) return expected;
  const of = (name: unknown) => entryOf(expected, String(name), () => ({ seals: new Map<string, Tally>(), days: [] }));
  const sent = `SELECT *, unnest(string_split(tables, ',')) AS name FROM (${currentVerdicts('rows')}) WHERE verdict = 'enriched'`;
  const bySeal = `SELECT name, seal, count(*)::INTEGER AS n, ${MARK('raw_key', 'line')}::VARCHAR AS mark FROM (${sent}) GROUP BY ALL`;
  for await (const row of reader.stream(parts, bySeal, scratch))
    of(row['name']).seals.set(String(row['seal']), { rows: Number(row['n']), mark: BigInt(String(row['mark'])) });
  const byDay = `SELECT DISTINCT name, event_date FROM (${sent}) ORDER BY ALL`;
  for await (const row of reader.stream(parts, byDay, scratch)) of(row['name']).days.push(String(row['event_date']));
  return expected;
}

/** By event day, the last decision that gave it rows or took some. */
export async function touchedDays(
  { reader }: Verifier,
  parts: readonly string[],
  scratch: string,
): Promise<ReadonlyMap<string, number>> {
  const touched = new Map<string, number>();
  if (parts.length === 0) return touched;
  const sql = `WITH entries AS (SELECT seal, entry, lead(entry) OVER (PARTITION BY seal ORDER BY entry) AS next FROM (SELECT DISTINCT seal, entry FROM rows))
    SELECT event_date, max(coalesce(next, entry))::INTEGER AS n FROM rows JOIN entries USING (seal, entry) WHERE verdict = 'enriched' GROUP BY event_date`;
  for await (const row of reader.stream(parts, sql, scratch)) touched.set(String(row['event_date']), Number(row['n']));
  return touched;
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
