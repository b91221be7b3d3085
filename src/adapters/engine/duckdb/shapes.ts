/**
 * Fast ways for fields whose values hardly repeat (a CPF, a date with seconds). Each takes only well-formed values and gives the
 * cells the contract's rule gives; everything else goes through the dictionary. test/adapters/engine proves both ways equal.
 */
import type { Contract, Field, RuleContext } from '../../../domain/contracts/contract.ts';
import type { StagedColumn } from '../../../domain/staged.ts';
import type { PseudonymKey } from '../context.ts';
import type { Dictionary } from './dictionary.ts';
import { type Session, literal } from './session.ts';

/** How one field is computed for the rows of a relation with the field's JSON text in column `f`. */
export interface FastShape {
  /** Adds helper columns to a relation, so that nothing is computed twice. */
  readonly wrap: (relation: string) => string;
  /** True where the fast way applies; over `f` and, when there is a side dictionary, its alias `s`. */
  readonly applies: string;
  /** SQL per column of the field, in order; over the wrapped relation. */
  readonly cells: readonly string[];
  /** SQL of the issues list, NULL where there is none. */
  readonly issues: string;
  /** A dictionary of coarser values that the cells use as `s`, joined on `key`. */
  readonly side?: { readonly dictionary: Dictionary; readonly key: string };
}

const NO_ISSUES = 'NULL';

/** Eleven digits, dotted or not, as a JSON string. */
const CPF_SHAPE = '^"[0-9]{3}\\.?[0-9]{3}\\.?[0-9]{3}-?[0-9]{2}"$';

/** Keeps the two padded keys of HMAC in variables of the session, so that no statement, and so no error, holds the secret. */
export async function setPads(session: Session, key: PseudonymKey): Promise<void> {
  for (const [name, byte] of [
    ['outer_pad', 0x5c],
    ['inner_pad', 0x36],
  ] as const) {
    const block = Buffer.alloc(64, byte);
    key.secret.forEach((b, i) => (block[i] = b ^ byte));
    await session.bind(`SET VARIABLE ${name} = unhex($1)`, block.toString('hex'));
  }
}

/** CPF in SQL: check digits by weights, pseudonym by the two hashes of HMAC (RFC 2104). */
export function cpfShape(contract: Contract, keyId: string, f: string): FastShape {
  const applies = `regexp_matches(${f}, '${CPF_SHAPE}')`;
  const digit = (i: number): string => `(cpf // ${10 ** (10 - i)}) % 10`;
  const rest = (length: number): string =>
    `(${Array.from({ length }, (_, i) => `${digit(i)} * ${length + 1 - i}`).join(' + ')}) % 11`;
  const holds = (length: number): string =>
    `(CASE WHEN rest${length} < 2 THEN 0 ELSE 11 - rest${length} END) = ${digit(length)}`;
  const message = `encode(${literal(contract.personPurpose)} || chr(10) || lpad(cpf::VARCHAR, 11, '0'))`;
  const hmac = `sha256(getvariable('outer_pad') || unhex(sha256(getvariable('inner_pad') || ${message})))`;
  const wrap = (relation: string): string => `(
    SELECT *, cpf % 11111111111 <> 0 AND ${holds(9)} AND ${holds(10)} AS cpf_holds FROM (
      SELECT *, ${rest(9)} AS rest9, ${rest(10)} AS rest10 FROM (
        SELECT *, CASE WHEN ${applies} THEN replace(replace(${f}[2:-2], '.', ''), '-', '')::BIGINT END AS cpf FROM ${relation})))`;
  return {
    wrap,
    applies,
    cells: [
      `CASE WHEN cpf_holds THEN ${literal(`${keyId}:`)} || ${hmac} END`,
      `CASE WHEN cpf_holds THEN (${digit(8)})::INTEGER END`,
    ],
    issues: `CASE WHEN NOT cpf_holds THEN [{field: 'document', code: 'invalid_cpf', original: NULL::VARCHAR}] END`,
  };
}

/** `"dd/MM/yyyy HH:mm:ss"`; the calendar is asked once per local hour. */
const DATE_SHAPE = '^"[0-9]{2}/[0-9]{2}/[0-9]{4} ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"$';
const HOUR_LAST_MS = 3_599_000;

/** Dates in SQL: the hour's cells from the rule at HH:00:00, plus minutes and seconds, where the hour has no change of offset. */
export function localDateTimeShape(
  field: Field,
  context: RuleContext,
  columns: readonly StagedColumn[],
  table: string,
  f: string,
  relation: string,
): FastShape {
  const applies = `regexp_matches(${f}, '${DATE_SHAPE}')`;
  const hour = `substr(${f}, 2, 13)`;
  const instant = columns.findIndex((column) => column.name === 'occurred_at');
  const answer = (value: string): Readonly<Record<string, unknown>> => {
    const first = field.apply(`${value}:00:00`, context);
    const last = field.apply(`${value}:59:59`, context);
    const from = first.cells[instant];
    const to = last.cells[instant];
    const even = typeof from === 'number' && typeof to === 'number' && to - from === HOUR_LAST_MS;
    const clean =
      first.issues.length + last.issues.length === 0 && first.reject === undefined && last.reject === undefined;
    return { usable: even && clean, ...Object.fromEntries(columns.map((column, i) => [column.name, first.cells[i]])) };
  };
  const dictionary: Dictionary = {
    table,
    values: `SELECT DISTINCT ${hour} AS v FROM ${relation} WHERE ${applies}`,
    columns: [{ name: 'usable', type: 'bool' }, ...columns],
    answer,
  };
  const cell = (column: StagedColumn): string => {
    if (column.name === 'occurred_at')
      return `s.occurred_at + (CAST(substr(${f}, 16, 2) AS INTEGER) * 60 + CAST(substr(${f}, 19, 2) AS INTEGER)) * 1000`;
    if (column.name === 'date_original') return `substr(${f}, 2, 19)`;
    return `s.${column.name}`;
  };
  return {
    wrap: (source) => source,
    applies: `(${applies} AND coalesce(s.usable, false))`,
    cells: columns.map(cell),
    issues: NO_ISSUES,
    side: { dictionary, key: `CASE WHEN ${applies} THEN ${hour} END` },
  };
}
