/** The kinds of field a desk's message has: a word of a closed list, yes or no, a whole number. */
import type { Json } from '../../json.ts';
import { scalarOf } from '../../json.ts';
import { readInteger } from '../../judge/rules/integer.ts';
import { type Vocabulary, matchTerm } from '../../judge/rules/vocabulary.ts';
import type { Column, Field, Issue, IssueCode } from '../contract.ts';

/** What was noticed at a field. */
export const issue = (field: string, code: IssueCode): Issue => ({ field, code });

/** A field whose value is one word of a closed list. */
export function vocabularyField(path: string, column: Omit<Column, 'type' | 'values'>, vocabulary: Vocabulary): Field {
  return {
    path,
    columns: [{ ...column, type: 'text', values: Object.keys(vocabulary) }],
    apply: (value) => {
      const { term, issues } = readTerm(path, vocabulary, value);
      return { cells: [term], issues };
    },
  };
}

const YES_NO: Vocabulary = { sim: ['s', 'yes', 'true', '1'], nao: ['n', 'no', 'false', '0'] };

/** A field that says yes or no. */
export function yesNoField(path: string, column: Omit<Column, 'type'>): Field {
  return {
    path,
    columns: [{ ...column, type: 'bool' }],
    apply: (value) => {
      const { term, issues } = readTerm(path, YES_NO, value);
      return { cells: [term === null ? null : term === 'sim'], issues };
    },
  };
}

function readTerm(
  path: string,
  vocabulary: Vocabulary,
  value: Json | undefined,
): { term: string | null; issues: readonly Issue[] } {
  const scalar = scalarOf(value);
  if (scalar.kind === 'absent') return { term: null, issues: [] };
  if (scalar.kind === 'other') return { term: null, issues: [issue(path, 'wrong_type')] };
  const match = matchTerm(vocabulary, scalar.text);
  switch (match.kind) {
    case 'exact':
      return { term: match.term, issues: [] };
    case 'repaired':
      return { term: match.term, issues: [issue(path, 'repaired')] };
    case 'unknown':
      return { term: null, issues: [issue(path, 'unknown_value')] };
  }
}

/** A whole number within a range; `derive` adds columns made from it. */
export function integerField(
  path: string,
  { min, max }: { readonly min: number; readonly max: number },
  columns: readonly Column[],
  derive: (n: number) => readonly string[] = () => [],
): Field {
  const nothing = columns.map(() => null);
  return {
    path,
    columns: columns.map((column) => (column.type === 'int32' ? { ...column, min, max } : column)),
    apply: (value) => {
      const scalar = scalarOf(value);
      if (scalar.kind === 'absent') return { cells: nothing, issues: [] };
      if (scalar.kind === 'other') return { cells: nothing, issues: [issue(path, 'wrong_type')] };
      const reading = readInteger(scalar.text, min, max);
      if (reading.kind !== 'value') return { cells: nothing, issues: [issue(path, reading.kind)] };
      return { cells: [reading.value, ...derive(reading.value)], issues: [] };
    },
  };
}

/** A column that says something of one person. */
export const personal = (name: string, type: Column['type'], doc: string, document: string): Column => ({
  name,
  type,
  doc,
  document,
  privacy: 'personal',
});
/** A column that everybody may see. */
export const open = (name: string, type: Column['type'], doc: string, document: string): Column => ({
  name,
  type,
  doc,
  document,
  privacy: 'public',
});
