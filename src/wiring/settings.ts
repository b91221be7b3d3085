/** The configuration as it may be shown: secrets by whether they are set, addresses without their passwords. */
import { type Config, SCHEMA } from './config.ts';

export interface Setting {
  readonly name: string;
  readonly shown: string;
  /** It is not what an empty environment gives. */
  readonly changed: boolean;
}

/** Also what names people: ids of private chats are their users'. */
const SECRET = /(SECRET|PASSCODE|PASSWORD|TOKEN|KEY)(_ID)?$|^ALERT_WEBHOOK_|^(TELEGRAM_CHATS|DASHBOARD_USERS)$/;
/** `scheme://user:password@`, also the second of several addresses. */
const CREDENTIALS = /\/\/[^/@\s]*@/g;
/** Options of an address may be secrets, too. */
const OPTIONS = /(\w:\/\/[^\s,?]*)\?[^\s,]*/g;

/** Addresses without their passwords and options. */
export const shownAddress = (text: string): string => text.replace(CREDENTIALS, '//…@').replace(OPTIONS, '$1?…');

/** Every variable that has a value, in the schema's order. */
export function describeSettings(config: Config): readonly Setting[] {
  const defaults: Readonly<Record<string, unknown>> = SCHEMA.parse({});
  const given: Readonly<Record<string, unknown>> = config;
  return Object.keys(SCHEMA.shape).flatMap((name) => {
    const value = given[name];
    if (value === undefined) return [];
    const changed = JSON.stringify(value) !== JSON.stringify(defaults[name]);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return [{ name, shown: SECRET.test(name) && changed ? '(set)' : shownAddress(text), changed }];
  });
}
