/** docker-compose.yml as the tests read it. */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly user?: string;
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly network_mode?: string;
  readonly networks?: readonly string[];
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** A file of the repository, by its path from the top. */
export const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
export const exists = (path: string): boolean => existsSync(new URL(`../../${path}`, import.meta.url));
export const text = read('docker-compose.yml');
export const compose = parse(text, { merge: true }) as ComposeFile;
export const services = Object.entries(compose.services);
export const names = Object.keys(compose.services);

/** `${NAME}`, `${NAME:-default}`, `${NAME:?sentence}`; `$$` is a dollar sign. */
const VARIABLE = /\$\{([A-Z0-9_]+)(?:(:?[-?+])([^}]*))?\}/g;
export const variablesOf = (value: string) =>
  [...value.matchAll(VARIABLE)].map(([, name = '', operator = '', rest = '']) => ({ name, operator, rest }));
export const interpolated = (value: string | number): string =>
  String(value).replaceAll(VARIABLE, (_, name: string) => `value-of-${name}`);

export const service = (name: string): Service => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};
export const valueOf = (name: string, variable: string): string => {
  const value = service(name).environment?.[variable];
  if (value === undefined) throw new Error(`the service ${name} does not set ${variable}`);
  return interpolated(value);
};

/** Host and port of an address that the worker is given. */
export function addressOf(variable: string): { readonly host: string; readonly port: string } {
  const match = /^(?:[a-z0-9+]+:\/\/)?(?:[^/@]*@)?([a-z0-9-]+):(\d+)(?:[/?]|$)/.exec(valueOf('worker', variable));
  return { host: match?.[1] ?? `no host in ${variable}`, port: match?.[2] ?? `no port in ${variable}` };
}

/** The ports that a service publishes, as they are inside. */
export const containerPorts = (name: string): (string | undefined)[] =>
  (service(name).ports ?? []).map((port) => port.split(':')[2]);
