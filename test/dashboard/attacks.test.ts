/** Requests that no page makes, on the whole server over an empty lake: short answers, the headers always, nothing repeated. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createMemoryStore } from '../../src/adapters/object-store/memory.ts';
import type { FigureAnswer } from '../../src/dashboard/api.ts';
import { type RunningDashboard, startDashboard } from '../../src/dashboard/server.ts';
import { type Config, loadConfig } from '../../src/wiring/config.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import type { Figure } from '../../src/domain/kpi/figures/figure.ts';
import { TEST_KEY } from '../support/lake.ts';

const folder = mkdtempSync(join(tmpdir(), 'chatlake-attacks-'));
const store = createMemoryStore();
const logger = pino({ level: 'silent' });
let config: Config;
let dashboard: RunningDashboard;
beforeAll(async () => {
  config = loadConfig({ PSEUDONYM_KEY: TEST_KEY, WORK_DIR: folder, DASHBOARD_PORT: '0', ENGINE_THREADS: '1' });
  dashboard = await startDashboard(config, logger, { store, pageFolder: join(folder, 'no-page') });
});
afterAll(async () => {
  await dashboard.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends bytes as they are and returns all that comes until the server hangs up. */
async function send(line: string, more = '', host = new URL(dashboard.url).host): Promise<string> {
  const socket = connect(Number(new URL(dashboard.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  socket.write(`${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}`);
  if (!more.includes('\r\n\r\n')) socket.write('\r\n');
  await once(socket, 'close');
  return answer;
}

test('what is asked wrongly is not repeated, has no stack, and carries the headers', async () => {
  const json = 'Content-Type: application/json\r\nContent-Length: 8\r\n\r\n{"canary';
  const answers: readonly (readonly [string, number, string])[] = [
    ['POST /canary', 404, await send('POST /canary', 'Content-Length: 0\r\n')],
    ['TRACE /canary', 404, await send('TRACE /canary')],
    ['GET /%zzcanary', 400, await send('GET /%zzcanary')],
    ['GET /canary', 404, await send('GET /canary')],
    ['GET /api/figures/canary', 404, await send('GET /api/figures/canary')],
    ['GET a long figure', 404, await send(`GET /api/figures/${'canary'.repeat(200)}`)],
    ['POST /login', 400, await send('POST /login', json)],
    ['GET a day', 400, await send('GET /api/figures/desk_volume?from=canary&to=2021-08-02')],
    ['GET a channel', 400, await send('GET /api/figures/desk_volume?from=2021-08-01&to=2021-08-02&channel=canary')],
  ];
  for (const [name, status, answer] of answers) {
    expect([name, answer.split('\r\n')[0]]).toEqual([name, expect.stringContaining(` ${status} `)]);
    expect([name, /canary|node_modules|\.js:\d|\.ts:\d/.test(answer)]).toEqual([name, false]);
    expect([name, answer]).toEqual([name, expect.stringContaining("content-security-policy: default-src 'none'")]);
    expect([name, answer]).toEqual([name, expect.stringContaining('cache-control: no-store')]);
  }
});

test('a name that was pointed here reads nothing, whatever it asks for', async () => {
  for (const path of ['/', '/api/state', '/api/events', '/api/figures/desk_volume', '/canary', '/live'])
    expect([path, (await send(`GET ${path}`, '', 'evil.example')).split('\r\n')[0]]).toEqual([
      path,
      expect.stringContaining(' 421 '),
    ]);
});

test('without a built page its addresses say what to do', async () => {
  const answer = await fetch(`${dashboard.url}/desk`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('npm run build')]);
});

test('a figure that another start answered is sent again: its definition may have changed', async () => {
  const path = '/api/figures/desk_volume?from=2021-08-01&to=2021-08-02';
  const first = await fetch(`${dashboard.url}${path}`);
  const tag = first.headers.get('etag') ?? '';
  const body = (await first.json()) as FigureAnswer;
  const other = await startDashboard({ ...config, WORK_DIR: join(folder, 'other') }, logger, { store });
  try {
    const again = await fetch(`${other.url}${path}`, { headers: { 'if-none-match': tag } });
    expect([again.status, (await again.json()) as FigureAnswer]).toEqual([200, body]);
  } finally {
    await other.stop();
  }
});

test('an address that others reach is not opened without users, and nothing is left listening', async () => {
  await expect(startDashboard({ ...config, DASHBOARD_HOST: '0.0.0.0' }, logger, { store })).rejects.toThrow(
    /chatlake user NAME/,
  );
});

test('a statement of ours that fails is our fault, and nothing of it is told', async () => {
  const figures = FIGURES as Map<string, Figure>;
  figures.set('broken', { ...FIGURES.get('desk_volume')!, id: 'broken', sql: () => 'SELECT canary FROM nowhere' });
  try {
    const answer = await fetch(`${dashboard.url}/api/figures/broken?from=2021-08-01&to=2021-08-02`);
    const text = await answer.text();
    expect([answer.status, /canary|nowhere|DuckDB|SELECT/.test(text)]).toEqual([500, false]);
  } finally {
    figures.delete('broken');
  }
});
