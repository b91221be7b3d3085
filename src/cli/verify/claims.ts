/** What the judged lines say together: who claims an identity (I5), and which rows the tables must hold. */
import { currentVerdicts } from '../../domain/sql.ts';
import { placeText } from '../../domain/layout.ts';
import type { Readers } from '../../wiring/ports.ts';
import { ADVICE, type Report } from './findings.ts';

/** Rows of one seal in one table and day: how many, and the exclusive or of a hash of each, whatever their order. */
export interface Tally {
  readonly rows: number;
  readonly mark: bigint;
}

/** Table → event day → seal → rows. */
export type Expected = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Tally>>>;

/** One hash per row: its place and what it stands for. */
export const MARK = (key: string, line: string): string => `bit_xor(hash(${key}, ${line}, entity))`;

const SHOWN = 20;

/** Every identity is claimed by exactly one line; where only some days are looked at, by one at most. */
export async function checkClaims(
  ports: Readers,
  report: Report,
  parts: readonly string[],
  all: boolean,
  scratch: string,
): Promise<void> {
  if (parts.length === 0) return;
  const claims = `count(*) FILTER (WHERE verdict <> 'duplicate')`;
  const wrong = await ports.reader.query(
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
export async function expectedRows(ports: Readers, parts: readonly string[], scratch: string): Promise<Expected> {
  const expected = new Map<string, Map<string, Map<string, Tally>>>();
  if (parts.length === 0) return expected;
  const sql = `SELECT name, event_date, seal, count(*)::INTEGER AS n, ${MARK('raw_key', 'line')}::VARCHAR AS mark
    FROM (SELECT *, unnest(string_split(tables, ',')) AS name FROM (${currentVerdicts('rows')}) WHERE verdict = 'enriched') GROUP BY ALL`;
  for await (const row of ports.reader.stream(parts, sql, scratch)) {
    const days = entryOf(expected, String(row['name']), () => new Map<string, Map<string, Tally>>());
    const seals = entryOf(days, String(row['event_date']), () => new Map<string, Tally>());
    seals.set(String(row['seal']), { rows: Number(row['n']), mark: BigInt(String(row['mark'])) });
  }
  return expected;
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
