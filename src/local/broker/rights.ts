/** Who may log in, and read or write which destinations. */
import { type Destination, Refusal } from './broker.ts';
import type { Headers } from './frame.ts';

/** Rights are destinations such as `topic://desk.>`; absent: all of them. */
export interface BrokerUser {
  readonly login: string;
  readonly passcode: string;
  readonly read?: readonly string[];
  readonly write?: readonly string[];
}

/** Throws unless the login and its passcode are known. */
export function userOf(users: readonly BrokerUser[], { login = '', passcode = '' }: Headers): BrokerUser {
  const user = users.find((one) => one.login === login && one.passcode === passcode);
  if (user === undefined) throw new Error(`User name [${login}] or password is invalid.`);
  return user;
}

/** The destination that a frame names. Throws a Refusal for none. */
export function destinationOf({ destination = '' }: Headers): Destination {
  const [, kind, name] = /^\/(topic|queue)\/([^,*>/]+)$/.exec(destination) ?? [];
  if ((kind === 'topic' || kind === 'queue') && name !== undefined) return { kind, name };
  throw new Refusal(`Illegal destination name: [${destination}]; this stand-in knows /topic/NAME and /queue/NAME`);
}

/** The same, where the user has the right. */
export function allowed(user: BrokerUser, right: 'read' | 'write', headers: Headers): Destination {
  const destination = destinationOf(headers);
  const full = `${destination.kind}://${destination.name}`;
  const covers = (one: string): boolean => one === full || (one.endsWith('>') && full.startsWith(one.slice(0, -1)));
  if (user[right]?.some(covers) ?? true) return destination;
  throw new Refusal(`User ${user.login} is not authorized to ${right === 'read' ? 'read from' : 'write to'}: ${full}`);
}
