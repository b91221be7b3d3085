/** The contract's fields in SQL: dictionaries of what the rules say of each value, fast shapes, and the row they add up to. */
import { EARLIEST_MS, MAX_AHEAD_MS, NOTICED_AHEAD_MS, type CleanseContext } from '../../../domain/cleanse.ts';
import type { Contract, Field, FieldRules, Issue } from '../../../domain/contracts/contract.ts';
import type { Json } from '../../../domain/json.ts';
import { STAGED_BASE, type StagedColumn, stagedType } from '../../../domain/staged.ts';
import type { PseudonymKey } from '../context.ts';
import { makeDictionary } from './dictionary.ts';
import { type Session, identifier, literal } from './session.ts';
import { type FastShape, cpfShape, localDateTimeShape } from './shapes.ts';

/** What a rule gives for one field, joined to the lines. */
export interface FieldPlan {
  readonly field: Field;
  readonly columns: readonly StagedColumn[];
  /** The field's JSON text. */
  readonly f: string;
  /** The dictionary of its values. */
  readonly table: string;
  readonly fast: FastShape | undefined;
}

/** The column of `lines` that holds a field's JSON text. */
export const fieldText = (field: Field): string => identifier(`f_${field.path}`);

/** Runs every field's rule once per distinct value of the table `lines`. */
export async function planFields(
  session: Session,
  contract: Contract<FieldRules>,
  key: PseudonymKey,
  context: CleanseContext,
  scratch: string,
): Promise<readonly FieldPlan[]> {
  const plans: FieldPlan[] = [];
  for (const [i, field] of contract.rules.fields.entries()) {
    const columns = field.columns.map((column) => ({ name: column.name, type: stagedType(column) }));
    const f = fieldText(field);
    const fast = shapeOf(contract, field, key, context, columns, `hours_${i}`, f);
    if (fast?.side !== undefined) await makeDictionary(session, scratch, fast.side.dictionary);
    const table = `d_${i}`;
    await makeDictionary(session, scratch, {
      table,
      values: `SELECT DISTINCT ${f} AS v FROM lines ${sideJoin(fast)} WHERE ${f} IS NOT NULL ${fast === undefined ? '' : `AND NOT ${fast.applies}`}`,
      columns: [...columns, { name: 'issues', type: 'issue[]' }, { name: 'reject', type: 'text' }],
      answer: (value) => {
        const ruled = field.apply(JSON.parse(value) as Json, context);
        const cells = Object.fromEntries(columns.map((column, j) => [column.name, ruled.cells[j]]));
        return { ...cells, issues: emptyToNull(ruled.issues), reject: ruled.reject ?? null };
      },
    });
    plans.push({ field, columns, f, table, fast });
  }
  return plans;
}

const emptyToNull = (issues: readonly Issue[]): readonly Issue[] | null => (issues.length === 0 ? null : issues);

const sideJoin = (fast: FastShape | undefined): string =>
  fast?.side === undefined ? '' : `LEFT JOIN ${fast.side.dictionary.table} s ON s.v = ${fast.side.key}`;

function shapeOf(
  contract: Contract<FieldRules>,
  field: Field,
  key: PseudonymKey,
  context: CleanseContext,
  columns: readonly StagedColumn[],
  table: string,
  f: string,
): FastShape | undefined {
  switch (field.shape) {
    case 'cpf':
      return cpfShape(contract, key.id, f);
    case 'localDateTime':
      return localDateTimeShape(field, context, columns, table, f, 'lines');
    case undefined:
      break;
  }
  return undefined;
}

/** The staged rows of the relation `plain`: every field joined to its dictionary, the whole row emptied where a field rejects. */
export function judgedSql(plans: readonly FieldPlan[], table: string): string {
  const decided = new Set(['reason', 'field', 'entity', 'version', 'event_date', 'tables']);
  const base = STAGED_BASE.map((column) => column.name).filter((name) => !decided.has(name));
  const issues = [...plans.map((_, i) => `i${i}`), 'ahead'];
  const cells = plans
    .flatMap(({ columns }) => columns.map((column) => identifier(column.name)))
    .map((name) => `CASE WHEN reason IS NULL THEN ${name} END AS ${name}`);
  return `SELECT ${base.join(', ')}, reason, CASE WHEN reason = 'date_out_of_range' THEN 'date' ELSE rejected_field END AS field,
    NULL::VARCHAR AS entity, lpad(received_at::VARCHAR, 16, '0') || '.' || identity_hash AS version,
    CASE WHEN reason IS NULL THEN ${literal(table)} END AS tables, ${cells.join(', ')},
    CASE WHEN reason IS NOT NULL OR coalesce(${issues.join(', ')}) IS NULL THEN []
      ELSE flatten([${issues.map((list) => `coalesce(${list}, [])`).join(', ')}]) END AS issues
    FROM (SELECT *, CASE WHEN occurred_at > received_at + ${NOTICED_AHEAD_MS}
      THEN [{field: 'date', code: 'ahead_of_receipt', original: NULL::VARCHAR}] END AS ahead, coalesce(rejected, CASE WHEN NOT (occurred_at BETWEEN ${EARLIEST_MS} AND received_at + ${MAX_AHEAD_MS})
      THEN 'date_out_of_range' END) AS reason FROM (${ruledSql(base, plans)}))`;
}

/** What each rule says, before the verdict on the whole row. */
function ruledSql(base: readonly string[], plans: readonly FieldPlan[]): string {
  const chosen = (plan: FieldPlan, fast: string | undefined, slow: string): string =>
    plan.fast === undefined ? slow : `CASE WHEN ${plan.table}.v IS NULL THEN ${fast ?? 'NULL'} ELSE ${slow} END`;
  const cells = plans.flatMap((plan) =>
    plan.columns.map((column, i) => {
      const name = identifier(column.name);
      return `${chosen(plan, plan.fast?.cells[i], `${plan.table}.${name}`)} AS ${name}`;
    }),
  );
  const issues = plans.map((plan, i) => `${chosen(plan, plan.fast?.issues, `${plan.table}.issues`)} AS i${i}`);
  const rejects = plans.map(({ table }) => `${table}.reject`);
  const fields = plans.map(({ table, field }) => `WHEN ${table}.reject IS NOT NULL THEN ${literal(field.path)}`);
  const wrapped = plans.reduce((relation, plan) => plan.fast?.wrap(relation) ?? relation, 'plain');
  const joins = plans.map(({ fast, table, f }) => `${sideJoin(fast)} LEFT JOIN ${table} ON ${table}.v = ${f}`);
  return `SELECT ${base.map((name) => `p.${name}`).join(', ')}, ${cells.join(', ')}, ${issues.join(', ')},
    coalesce(${rejects.join(', ')}) AS rejected, CASE ${fields.join(' ')} END AS rejected_field FROM ${wrapped} AS p ${joins.join(' ')}`;
}
