/** `chatlake report --out`: a report and its figures as files of a folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentError } from '../domain/errors.ts';
import type { Language } from '../domain/text.ts';
import { type ReportWish, makeReport } from '../reporting/make.ts';
import type { DashboardPorts } from '../wiring/dashboard.ts';

export interface FolderWish extends Omit<ReportWish, 'languages'> {
  /** A folder; it is made where it is not there. */
  readonly out: string;
  readonly lang: Language;
}

/** Writes the files of a report; answers their paths, the page first. Throws PermanentError where there are no data. */
export async function writeReport(
  ports: DashboardPorts,
  { out, lang, ...wish }: FolderWish,
): Promise<readonly string[]> {
  const { [lang]: files } = await makeReport(ports, { ...wish, languages: [lang] });
  if (files.length === 0)
    throw new PermanentError('There are no messages to report of yet; chatlake status says how far everything is.');
  await mkdir(out, { recursive: true });
  const paths: string[] = [];
  for (const { name, text } of files) {
    const path = join(out, name);
    await writeFile(path, text);
    paths.push(path);
  }
  return paths;
}
