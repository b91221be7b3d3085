/** Documents against their table: each is the current row of its entity at the ledger version it names (I6). */
import type { DocumentState } from '../../domain/formats/documents.ts';
import { literal } from '../../domain/sql.ts';
import { ADVICE } from './findings.ts';
import type { LiveRows, TablesInput } from './table-input.ts';
import type { Verifier } from './verifier.ts';

const STATES_AT_ONCE = 1_000;
const SHOWN = 3;

/** An entity, the last applied decision that touched it, and its current row's version; empty: no row is left. */
interface Touched {
  readonly entity: string;
  readonly n: number;
  readonly version: string;
}

/** Every entity that decisions touched has its document, and there are no others. */
export async function checkDocuments(
  { reader, documents, report, source, all }: Verifier,
  { table, live, applied, scratch }: LiveRows,
  { parts, loaded, lastDecision }: TablesInput,
): Promise<void> {
  if (!all && loaded < applied) {
    report.uncovered.push({
      where: `collection ${table.name}`,
      waits: true,
      why: 'documents are behind their table: those of some days alone cannot be told',
    });
    return;
  }
  const wrong: string[] = [];
  let entities = 0;
  let some: Touched[] = [];
  const check = async (): Promise<void> => {
    const states = await documents.states(
      table,
      some.map(({ entity }) => entity),
    );
    for (const touched of some)
      if (!isAsItShould(states.get(touched.entity), touched, { applied, loaded })) wrong.push(touched.entity);
    report.count('documents', some.length);
    some = [];
  };
  if (parts.length > 0)
    for await (const row of reader.stream(viewsOf(parts, live), touchedSql(table.name, applied, live), scratch)) {
      const version = typeof row['version'] === 'string' ? row['version'] : '';
      if (version !== '') entities += 1;
      some.push({ entity: String(row['entity']), n: Number(row['n']), version });
      if (some.length === STATES_AT_ONCE) await check();
    }
  await check();
  const where = `collection ${table.name}`;
  if (wrong.length > 0)
    report.find({
      what: `${wrong.length} documents are missing or not as their rows (such as ${wrong.slice(0, SHOWN).join(', ')})`,
      where,
      ...ADVICE.documents,
    });
  if (!all || loaded < lastDecision || applied < lastDecision) return;
  const [there, refused] = [await documents.count(table), await documents.refused(table)];
  // A live run may have loaded more meanwhile.
  if (there + refused.count !== entities && (await documents.applied(source)) === loaded)
    report.find({
      what: `there are ${there + refused.count} documents, the table has ${entities} entities`,
      where,
      ...ADVICE.documents,
    });
}

const viewsOf = (judged: readonly string[], live: readonly string[]): Readonly<Record<string, readonly string[]>> =>
  live.length === 0 ? { judged } : { judged, live };

/** A decision touches the entities it gives rows to, and those it takes rows from: the ones of its seals' judgement before. */
const touchedSql = (table: string, applied: number, live: readonly string[]): string => `
  WITH entries AS (SELECT seal, entry, lead(entry) OVER (PARTITION BY seal ORDER BY entry) AS next FROM (SELECT DISTINCT seal, entry FROM judged)),
  touched AS (SELECT entity, max(CASE WHEN next <= ${applied} THEN next ELSE entry END)::INTEGER AS n FROM judged JOIN entries USING (seal, entry)
    WHERE verdict = 'enriched' AND entry <= ${applied} AND list_contains(string_split(tables, ','), ${literal(table)}) GROUP BY entity),
  newest AS (${live.length === 0 ? 'SELECT NULL::VARCHAR AS entity, NULL::VARCHAR AS version LIMIT 0' : 'SELECT entity, max(version) AS version FROM live GROUP BY entity'})
  SELECT entity, n, version FROM touched LEFT JOIN newest USING (entity)`;

/** False for a document that is wrong; what is not loaded yet, or was read from a later state of the table, cannot be told. */
function isAsItShould(
  state: DocumentState | undefined,
  { n, version }: Touched,
  { applied, loaded }: { readonly applied: number; readonly loaded: number },
): boolean {
  if (state === undefined || state.at < n) return n > loaded || (state === undefined && version === '');
  if (state.at > applied || state.refused !== undefined) return true;
  return version === '' ? state.gone === true : state.gone !== true && state.version === version;
}
