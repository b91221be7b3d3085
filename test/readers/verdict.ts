/** What engines say of a lake, held against each other. */
import type { OwnTable } from './lake.ts';

/** How many rows, and what they are. */
interface Rows {
  readonly rows: number;
  readonly digest: string;
}
interface Seen {
  readonly live: Rows;
  readonly current: Rows;
  readonly version: number | null;
  readonly history: number | null;
}
/** What an engine says of a lake. */
export interface Answer {
  readonly engine: string;
  readonly tables: Readonly<Record<string, Seen>>;
  readonly questions: Readonly<Record<string, readonly string[]>>;
}
export type OwnTables = Readonly<Record<string, OwnTable>>;

/** What an engine sees otherwise than the reference and chatlake's own count do, in words. */
export function differences({ tables, questions }: Answer, reference: Answer, own: OwnTables): readonly string[] {
  const found: string[] = [];
  for (const [name, { version, rows, current }] of Object.entries(own)) {
    const [seen, wanted] = [tables[name], reference.tables[name]!];
    if (seen?.live.rows !== rows) found.push(`${name} has ${seen?.live.rows ?? 'no'} rows, not ${rows}`);
    if (seen?.current.rows !== current)
      found.push(`${name} has ${seen?.current.rows ?? 'no'} current rows, not ${current}`);
    if (seen?.live.digest !== wanted.live.digest) found.push(`other rows in ${name}`);
    if (seen?.current.digest !== wanted.current.digest) found.push(`other current rows in ${name}`);
    if (typeof seen?.version === 'number' && seen.version !== version)
      found.push(`${name} is at version ${seen.version}, not ${version}`);
    if (typeof seen?.history === 'number' && seen.history !== version + 1)
      found.push(`${name} has a history of ${seen.history} entries, not ${version + 1}`);
  }
  for (const [name, answer] of Object.entries(questions))
    if (answer.join('\n') !== reference.questions[name]?.join('\n')) found.push(`another answer to ${name}`);
  return found;
}
