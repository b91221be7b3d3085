/** Who may see the pages: names with scrypt hashes, a line each, and sessions that live in memory. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { SetupError } from '../domain/errors.ts';
import { createTries } from './tries.ts';

const derive = promisify(scrypt) as (
  password: string,
  salt: Buffer,
  length: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer>;

/** What OWASP advises for scrypt: 128 MB and some tenths of a second per try. */
const COST = { N: 131_072, r: 8, p: 1, maxmem: 256 * 1_048_576 } as const;
const BYTES = 32;
const LINE = /^([\w.@-]{1,64}):scrypt:([A-Za-z0-9_-]{22,}):([A-Za-z0-9_-]{43})$/;
const LEAST_PASSWORD = 12;
/** Of fewer characters, however often, one is guessed. */
const LEAST_DIFFERENT = 5;

/** The line of a user, `name:scrypt:salt:hash`. Throws SetupError for a name or password that is not taken. */
export async function userLine(name: string, password: string): Promise<string> {
  if (!/^[\w.@-]{1,64}$/.test(name))
    throw new SetupError('A user’s name has 1 to 64 letters, digits, dots, at signs, dashes or underscores.');
  if (password.length < LEAST_PASSWORD) throw new SetupError(`A password has at least ${LEAST_PASSWORD} characters.`);
  if (new Set(password).size < LEAST_DIFFERENT)
    throw new SetupError(`A password has at least ${LEAST_DIFFERENT} different characters.`);
  const salt = randomBytes(16);
  const hash = await derive(password, salt, BYTES, COST);
  return `${name}:scrypt:${salt.toString('base64url')}:${hash.toString('base64url')}`;
}

interface User {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Reads the lines. Throws SetupError naming the line that is none. */
export function parseUsers(lines: string): ReadonlyMap<string, User> {
  const users = new Map<string, User>();
  for (const [i, line] of lines.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, salt, hash] = LINE.exec(line.trim()) ?? [];
    if (name === undefined || salt === undefined || hash === undefined)
      throw new SetupError(`Line ${i + 1} of DASHBOARD_USERS is not a user; make one with: chatlake user NAME`);
    users.set(name, { salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') });
  }
  return users;
}

const SESSION_MS = 12 * 3_600_000;
const MOST_SESSIONS = 1_000;
const LONGEST_PASSWORD = 1_024;
/** Tries that wait for their turn; each takes some tenths of a second, so the last waits for some seconds. */
const MOST_WAITING = 32;

export type LoginOutcome =
  { readonly kind: 'in'; readonly token: string } | { readonly kind: 'wrong' } | { readonly kind: 'later' };

export interface Sessions {
  /** `address`: where the try comes from. Tries are counted by address and name: a stranger's shut nobody else out. */
  login(name: string, password: string, address: string): Promise<LoginOutcome>;
  /** The name of a session's user, or undefined. */
  userOf(token: string | undefined): string | undefined;
  logout(token: string | undefined): void;
}

/** Sessions of these users, from now on. A wrong name takes as long as a wrong password. */
export function createSessions(users: ReadonlyMap<string, User>, now: () => number = Date.now): Sessions {
  const sessions = new Map<string, { readonly name: string; readonly endsAt: number }>();
  const nobody: User = { salt: randomBytes(16), hash: randomBytes(BYTES) };
  const tries = createTries(now);
  let waiting = 0;
  /** One after the other: each holds 128 MB. */
  let queue: Promise<unknown> = Promise.resolve();
  return {
    async login(name, password, address) {
      if (password.length > LONGEST_PASSWORD || waiting >= MOST_WAITING || !tries.take(address, name))
        return { kind: 'later' };
      const user = users.get(name) ?? nobody;
      waiting += 1;
      const hashed = queue.then(() => derive(password, user.salt, BYTES, COST)).finally(() => (waiting -= 1));
      queue = hashed.catch(() => undefined);
      if (!timingSafeEqual(await hashed, user.hash)) return { kind: 'wrong' };
      tries.forget(address, name);
      const token = randomBytes(32).toString('base64url');
      const [oldest] = sessions.keys();
      if (sessions.size >= MOST_SESSIONS && oldest !== undefined) sessions.delete(oldest);
      sessions.set(token, { name, endsAt: now() + SESSION_MS });
      return { kind: 'in', token };
    },
    userOf(token) {
      const session = token === undefined ? undefined : sessions.get(token);
      return session === undefined || session.endsAt < now() ? undefined : session.name;
    },
    logout(token) {
      if (token !== undefined) sessions.delete(token);
    },
  };
}
