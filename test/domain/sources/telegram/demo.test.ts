/** The demo's golden numbers, through the whole of one line's judging; and the report over its tables. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { StagedRow } from '../../../../src/domain/judge/judged.ts';
import { printReport } from '../../../../src/domain/kpi/print-report.ts';
import { readReports, reportQueries } from '../../../../src/domain/kpi/report.ts';
import { TELEGRAM_REPORT } from '../../../../src/domain/kpi/telegram.ts';
import { currentRows } from '../../../../src/domain/sql.ts';
import { DEMO_COUNTS, demoUpdates } from '../../../../src/domain/sources/telegram/demo.ts';
import { BOT, NOW } from './support.ts';
import { staged, withTables } from './tables.ts';

const demo = (now: number): readonly StagedRow[] => staged(demoUpdates(now * 1000, Number(BOT)), now);
const rows = demo(NOW);
const perTable = (table: string): readonly StagedRow[] => [
  ...new Map(
    rows.filter((row) => row.tables?.split(',').includes(table)).map((row) => [row.identityHash, row]),
  ).values(),
];

describe('the demo', () => {
  test('has its golden counts', () => {
    const usable = rows.filter((row) => row.reason === null);
    const distinct = new Set(usable.map((row) => row.identityHash)).size;
    const quarantined = rows.length - usable.length;
    const counts = { received: rows.length, enriched: distinct, duplicates: usable.length - distinct, quarantined };
    expect(counts).toEqual(DEMO_COUNTS);
    expect(rows.filter((row) => row.reason !== null).map((row) => `${row.reason} ${row.field}`)).toEqual([
      'missing_field $',
    ]);
  });

  test('has rows in every table, one message in two states, and nothing noticed', () => {
    expect(['telegram_messages', 'telegram_events', 'telegram_texts'].map((table) => perTable(table).length)).toEqual([
      8, 4, 7,
    ]);
    expect(new Set(perTable('telegram_messages').map((row) => row.entity)).size).toBe(7);
    expect(rows.flatMap((row) => row.issues)).toEqual([]);
  });

  test('run again tells of new messages', () => {
    const hashes = [...rows, ...demo(NOW + 30)].map((row) => row.identityHash);
    expect(new Set(hashes).size).toBe(2 * (DEMO_COUNTS.received - DEMO_COUNTS.duplicates));
  });
});

/** Without the sentences that define the figures. */
const REPORT = [
  'telegram_messages: 7 messages, 2025-11-01 to 2025-11-01 (ledger version 0)',
  'Messages by day',
  '2025-11-01 | 7',
  'Messages by hour',
  '09 | 7',
  'Messages by weekday',
  '6 | 7',
  'Messages by kind',
  'message | 6 | ████████████████████████',
  'edited_message | 1 | ████',
  'Messages by type of chat',
  'supergroup | 6 | ████████████████████████',
  'private | 1 | ████',
  'Media',
  'photo | 1 | ████████████████████████',
  'voice | 1 | ████████████████████████',
  'Service messages',
  'new_chat_members | 1',
  'People | 3 | 3 / 6',
  'Mean text length | 30.00 | 120 / 4',
  'Mean words | 4.60 | 23 / 5',
  'Edited | 16.7 % | 1 / 6',
  'Replies | 16.7 % | 1 / 6',
  'With media | 33.3 % | 2 / 6',
  'By the bot | 0.0 % | 0 / 6',
  'Net joins | 100.0 | 1 / 1',
];

describe('the report', () => {
  let printed = '';
  beforeAll(async () => {
    const queries = reportQueries(TELEGRAM_REPORT, "''");
    printed = await withTables(rows, async (session) => {
      await session.run(`CREATE TEMP VIEW current AS ${currentRows('telegram_messages')}`);
      const [measures, breakdowns] = [await session.rows(queries.measures), await session.rows(queries.breakdowns)];
      const report = readReports(TELEGRAM_REPORT, measures, breakdowns, 0).get('');
      return printReport(TELEGRAM_REPORT, report!, []);
    });
  });

  test('counts current states, each figure with its parts', () => {
    const tidy = printed.split('\n').map((line) =>
      line
        .trim()
        .split(/\s{2,}/)
        .slice(0, 3)
        .join(' | '),
    );
    expect(tidy.filter((line) => line !== '')).toEqual(REPORT);
  });

  test('has one sentence and a title in both languages for each figure', () => {
    const { measures, breakdowns } = TELEGRAM_REPORT;
    for (const { definition, title, titlePt } of [...measures, ...breakdowns]) {
      expect(definition).toMatch(/^[A-Z].*\.$/);
      expect([title, titlePt]).not.toContain('');
    }
    expect(new Set([...measures, ...breakdowns].map(({ id }) => id)).size).toBe(measures.length + breakdowns.length);
  });
});
