/** Questions asked often, by name: the files of `queries/`, asked by `chatlake query @name`. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SetupError, messageOf } from '../domain/errors.ts';

export interface NamedQuery {
  /** What it answers: the comment at the head of its file. */
  readonly about: string;
  readonly sql: string;
}

/** Beside `src/` in a clone, beside `dist/` in the image. */
const FOLDER = fileURLToPath(new URL('../../queries/', import.meta.url));

/** All of them by name, in alphabetical order. Throws SetupError where the folder is not. */
export function namedQueries(): ReadonlyMap<string, NamedQuery> {
  try {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));
    return new Map(files.sort().map((file) => [file.slice(0, -4), readQuery(readFileSync(FOLDER + file, 'utf8'))]));
  } catch (error) {
    throw new SetupError(`the named queries cannot be read: ${messageOf(error)}; ${FOLDER} belongs to chatlake`, {
      cause: error,
    });
  }
}

/** The comment stays behind: a table that it names would be read for nothing. */
function readQuery(text: string): NamedQuery {
  const [, comment = '', sql = ''] = /^((?:--.*\n)*)([^]*?);?\s*$/.exec(text) ?? [];
  return { about: comment.replace(/^-- ?/gm, '').trim().replaceAll('\n', ' '), sql: sql.trim() };
}
