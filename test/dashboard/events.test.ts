/** The stream of states: who hears it, for how long, and how many. */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, get, request } from 'node:http';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FastifyInstance, fastify } from 'fastify';
import type { State } from '../../src/dashboard/api.ts';
import { type Events, addEvents } from '../../src/dashboard/events.ts';
import { until } from '../support/until.ts';

let app: FastifyInstance;
let events: Events;
let port: number;
let watched: boolean[];
let version: number;
const users = new Set<string>();
const asked: ClientRequest[] = [];

const stateOf = (cookie: string | undefined): State => ({
  id: String(version),
  versions: { desk: version },
  days: {},
  channels: [],
  zone: 'America/Sao_Paulo',
  login: { needed: true, user: cookie !== undefined && users.has(cookie) ? cookie : null },
  chatlakeVersion: '0',
});

beforeEach(async () => {
  watched = [];
  version = 0;
  users.clear();
  users.add('ana');
  app = fastify({ forceCloseConnections: true });
  events = addEvents(app, stateOf, (isOpen) => void watched.push(isOpen));
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterEach(async () => {
  events.close();
  for (const one of asked.splice(0)) one.destroy();
  await app.close();
});

interface Page {
  readonly status: number | undefined;
  readonly heard: () => string;
  readonly ended: () => boolean;
  readonly leave: () => void;
}

/** Opens a page's stream; it holds its connection for itself. */
async function openPage(cookie: string): Promise<Page> {
  const asking = get({ host: '127.0.0.1', port, path: '/api/events', headers: { cookie }, agent: false });
  asking.on('error', () => undefined);
  asked.push(asking);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  let text = '';
  let ended = false;
  response.on('data', (chunk: Buffer) => (text += chunk.toString()));
  response.on('close', () => (ended = true));
  response.on('error', () => undefined);
  return {
    status: response.statusCode,
    heard: () => text,
    ended: () => ended,
    leave: () => void asking.destroy(),
  };
}

test('a page hears the state at once and when it changes; the lake is watched while one is open', async () => {
  const first = await openPage('ana');
  const second = await openPage('ana');
  await until(() => first.heard().includes('"desk":0') && second.heard().includes('"desk":0'));
  version = 1;
  events.tell();
  await until(() => first.heard().includes('"desk":1') && second.heard().includes('"desk":1'));
  first.leave();
  second.leave();
  await until(() => watched.length === 2);
  expect(watched).toEqual([true, false]);
});

test('who has logged out hears nothing more', async () => {
  users.add('eva');
  const [ana, eva] = [await openPage('ana'), await openPage('eva')];
  await until(() => ana.heard().includes('"desk":0') && eva.heard().includes('"desk":0'));
  users.delete('eva');
  version = 1;
  events.tell();
  await until(() => eva.ended() && ana.heard().includes('"desk":1'));
  expect(eva.heard()).not.toContain('"desk":1');
  expect(ana.ended()).toBe(false);
});

test('a HEAD is answered and holds nothing open', async () => {
  const asking = request({ host: '127.0.0.1', port, path: '/api/events', method: 'HEAD', agent: false });
  asked.push(asking.end());
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  expect([response.statusCode, watched]).toEqual([404, []]);
});

test('pages beyond the five hundredth are told so, and have room again when one closes', async () => {
  const pages = await Promise.all(Array.from({ length: 500 }, () => openPage('ana')));
  const refused = await openPage('ana');
  await until(refused.ended);
  expect([refused.status, refused.heard()]).toEqual([503, expect.stringContaining('Too many pages')]);
  pages[0]?.leave();
  await until(async () => {
    const again = await openPage('ana');
    return again.status === 200;
  });
});

test('the end of the server ends every stream', async () => {
  const pages = [await openPage('ana'), await openPage('ana')];
  events.close();
  await until(() => pages.every(({ ended }) => ended()));
});

test('a lake that moves on while streams end breaks nothing', async () => {
  const page = await openPage('ana');
  events.close();
  events.tell();
  await until(page.ended);
  expect((await openPage('ana')).status).toBe(200);
});
