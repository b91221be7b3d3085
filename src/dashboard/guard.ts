/** Who is let in, and what a browser may do with what it gets. */
import { isIPv4 } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SetupError } from '../domain/errors.ts';
import { type Text, text } from '../domain/text.ts';
import { type Sessions, createSessions, parseUsers } from './users.ts';

/** True for addresses that only this machine reaches. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** The sessions of the configured users; undefined: there are none, and the address is loopback. Throws SetupError for an open address without users. */
export function openSessions(host: string, users: string | undefined): Sessions | undefined {
  const known = parseUsers(users ?? '');
  if (known.size > 0) return createSessions(known);
  if (isLoopback(host)) return undefined;
  throw new SetupError(
    `DASHBOARD_HOST is ${host}, which others reach, and DASHBOARD_USERS names nobody: make a user with "chatlake user NAME" and give its line, or listen on 127.0.0.1; without users the pages are not served.`,
  );
}

/** Nothing from elsewhere, nothing inline, in no frame, kept by nobody unless an answer says so. ECharts draws on a canvas and shows it as data: and blob: pictures. */
export const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

const COOKIE = 'chatlake_session';
/** The session's token in a Cookie header. */
export const tokenOf = (cookie: string | undefined): string | undefined =>
  new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)`).exec(cookie ?? '')?.[1];

/** Paths that are needed to log in. */
const OPEN = new Set(['/login', '/health', '/live']);

/** Adds headers, the check of the Host (a foreign page must not reach loopback by a name of its own) and, with sessions, the login. */
export function addGuard(app: FastifyInstance, host: string, sessions: Sessions | undefined): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(HEADERS);
    const fault = faultOf(request, host, sessions);
    if (fault === undefined) done();
    else void refuse(reply, fault);
  });
  // The framework's own answer names the path that was asked.
  app.setNotFoundHandler((_request, reply) => refuse(reply, NOTHING));
  if (sessions === undefined) return;
  app.post<{ Body: { name?: unknown; password?: unknown } | null }>('/login', async (request, reply) => {
    const { name, password } = request.body ?? {};
    if (typeof name !== 'string' || typeof password !== 'string')
      return refuse(reply, [400, text('Give name and password.', 'Informe nome e senha.')]);
    const outcome = await sessions.login(name, password, request.ip);
    if (outcome.kind === 'later')
      return refuse(reply, [429, text('Too many tries; wait a minute.', 'Muitas tentativas; espere um minuto.')]);
    if (outcome.kind === 'wrong')
      return refuse(reply, [401, text('Name or password is wrong.', 'Nome ou senha incorretos.')]);
    const secure = request.headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
    return reply
      .header('set-cookie', `${COOKIE}=${outcome.token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200${secure}`)
      .code(204)
      .send();
  });
  app.post('/logout', async (request, reply) => {
    sessions.logout(tokenOf(request.headers.cookie));
    return reply.header('set-cookie', `${COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`).code(204).send();
  });
}

export type Fault = readonly [status: number, sentence: Text];

/** Whatever was asked: it is not repeated. */
export const NOTHING: Fault = [404, text('There is nothing here.', 'Não há nada aqui.')];

function faultOf(request: FastifyRequest, host: string, sessions: Sessions | undefined): Fault | undefined {
  const { method, headers, routeOptions } = request;
  const asked = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (isLoopback(host) && !isLoopback(asked))
    return [
      421,
      text(
        'These pages are served to this machine by its own names.',
        'Estas páginas só atendem esta máquina, pelos nomes dela.',
      ),
    ];
  if (method !== 'GET' && method !== 'HEAD' && headers.origin !== undefined && !isOwn(headers.origin, headers.host))
    return [403, text('The request comes from another site.', 'O pedido vem de outro site.')];
  const path = routeOptions.url ?? '';
  if (sessions === undefined || OPEN.has(path) || !path.startsWith('/api/')) return undefined;
  return sessions.userOf(tokenOf(headers.cookie)) === undefined
    ? [401, text('Log in first.', 'Entre primeiro.')]
    : undefined;
}

/** An opaque origin says `null`, which is nobody's. */
const isOwn = (origin: string, host: string | undefined): boolean =>
  URL.canParse(origin) && new URL(origin).host === host;

/** One sentence as JSON, in English and in pt-BR. */
export const refuse = (reply: FastifyReply, [status, sentence]: Fault): FastifyReply =>
  reply.code(status).send({ error: sentence.en, erro: sentence.pt });
