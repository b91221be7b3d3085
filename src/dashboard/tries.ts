/** How often somebody may try to log in: counted by address and name, and by address, in a bounded memory. */
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

const MINUTE_MS = 60_000;
/** Of one name from one address within a minute. */
const MOST_OF_NAME = 10;
/** Of all names from one address: an office behind one address logs in, a list of names is not tried. */
const MOST_OF_ADDRESS = 40;
/** Counters that are kept, some hundred bytes each. */
const MOST_KEPT = 10_000;

export interface Tries {
  /** Counts a try; false: there were too many, and this one is not to be looked at. */
  take(address: string, name: string): boolean;
  /** After who has name and password: tries of before are no attack. */
  forget(address: string, name: string): void;
}

interface Counter {
  since: number;
  count: number;
}

/**
 * Counters from now on. Where there are more than are kept, the one that began first goes, for its minute is over soonest; whoever makes that
 * happen needs thousands of addresses, and then the tries that wait for their turn are the limit.
 */
export function createTries(now: () => number): Tries {
  const counters = new Map<string, Counter>();
  const counterOf = (key: string): Counter => {
    const known = counters.get(key);
    if (known !== undefined && now() - known.since < MINUTE_MS) return known;
    counters.delete(key);
    const [oldest] = counters.keys();
    if (counters.size >= MOST_KEPT && oldest !== undefined) counters.delete(oldest);
    const counter = { since: now(), count: 0 };
    counters.set(key, counter);
    return counter;
  };
  return {
    take(address, name) {
      const [ofAddress, ofName] = [counterOf(keyOf(address)), counterOf(keyOf(address, name))];
      if (ofAddress.count >= MOST_OF_ADDRESS || ofName.count >= MOST_OF_NAME) return false;
      ofAddress.count += 1;
      ofName.count += 1;
      return true;
    },
    forget: (address, name) => void counters.delete(keyOf(address, name)),
  };
}

/** A name may be as long as somebody wants; of an IPv6 address the network counts, of which a subscriber has all addresses. */
const keyOf = (address: string, name?: string): string =>
  createHash('sha256')
    .update(`${networkOf(address)}\n${name === undefined ? '' : `name ${name}`}`)
    .digest('base64url');

function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array<string>(missing).fill('0'), ...(tail ?? '').split(':')];
  return all
    .slice(0, 4)
    .map((group) => parseInt(group || '0', 16).toString(16))
    .join(':');
}
