/** The server of the pages on the real parts: what it answers, how it notices that the lake has moved on, and what it never says. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { FigureAnswer, FigureDefinition, MessageWay, Operations, State } from '../../src/dashboard/api.ts';
import { type RunningDashboard, startDashboard } from '../../src/dashboard/server.ts';
import { FIGURES } from '../../src/domain/kpi/figures/index.ts';
import { demoBodies } from '../../src/domain/sources/desk/demo.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import { windowStart } from '../../src/domain/window.ts';
import { windowAfter } from '../support/desk-raw.ts';
import { type Lake, openLake } from '../support/lake.ts';
import { untilForward } from '../support/until-forward.ts';
import { until } from '../support/until.ts';

let lake: Lake;
let dashboard: RunningDashboard;
const folder = mkdtempSync(join(tmpdir(), 'chatlake-page-'));
const logger = pino({ level: 'silent' });

/** Lands the bodies as messages of a window, and brings them to everything that follows. */
async function land(hour: number, bodies: readonly string[]): Promise<void> {
  const window = windowAfter(hour);
  const messages = bodies.map((body, n) => ({
    id: `desk:${hour}-${n}`,
    receivedAt: windowStart(window),
    headers: {},
    body: new TextEncoder().encode(body),
  }));
  await writeRaw(lake.ports.store, 'desk', windowStart(window), messages);
  await lake.etl();
  await untilForward(lake, 'desk');
}

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>the page</title>');
  writeFileSync(join(folder, 'assets', 'main-abcd1234.js'), 'export {};');
  lake = await openLake();
  await lake.startWorker();
  await land(0, [...demoBodies(), '{"name":"Maria Canary","document":"529.982.247-25","date":"wrong"}']);
  dashboard = await startDashboard({ ...lake.config, DASHBOARD_PORT: 0 }, logger, { pageFolder: folder, everyMs: 100 });
});
afterAll(async () => {
  await dashboard.stop();
  await lake.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${dashboard.url}${path}`, { headers });
const json = async <T>(path: string): Promise<T> => (await (await get(path)).json()) as T;
const DAYS = 'from=2021-08-01&to=2021-08-31';
const figure = (id: string, more = ''): Promise<FigureAnswer> => json(`/api/figures/${id}?${DAYS}${more}`);

test('the state says which days and channels there are, and needs no login here', async () => {
  const state = await json<State>('/api/state');
  expect(state).toMatchObject({
    zone: 'America/Sao_Paulo',
    login: { needed: false, user: null },
    channels: ['telefone', 'telegram', 'whatsapp'],
    days: { desk: { from: '2021-08-02', to: '2021-08-05' }, telegram: null },
    versions: { desk: 0, telegram: -1 },
  });
});

test('every figure is defined without its SQL, and answers on these days', async () => {
  const definitions = await json<readonly FigureDefinition[]>('/api/definitions');
  expect(definitions.map(({ id }) => id)).toEqual([...FIGURES.keys()]);
  expect(JSON.stringify(definitions)).not.toMatch(/SELECT/);
  for (const { id, columns } of definitions) {
    const answer = await figure(id);
    expect([id, answer.from, answer.to, Array.isArray(answer.rows)]).toEqual([id, '2021-08-01', '2021-08-31', true]);
    for (const row of answer.rows) expect([id, Object.keys(row)]).toEqual([id, columns.map(({ name }) => name)]);
  }
});

test('the seed’s figures: 45 interactions, 66.7 % satisfied, 22.2 % solved; by channel, those of the channel', async () => {
  const { rows } = await figure('desk_measures');
  const of = (name: string) => rows.find(({ measure }) => measure === name);
  expect(of('csat')).toMatchObject({ numerator: 30, denominator: 45 });
  expect(of('resolution')).toMatchObject({ numerator: 10, denominator: 45 });
  const phone = await figure('desk_measures', '&channel=telefone');
  expect(phone.rows.find(({ measure }) => measure === 'csat')).toMatchObject({ denominator: 20 });
});

test('small cells of health are hidden, and no channel narrows them until they can be computed back', async () => {
  const { rows } = await figure('desk_positivity');
  const small = rows.filter(({ hidden }) => hidden === true);
  expect(small.length).toBeGreaterThan(0);
  for (const row of small) expect(row).toMatchObject({ positive: null, value: null });
  expect((await get(`/api/figures/desk_positivity?${DAYS}&channel=whatsapp`)).status).toBe(400);
});

test('what is asked wrongly is said in a sentence', async () => {
  const wrong: readonly (readonly [string, number, RegExp])[] = [
    ['desk_volume', 400, /Give from as a day/],
    ['desk_volume?from=2021-02-30&to=2021-03-01', 400, /Give from as a day/],
    ['desk_volume?from=2021-08-02&to=2021-08-01', 400, /before/],
    ['desk_volume?from=2000-01-01&to=2021-08-01', 400, /five years/],
    [`desk_volume?${DAYS}&channel=%27;drop`, 400, /no such channel/],
    [`lake_outcome?${DAYS}&channel=whatsapp`, 400, /knows no channels/],
    [`nothing?${DAYS}`, 404, /definitions/],
    [`desk_volume?${DAYS}&from=2021-08-01`, 400, /Give from/],
  ];
  for (const [path, status, sentence] of wrong) {
    const answer = await get(`/api/figures/${path}`);
    expect([path, answer.status]).toEqual([path, status]);
    const { error, erro } = (await answer.json()) as { error: string; erro: string };
    expect(error).toMatch(sentence);
    expect([erro === error, erro]).toEqual([
      false,
      expect.stringMatching(/^(Informe|O primeiro|Peça|Esse|Este) .*\.$/),
    ]);
  }
});

test('a figure that is known already is not sent again', async () => {
  const first = await get(`/api/figures/desk_volume?${DAYS}`);
  const tag = first.headers.get('etag') ?? '';
  const again = await get(`/api/figures/desk_volume?${DAYS}`, { 'if-none-match': tag });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

test('a figure as CSV has a name, titles in the language asked, and its rows', async () => {
  const answer = await get(`/api/figures/desk_channels.csv?${DAYS}&lang=pt`);
  expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
  expect(answer.headers.get('content-disposition')).toContain('desk_channels_2021-08-01_2021-08-31.csv');
  const [titles, first] = (await answer.text()).split('\r\n');
  expect([titles, first]).toEqual([
    'Canal,Atendimentos,Proporção,Resolvidos,Com resolução informada,Com nota ≥ 8,Com nota',
    expect.stringMatching(/^telefone,20,0\.4444,/),
  ]);
});

test('operations: the windows and how far they are, the lags, the schedules, and where what cannot be read lies', async () => {
  const { windows, lags, schedules, samples, attention } = await json<Operations>('/api/operations');
  expect(windows).toEqual([
    expect.objectContaining({
      source: 'desk',
      window: windowAfter(0),
      state: 'verified',
      received: 46,
      quarantined: 1,
    }),
  ]);
  expect(lags.filter(({ source }) => source === 'desk').map(({ behind }) => behind)).toEqual([0, 0, 0, 0]);
  expect(schedules.map(({ id }) => id)).toContain('etl-desk');
  expect(samples).toEqual([expect.objectContaining({ source: 'desk', field: 'date' })]);
  expect(attention.filter(({ thing }) => thing !== '')).toEqual([]);
});

test('a message’s way is told from receipt to report, and an id that nobody knows in a note', async () => {
  const way = await json<MessageWay>('/api/message?id=desk:0-0');
  expect(way.lines).toEqual([
    expect.objectContaining({
      station: 'done',
      rows: [expect.objectContaining({ table: 'desk_interactions', current: true })],
      documents: [{ collection: 'desk_interactions', holds: 'this' }],
    }),
  ]);
  expect((await json<MessageWay>('/api/message?id=desk:nobody')).lines).toEqual([]);
  expect((await get('/api/message')).status).toBe(400);
  const [place = ''] = (await json<MessageWay>('/api/message?id=desk:0-0')).lines.map((line) => line.place);
  const beyond = await get(`/api/message?id=${encodeURIComponent(place.replace(/#\d+$/, '#9999'))}`);
  expect([beyond.status, await beyond.json()]).toEqual([
    404,
    { error: 'This object has no such line.', erro: 'Este objeto não tem essa linha.' },
  ]);
});

test('nobody is named anywhere: no name, no number, no pseudonym, no content', async () => {
  const answers = [
    ...[...FIGURES.keys()].map((id) => `/api/figures/${id}?${DAYS}`),
    ...['/api/state', '/api/operations', '/api/message?id=desk:0-0', '/api/message?id=desk:0-45'],
  ];
  for (const path of answers) {
    const text = await (await get(path)).text();
    expect([path, /Canary|529\.?982|12345678909|123\.456/.test(text)]).toEqual([path, false]);
    // Who wrote most is shown by the first digits of a pseudonym, and told so.
    if (!path.includes('top_people')) expect([path, /k[0-9a-f]{7}:[0-9a-f]{32}/.test(text)]).toEqual([path, false]);
  }
});

test('the page is served at each of its addresses, its assets for ever, and nothing beside them', async () => {
  for (const path of ['/', '/desk', '/telegram', '/operations', '/message', '/login'])
    expect([path, await (await get(path)).text()]).toEqual([path, '<!doctype html><title>the page</title>']);
  expect((await get('/assets/main-abcd1234.js')).headers.get('cache-control')).toContain('immutable');
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/assets/..%2f..%2fpackage.json', '/nothing.js'])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
});

test('an open page hears at once where the lake stands, and again when it has moved on', async () => {
  const abort = new AbortController();
  const response = await fetch(`${dashboard.url}/api/events`, { signal: abort.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let heard = '';
  const reading = (async () => {
    for await (const chunk of response.body!) heard += Buffer.from(chunk as Uint8Array).toString();
  })().catch(() => undefined);
  await until(() => heard.includes('"desk":0'));
  await land(1, [demoBodies()[0] ?? '']);
  await until(() => heard.includes('"desk":1'));
  abort.abort();
  await reading;
  const { rows } = await figure('lake_outcome', '');
  expect(Array.isArray(rows)).toBe(true);
  await until(async () => (await json<State>('/api/state')).versions['desk'] === 1);
});
