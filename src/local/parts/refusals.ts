/** What could not be fetched, remembered for a day: a start asks no host again that refused it a moment ago. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fetch, cacheRoot } from './cache.ts';

const DAY_MS = 24 * 60 * 60_000;
const MAX_REASON = 160;

export interface Refusals {
  /** Since when and why, in words; undefined where nothing is known or a day has passed. */
  of(fetch: Fetch): string | undefined;
  remember(fetch: Fetch, reason: string): void;
}

interface Refused {
  readonly at: number;
  readonly reason: string;
}

/** Of this machine; `again` forgets them first. */
export function openRefusals(env: NodeJS.ProcessEnv, again: boolean, now: () => number = Date.now): Refusals {
  const file = join(cacheRoot(env), 'refused.json');
  if (again) rmSync(file, { force: true });
  return {
    of: ({ name, what }) => {
      const found = read(file)[name];
      if (found === undefined || now() - found.at > DAY_MS) return undefined;
      return `${what} was refused at ${new Date(found.at).toISOString().slice(0, 16)}Z (${found.reason})`;
    },
    remember: ({ name }, reason) => {
      mkdirSync(cacheRoot(env), { recursive: true });
      const kept = { ...read(file), [name]: { at: now(), reason: reason.slice(0, MAX_REASON) } };
      writeFileSync(file, `${JSON.stringify(kept)}\n`);
    },
  };
}

/** A list that cannot be read is no list: everything is asked for again, which is slower and no worse. */
function read(file: string): Readonly<Record<string, Refused>> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Refused>;
  } catch {
    return {};
  }
}
