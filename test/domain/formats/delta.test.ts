/** The schema of a Delta table: told once, widened by columns behind those there are, never changed. */
import { describe, expect, test } from '@jest/globals';
import type { Column, ColumnType } from '../../../src/domain/sources/contract.ts';
import { EMPTY_STATE, type DeltaState, applyEntries, commitInfo } from '../../../src/domain/formats/delta.ts';
import { deltaSchema } from '../../../src/domain/formats/delta-schema.ts';
import { PermanentError } from '../../../src/domain/errors.ts';

const column = (name: string, type: ColumnType = 'text'): Column => ({
  name,
  type,
  privacy: 'public',
  doc: `doc of ${name}`,
});
const schema = (...columns: Column[]) => ({ id: 'an-id', name: 'a table', columns, ranged: ['a', 'z'] });

/** The state after the actions that these columns need. */
function after(state: DeltaState, ...columns: Column[]): DeltaState {
  const actions = deltaSchema(state, schema(...columns));
  return applyEntries(state, [{ version: state.version + 1, sha256: 'x', actions }]);
}
interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly nullable: boolean;
  readonly metadata: { readonly comment?: string };
}
const fields = ({ metaData }: DeltaState): readonly Field[] =>
  (JSON.parse(metaData!.schemaString) as { fields: Field[] }).fields;
const names = (state: DeltaState): readonly string[] => fields(state).map(({ name }) => name);

describe('the schema', () => {
  const first = after(EMPTY_STATE, column('a'), column('b', 'int32'));

  test('of a new table names protocol, columns and their docs, and no partition', () => {
    expect(deltaSchema(EMPTY_STATE, schema(column('a'))).flatMap(Object.keys)).toEqual(['protocol', 'metaData']);
    expect(first.protocol).toEqual({ minReaderVersion: 1, minWriterVersion: 2 });
    expect(first.metaData).toMatchObject({
      ...{ id: 'an-id', name: 'a table', partitionColumns: [] },
      configuration: { 'delta.dataSkippingStatsColumns': 'a' },
    });
    expect(fields(first)).toEqual([
      { name: 'a', type: 'string', nullable: true, metadata: { comment: 'doc of a' } },
      { name: 'b', type: 'integer', nullable: true, metadata: { comment: 'doc of b' } },
    ]);
  });

  test('of a table that has all columns needs nothing, in whatever order they are asked', () => {
    expect(deltaSchema(first, schema(column('b', 'int32'), column('a')))).toEqual([]);
    expect(deltaSchema(first, schema(column('b', 'int32')))).toEqual([]);
    expect(deltaSchema(first, schema({ ...column('a'), doc: 'another word' }))).toEqual([]);
  });

  test('takes a new column behind those there are, and keeps the table’s id and protocol', () => {
    const actions = deltaSchema(first, { ...schema(column('c', 'text[]'), column('a')), id: 'another' });
    expect(actions.flatMap(Object.keys)).toEqual(['metaData']);
    const second = after(first, column('c', 'text[]'), column('a'));
    expect(names(second)).toEqual(['a', 'b', 'c']);
    expect(second.metaData?.id).toBe('an-id');
    expect(second.protocol).toEqual(first.protocol);
    expect(names(after(second, column('d', 'issue[]')))).toEqual(['a', 'b', 'c', 'd']);
  });

  test.each<[ColumnType, ColumnType]>([
    ['text', 'int32'],
    ['int32', 'int64'],
    ['text', 'text[]'],
    ['text[]', 'issue[]'],
    ['date', 'timestamp'],
  ])('never turns %s into %s, and says what to do', (before, now) => {
    const state = after(EMPTY_STATE, column('a', before));
    const change = () => deltaSchema(state, schema(column('a', now)));
    expect(change).toThrow(PermanentError);
    expect(change).toThrow(/^Column a of a table is .*give the new column another name; nothing was changed\.$/);
  });

  test('describes lists of issues as other readers know structs', () => {
    const [issues] = fields(after(EMPTY_STATE, column('issues', 'issue[]')));
    expect(issues?.type).toMatchObject({
      type: 'array',
      elementType: { type: 'struct', fields: ['field', 'code'].map((name) => ({ name, type: 'string' })) },
    });
  });
});

test('who wrote an entry stands in texts, as other writers give it', () => {
  const info = { operation: 'OPTIMIZE', operationParameters: { files: '4' }, chatlake: { own: 1 } } as const;
  expect(commitInfo('1.2.3', { timestamp: 7, ...info })).toEqual({
    commitInfo: {
      timestamp: 7,
      operation: 'OPTIMIZE',
      operationParameters: { files: '4' },
      engineInfo: 'chatlake/1.2.3',
      chatlake: { own: 1 },
    },
  });
});
