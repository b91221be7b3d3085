/** The month of test/fixtures/month as lines to receive, and the answers that a script of its own worked out from them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ports } from '../../src/activities/ports.ts';
import { runWindow } from '../integration/run-window.ts';
import { windowAfter } from './desk-raw.ts';
import { type Landing, type Message, land } from './land.ts';

const FOLDER = 'test/fixtures/month';

interface Line {
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const lines = (name: string): readonly Line[] =>
  read(name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

export const MONTH_DESK: readonly Message[] = lines('desk.ndjson').map(({ id = '', body }) => [id, body]);
export const MONTH_TELEGRAM: readonly Message[] = lines('telegram.ndjson').map(({ headers = {}, body }) => [
  '',
  body,
  headers,
]);

/** The figures of some days of it. */
export const monthFigures = JSON.parse(read('answers.json')) as Record<string, object> & {
  readonly from: string;
  readonly to: string;
};

/** The answers of `queries/*.sql` over all of it, by name; people have no names here: each is a list of its own. */
export const monthQuestions = JSON.parse(read('questions.json')) as Record<string, readonly (readonly unknown[])[]> & {
  readonly notebook: Readonly<Record<string, unknown>>;
};

/** What the lake of a month received. */
export const MONTH_COUNTS = {
  desk: { received: 443, enriched: 400, duplicates: 40, quarantined: 3 },
  telegram: { received: MONTH_TELEGRAM.length + 3, enriched: MONTH_TELEGRAM.length + 3, duplicates: 0, quarantined: 0 },
} as const;
export const MONTH_WINDOWS = [windowAfter(0), windowAfter(1)] as const;

/**
 * Receives the month in one window and, in the next, what changes no answer: 40 redeliveries, three messages that cannot be read (two
 * dates, a list), and an edit of each of Telegram's first three messages that leaves its text.
 */
export async function receiveMonth(ports: Ports): Promise<void> {
  const [desk, telegram] = [{ source: 'desk' }, { source: 'telegram' }];
  const wrong = { ...(JSON.parse(MONTH_DESK[0]![1]) as object), date: '2021-08-02 10:00:00' };
  const unreadable = [JSON.stringify(wrong), JSON.stringify({ ...wrong, date: '31/02/2021 10:00:00' }), '[]'];
  const edits = MONTH_TELEGRAM.slice(0, 3).map(edited);
  const landings: readonly (readonly [Landing, readonly Message[]])[] = [
    [{ ...desk, window: MONTH_WINDOWS[0] }, MONTH_DESK],
    [{ ...telegram, window: MONTH_WINDOWS[0] }, MONTH_TELEGRAM],
    [
      { ...desk, window: MONTH_WINDOWS[1] },
      [...MONTH_DESK.slice(0, 40), ...unreadable.map((body, i): Message => [`unreadable:${i}`, body])],
    ],
    [{ ...telegram, window: MONTH_WINDOWS[1] }, edits],
  ];
  for (const [landing, messages] of landings) {
    await land(ports.store, landing, messages);
    await runWindow(ports, landing);
  }
}

function edited([id, body, headers]: Message): Message {
  const { update_id: updateId, message } = JSON.parse(body) as {
    update_id: number;
    message: Record<string, unknown>;
  };
  const edit = { ...message, edit_date: Number(message['date']) + 60 };
  return [id, JSON.stringify({ update_id: 900_000 + updateId, edited_message: edit }), headers!];
}
