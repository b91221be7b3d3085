/** The configuration as it may be shown: secrets by whether they are set, addresses without their passwords. */
import { type Config, SCHEMA } from './config.ts';

export interface Setting {
  readonly name: string;
  readonly shown: string;
  /** It is not what an empty environment gives. */
  readonly changed: boolean;
}

const SECRET = /(SECRET|PASSCODE|PASSWORD|TOKEN|KEY)(_ID)?$|^ALERT_WEBHOOK_/;
/** `scheme://user:password@`, also the second of several addresses. */
const CREDENTIALS = /\/\/[^/@\s]*@/g;

/** Every variable that has a value, in the schema's order. */
export function describeSettings(config: Config): readonly Setting[] {
  const defaults: Readonly<Record<string, unknown>> = SCHEMA.parse({});
  const given: Readonly<Record<string, unknown>> = config;
  return Object.keys(SCHEMA.shape).flatMap((name) => {
    const value = given[name];
    if (value === undefined) return [];
    const changed = JSON.stringify(value) !== JSON.stringify(defaults[name]);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return [{ name, shown: SECRET.test(name) && changed ? '(set)' : text.replace(CREDENTIALS, '//…@'), changed }];
  });
}
