/** Server-sent events (HTML Living Standard, 9.2): the state at once and whenever the lake has moved on. */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { State } from './api.ts';
import { text } from '../domain/text.ts';
import { refuse } from './guard.ts';

/** Proxies close what is silent for a minute. */
const BEAT_MS = 25_000;
/** Open pages; each holds a connection. */
const MOST_LISTENERS = 500;
/** What one may leave unread: some hundred states. */
const MOST_UNREAD_BYTES = 262_144;

export interface Events {
  /** Tells every open page. */
  tell(): void;
  close(): void;
}

/** Adds `events`. `stateOf` is asked for each page, whose user it names; `watch` is told when the first page opens and the last one closes. */
export function addEvents(
  app: FastifyInstance,
  stateOf: (cookie: string | undefined) => State,
  watch: (isOpen: boolean) => void,
): Events {
  const open = new Map<ServerResponse, string | undefined>();
  const beat = setInterval(() => {
    for (const [response, cookie] of open) {
      // Told to go a beat ago, and still there: it does not read.
      if (response.writableEnded) response.destroy();
      else write(response, stateOf(cookie), ': \n\n');
    }
  }, BEAT_MS);
  beat.unref();
  const send = (response: ServerResponse, cookie: string | undefined): void => {
    const state = stateOf(cookie);
    write(response, state, `event: state\ndata: ${JSON.stringify(state)}\n\n`);
  };
  // A HEAD would be held open too, and could say nothing.
  app.get('/api/events', { exposeHeadRoute: false }, (request, reply) => {
    if (open.size >= MOST_LISTENERS)
      return refuse(reply, [
        503,
        text(
          'Too many pages are open; close some and reload.',
          'Há páginas abertas demais; feche algumas e recarregue.',
        ),
      ]);
    const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, headers as Record<string, string>);
    open.set(raw, request.headers.cookie);
    if (open.size === 1) watch(true);
    raw.on('close', () => {
      open.delete(raw);
      if (open.size === 0) watch(false);
    });
    send(raw, request.headers.cookie);
    return reply;
  });
  return {
    tell: () => {
      for (const [response, cookie] of open) send(response, cookie);
    },
    close: () => {
      clearInterval(beat);
      for (const response of open.keys()) response.end();
    },
  };
}

/** Writes to one page; one whose session is over hears no more and has to log in, and one that does not read is let go. */
function write(response: ServerResponse, { login }: State, text: string): void {
  // The lake may move on while the last bytes go out; writing after the end would end the process.
  if (response.writableEnded) return;
  if (login.needed && login.user === null) response.end();
  else if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
  else response.write(text);
}
