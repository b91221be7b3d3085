/** The decisions that a projection takes at a time, and what they touch. */
import type { Table } from '../domain/sources/contract.ts';
import type { Source } from '../domain/formats/layout.ts';
import { ledgerRoot } from '../domain/formats/layout.ts';
import { type Manifest, isDecision } from '../domain/formats/ledger.ts';
import { LEDGER_ENTITY, literal } from '../domain/sql.ts';
import { type TableFile, filesWithDays, rowsOfSeals } from '../domain/formats/table-file.ts';
import { fetchAll } from '../lake/files.ts';
import type { Lake } from '../lake/lake.ts';
import { type LedgerView, readManifest, replacedManifests } from '../lake/ledger.ts';
import { knownTables } from '../lake/tables.ts';

/** One decision, and those whose rows it replaces. */
export interface Decision {
  readonly n: number;
  readonly timestamp: number;
  readonly manifest: Manifest;
  readonly replaced: readonly Manifest[];
}

/** Decisions of one call: so many, and about so many received messages. */
const DECISIONS_AT_ONCE = 2_000;
const MESSAGES_AT_ONCE = 200_000;

export interface Batch {
  readonly decisions: readonly Decision[];
  /** The ledger version that is reached with them: the last of them, or the head where nothing but merges follows. */
  readonly to: number;
}

/** The decisions after `applied`, up to `upTo`, as many as one call takes. */
export async function nextDecisions(
  lake: Pick<Lake, 'store'>,
  ledger: LedgerView,
  applied: number,
  upTo = ledger.state.version,
): Promise<Batch> {
  const decisions: Decision[] = [];
  let messages = 0;
  let to = applied;
  for (let n = applied + 1; n <= Math.min(upTo, ledger.state.version); n += 1) {
    const entry = ledger.entries.at(n);
    if (entry !== undefined && isDecision(entry)) {
      if (
        decisions.length >= DECISIONS_AT_ONCE ||
        (messages > 0 && messages + entry.counts.received > MESSAGES_AT_ONCE)
      )
        break;
      messages += entry.counts.received;
      const manifest = await readManifest(lake, entry);
      const replaced = await replacedManifests(lake, ledger, manifest, n);
      decisions.push({ n, timestamp: entry.timestamp, manifest, replaced });
    }
    to = n;
  }
  return { decisions, to };
}

/**
 * What is next for something that follows the ledger, and the tables as the contracts of just these decisions describe them: a table or a
 * column that is new to this process is told by a manifest which is read only now, and then `next` is asked once more.
 */
export async function nextOfTables<T extends Batch>(
  lake: Pick<Lake, 'store'>,
  source: Source,
  next: (tables: ReadonlyMap<string, Table>, most: number) => Promise<T>,
): Promise<T> {
  for (let most = Infinity; ;) {
    const tables = await knownTables(lake, source);
    const found = await next(tables, most);
    if (found.decisions.length === 0 || (await knownTables(lake, source)) === tables) return found;
    most = found.to;
  }
}

/** Event days to which decisions gave rows, or from which they took some; in order. */
export const touchedDays = (decisions: readonly Decision[]): readonly string[] =>
  [
    ...new Set(
      decisions.flatMap(({ manifest, replaced }) =>
        [manifest, ...replaced].flatMap(({ days }) => days.map(({ date }) => date)),
      ),
    ),
  ].sort();

/** What decisions touched of a table, as local ledger files that tell. */
export interface Touched {
  readonly paths: readonly string[];
  /** Entities that were given a row or lost one: so many at most. */
  readonly entities: number;
  /** A query (entity, n) over a view of these files: every such entity, by the last decision that touched it. */
  readonly sql: (view: string) => string;
  /** Files of the table in which current rows of these entities lie. */
  readonly candidates: (files: readonly TableFile[]) => readonly TableFile[];
}

/** Fetches the ledger files of decisions. They tell entities by the receipt, never by what lies in the table now. */
export async function touchedBy(
  lake: Pick<Lake, 'cache'>,
  table: string,
  decisions: readonly Decision[],
  scratch: string,
): Promise<Touched> {
  const told = decisions.flatMap(({ n, manifest, replaced }) => [manifest, ...replaced].map((own) => ({ n, own })));
  const keys = told.map(({ own }) => `${ledgerRoot(own.source)}${own.ledgerFile.path}`);
  const paths = await fetchAll(lake, keys, scratch, 'a ledger file');
  const by = paths.map((path, i) => `(${literal(path)}, ${told[i]?.n ?? 0})`).join(', ');
  const taken = `verdict = 'enriched' AND list_contains(string_split(tables, ','), ${literal(table)})`;
  const rows = told.flatMap(({ own }) => own.tables.filter((one) => one.table === table));
  const seals = new Set(told.flatMap(({ own }) => own.seals));
  return {
    paths,
    entities: rows.reduce((sum, one) => sum + one.rows, 0),
    sql: (
      view,
    ) => `SELECT entity, max(n)::INTEGER AS n FROM (SELECT ${LEDGER_ENTITY} AS entity, filename FROM ${view} WHERE ${taken})
      JOIN (VALUES ${by}) AS told(filename, n) USING (filename) GROUP BY entity`,
    // Entities that are their own message have one row, in a file that holds their seal; others have states that came at any time, all of one day.
    candidates: (files) =>
      rows.some(({ shared }) => shared)
        ? filesWithDays(files, touchedDays(decisions))
        : files.filter((file) => rowsOfSeals(file, seals) > 0),
  };
}
