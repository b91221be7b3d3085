/** The tables of telegram in DuckDB, filled with what the contract makes of messages. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { type Session, identifier, literal, withSession } from '../../../../src/adapters/engine/duckdb/session.ts';
import { tableColumns } from '../../../../src/domain/sources/contract.ts';
import { telegramContract } from '../../../../src/domain/sources/telegram/contract.ts';
import { NO_MOVES, cleanseLine } from '../../../../src/domain/judge/cleanse.ts';
import type { CleanseContext, StagedRow } from '../../../../src/domain/judge/judged.ts';
import { sqlType } from '../../../../src/domain/sql.ts';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { receipt } from './support.ts';

/** Runs `work` over the tables that hold the staged rows that may be used, each identity once. */
export async function withTables<T>(rows: readonly StagedRow[], work: (session: Session) => Promise<T>): Promise<T> {
  const usable = new Map(rows.filter((row) => row.reason === null).map((row) => [row.identityHash, row]));
  return withSession({ memoryMb: 256, threads: 1 }, tmpdir(), async (session) => {
    for (const table of telegramContract({ texts: true, chats: undefined }).tables) {
      const columns = tableColumns(table);
      const typed = columns.map(({ name, type }) => `${identifier(name)} ${sqlType(type)}`);
      await session.run(`CREATE TEMP TABLE ${table.name} (${typed.join(', ')})`);
      const own = [...usable.values()].filter((row) => row.tables?.split(',').includes(table.name));
      const values = columns.map(({ name, type }) => {
        if (type === 'timestamp') return `make_timestamptz((j->'$.${name}')::BIGINT * 1000)`;
        const cell = type === 'text' || type === 'date' ? `j->>'$.${name}'` : `j->'$.${name}'`;
        return `(${cell})::${sqlType(type)}`;
      });
      const records = literal(JSON.stringify(own.map(record)));
      await session.run(
        `INSERT INTO ${table.name} SELECT ${values.join(', ')} FROM (SELECT unnest(${records}::JSON[]) AS j)`,
      );
    }
    return work(session);
  });
}

const record = (row: StagedRow): Readonly<Record<string, unknown>> => ({
  ...row.cells,
  entity: row.entity ?? row.identityHash,
  version: row.version,
  received_at: row.receivedAt,
  event_date: row.eventDate,
  issues: row.issues,
  _seal: 'telegram-2025-11-01T12-g0001',
  _raw_key: row.rawKey,
  _line: row.line,
});

const sha256 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const context: CleanseContext = {
  identityHash: (parts) => sha256(...parts).slice(0, 32),
  fromBase64: (text) => Buffer.from(text, 'base64'),
  pseudonym: (purpose, id) => `k1:${sha256(`${purpose} ${id}`).slice(0, 8)}`,
};

/** What becomes of updates that a bot received one after the other, as the lines of one raw object. */
export function staged(updates: readonly JsonObject[], nowSeconds: number): readonly StagedRow[] {
  const job = { contract: telegramContract({ texts: true, chats: undefined }), moves: NO_MOVES };
  return updates.map((update, n) => {
    const line = { v: 1, n, id: '', receivedAt: nowSeconds * 1000 + n, headers: receipt().headers } as const;
    return cleanseLine(job, context, 'raw', { ...line, body: JSON.stringify(update) });
  });
}

/** The pseudonym of a user in these rows. */
export const person = (id: number): string => context.pseudonym('telegram/person', String(id));
