import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The passwords of the parts of one data folder. */
export interface Secrets {
  readonly s3AccessKeyId: string;
  readonly s3SecretAccessKey: string;
  /** Of the gateway: it may add to raw, and nothing else. */
  readonly s3GatewayKeyId: string;
  readonly s3GatewaySecret: string;
  readonly mongodbPassword: string;
  /** Among the members of its set of one. */
  readonly mongodbKey: string;
  readonly stompPasscode: string;
  readonly stompDeskPasscode: string;
  readonly telegramSecret: string;
  readonly telegramToken: string;
}

/** Made at random at the first start in `dir` (mode 0600), the same at every later one. */
export function secretsOf(dir: string): Secrets {
  const file = join(dir, 'secrets.json');
  if (!existsSync(file)) write(file);
  const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>;
  if (!Object.keys(made()).every((name) => Boolean(found[name as keyof Secrets])))
    throw new Error(`${file} is not complete: remove it, and new passwords are made at the next start`);
  return found as Secrets;
}

const made = (): Secrets => ({
  s3AccessKeyId: randomBytes(10).toString('hex'),
  s3SecretAccessKey: randomBytes(24).toString('hex'),
  s3GatewayKeyId: randomBytes(10).toString('hex'),
  s3GatewaySecret: randomBytes(24).toString('hex'),
  mongodbPassword: randomBytes(24).toString('hex'),
  mongodbKey: randomBytes(48).toString('hex'),
  stompPasscode: randomBytes(16).toString('hex'),
  stompDeskPasscode: randomBytes(16).toString('hex'),
  telegramSecret: randomBytes(24).toString('hex'),
  telegramToken: randomBytes(24).toString('hex'),
});

function write(file: string): void {
  const secrets = made();
  const half = `${file}.new`;
  writeFileSync(half, JSON.stringify(secrets), { mode: 0o600 });
  renameSync(half, file); // appears whole or not at all
}
