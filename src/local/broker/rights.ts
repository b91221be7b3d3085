/** Who may log in, and read or write which destinations. */
import { Refusal } from './broker.ts';
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

/** The destination that a frame names, as in `topic://desk.news`, where the user has the right to it. Throws a Refusal otherwise. */
export function allowed(user: BrokerUser, right: 'read' | 'write', { destination = '' }: Headers): string {
  const [, kind, name = ''] = /^\/([\w-]+)\/(.+)$/s.exec(destination) ?? [];
  const full = `${kind}://${name}`;
  const covers = (one: string, part: string): boolean =>
    one === part || (one.endsWith('>') && part.startsWith(one.slice(0, -1)));
  // A list of destinations needs the right to each.
  const has = full.split(',').every((part) => user[right]?.some((one) => covers(one, part)) ?? true);
  if (kind !== undefined && !has)
    throw new Refusal(
      `User ${user.login} is not authorized to ${right === 'read' ? 'read from' : 'write to'}: ${full}`,
    );
  if ((kind === 'topic' || kind === 'queue') && !/[,*>/]/.test(name)) return full;
  throw new Refusal(`Illegal destination name: [${destination}]; this stand-in knows /topic/NAME and /queue/NAME`);
}
