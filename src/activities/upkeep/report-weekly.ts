/** writeWeekly: the report of a week as files of the store, in both languages, and the news of it. */
import { createHash } from 'node:crypto';
import { keep } from '../../adapters/object-store/put.ts';
import { ZONE } from '../../domain/kpi/figures/lake.ts';
import { weeklyFile } from '../../domain/formats/layout.ts';
import { type Week, daysOfWeek, weekBefore } from '../../domain/week.ts';
import { makeReport } from '../../reporting/make.ts';
import type { Ports } from '../ports.ts';

export interface WeeklyInput {
  /** Absent: the last whole week before `atMs`. */
  readonly week?: Week;
  readonly atMs: number;
}

/** What was written: the pages' keys by language; none where the lake holds no messages at all. */
export interface Weekly {
  readonly week: Week;
  readonly from: string;
  readonly to: string;
  readonly files: number;
  readonly pages: readonly string[];
}

/** Names of the folders of the languages. */
const FOLDERS = { en: 'en', pt: 'pt-BR' } as const;
const LANGUAGES = ['pt', 'en'] as const;

/**
 * Builds the activity. The files of a report lie below the SHA-256 of all of them: written again they are the same, and one of a lake that
 * has moved on stands beside it.
 */
export function createReportWeekly(ports: Ports) {
  return async function writeWeekly({ week: given, atMs }: WeeklyInput): Promise<Weekly> {
    const week = given ?? weekBefore(atMs, ZONE);
    const days = daysOfWeek(week);
    const made = await makeReport(ports, { ...days, languages: LANGUAGES });
    const files = LANGUAGES.flatMap((lang) =>
      made[lang].map(({ name, text }) => ({
        name: `${FOLDERS[lang]}/${name}`,
        bytes: new TextEncoder().encode(text),
      })),
    );
    if (files.length === 0) return { week, ...days, files: 0, pages: [] };
    const hash = createHash('sha256');
    for (const { name, bytes } of files) hash.update(`${name}\n${bytes.length}\n`).update(bytes);
    const sha256 = hash.digest('hex');
    for (const { name, bytes } of files) await keep(ports.store, weeklyFile(week, sha256, name), bytes);
    const pages = LANGUAGES.map((lang) => weeklyFile(week, sha256, `${FOLDERS[lang]}/report.html`));
    ports.log.info('weekly.written', { week, files: files.length, page: pages[0] });
    ports.alerter.tell({
      name: 'WeeklyReport',
      thing: week,
      summary: `The report of ${days.from} to ${days.to} is written: ${pages.join(' and ')}`,
    });
    return { week, ...days, files: files.length, pages };
  };
}
