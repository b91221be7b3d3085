/** What a test sent to the desk, and what must have become of it: worked out from the messages alone, and compared with what the lake has. */
import { expect } from '@jest/globals';
import { writeRaw } from '../../src/lake/raw.ts';
import { query } from '../../src/cli/query.ts';
import { bodyBytes, rawReader } from '../../src/inspect/raw-lines.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { type Window, windowStart } from '../../src/domain/window.ts';
import type { Readers } from '../../src/wiring/ports.ts';
import { checkLake } from './check-lake.ts';
import { interaction, random } from './desk-lines.ts';

/** A message as it was sent; `good` unless it cannot be used. */
export interface Message {
  readonly id: string;
  readonly body: string;
  readonly good: boolean;
}

/** Local midnight to six: nothing is received before it happened. */
const NIGHT_MS = 6 * 3_600_000;

/** A conversation of a local day, before the desk opens. Its score is below the middle, so that turning the scale round changes it. */
export function conversation(id: string, day: string): Message {
  const n = Buffer.from(id).reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
  const [y = '', m = '', d = ''] = day.split('-');
  const time = new Date(Math.abs(n) % NIGHT_MS).toISOString().slice(11, 19);
  const fields = { date: `${d}/${m}/${y} ${time}`, serviceScore: String(Math.abs(n) % 5), protocol: id };
  return { id, body: JSON.stringify({ ...interaction(random(n), 1), ...fields }), good: true };
}

/** The same, cut off on its way. */
export const cutOff = ({ id, body }: Message): Message => ({ id, body: body.slice(0, -9), good: false });

/** Verdicts as `verdict id body`, rows as `date age score`; each sorted, and as often as they are there. */
export interface Outcome {
  readonly verdicts: readonly string[];
  readonly rows: readonly string[];
}

export interface Sent {
  /** In the order in which they were received. */
  readonly messages: readonly Message[];
  /** Keeps messages as one raw object of a window. */
  receive(window: Window, some: readonly Message[]): Promise<void>;
  /** All that was received so far is judged by rules that make another score of each. */
  judgedAgain(score: (score: number) => number): void;
  expected(): Outcome;
  /** Asserts that nothing is pending, every promise holds, and the lake has exactly what was sent. */
  expectAll(): Promise<void>;
}

/** Nothing sent yet to an empty lake. */
export function openSent(ports: Readers): Sent {
  const messages: Message[] = [];
  const scores: ((score: number) => number)[] = [];

  function expected(): Outcome {
    const seen = new Set<string>();
    const verdicts: string[] = [];
    const rows: string[] = [];
    for (const [i, { id, body, good }] of messages.entries()) {
      const message = `${id} ${body}`;
      const verdict = seen.has(message) ? 'duplicate' : good ? 'enriched' : 'quarantined';
      seen.add(message);
      verdicts.push(`${verdict} ${message}`);
      if (verdict !== 'enriched') continue;
      const { date, age, serviceScore } = JSON.parse(body) as Record<'date' | 'age' | 'serviceScore', string>;
      const score = Number(serviceScore);
      rows.push(`${date} ${age} ${scores[i]?.(score) ?? score}`);
    }
    return { verdicts: verdicts.sort(), rows: rows.sort() };
  }

  return {
    messages,
    async receive(window, some) {
      const openedAt = windowStart(window);
      const received = some.map(({ id, body }) => ({
        id,
        receivedAt: openedAt,
        headers: {},
        body: new TextEncoder().encode(body),
      }));
      await writeRaw(ports.store, DESK.source, openedAt, received);
      messages.push(...some);
    },
    judgedAgain(score) {
      scores.length = 0;
      scores.push(...messages.map(() => score));
    },
    expected,
    async expectAll() {
      await checkLake(ports);
      expect(await published(ports)).toEqual(expected());
    },
  };
}

/** What the lake has: verdicts with the bodies that lie in raw, and the table's rows. */
async function published(ports: Readers): Promise<Outcome> {
  const ask = async (sql: string) => (await query(ports, { sql, most: 2 ** 31 }, () => undefined)).rows;
  const judged = await ask(
    `SELECT verdict, transport_id, raw_key, line FROM ledger_${DESK.source} ORDER BY raw_key, line`,
  );
  const read = rawReader(ports);
  const verdicts: string[] = [];
  for (const [verdict, id, key, line] of judged) {
    const raw = (await read(String(key)))?.find(({ n }) => n === Number(line));
    verdicts.push(`${String(verdict)} ${String(id)} ${raw === undefined ? 'is gone' : bodyBytes(raw).toString()}`);
  }
  const rows = await ask(`SELECT concat_ws(' ', date_original, age, service_score) FROM ${DESK.tables[0].name}`);
  return { verdicts: verdicts.sort(), rows: rows.map(([row]) => String(row)).sort() };
}
