/** Exports by their names inside one folder: nobody who may start an import reads any other file, and no path stands in a history. */
import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { PermanentError } from '../../domain/errors.ts';
import { type ExportFile, openExport } from './export-reader.ts';

/** Opens exports of a folder. Throws PermanentError for a file that is not in it, also where a link leads out of it. */
export function exportsIn(folder: string): (name: string) => Promise<ExportFile> {
  return async (name) => {
    const path = resolve(folder, name);
    const [real, root] = await Promise.all([
      realpath(path).catch(() => undefined),
      realpath(folder).catch(() => undefined),
    ]);
    if (real === undefined || root === undefined || !real.startsWith(`${root}${sep}`))
      throw new PermanentError(
        `The worker sees no file "${name}" in its folder of imports (IMPORT_DIR): put the export there, as a file and not as a link, and give its name in that folder. Nothing was imported.`,
      );
    return openExport(real);
  };
}
