import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The passwords of the parts of one data folder. */
export interface Secrets {
  readonly s3AccessKeyId: string;
  readonly s3SecretAccessKey: string;
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
  const { s3AccessKeyId, s3SecretAccessKey, stompPasscode, stompDeskPasscode, telegramSecret, telegramToken } = found;
  const stomp = stompPasscode && stompDeskPasscode;
  if (!s3AccessKeyId || !s3SecretAccessKey || !stomp || !telegramSecret || !telegramToken) {
    throw new Error(`${file} is not complete: remove it, and new passwords are made at the next start`);
  }
  return { s3AccessKeyId, s3SecretAccessKey, stompPasscode, stompDeskPasscode, telegramSecret, telegramToken };
}

function write(file: string): void {
  const secrets: Secrets = {
    s3AccessKeyId: randomBytes(10).toString('hex'),
    s3SecretAccessKey: randomBytes(24).toString('hex'),
    stompPasscode: randomBytes(16).toString('hex'),
    stompDeskPasscode: randomBytes(16).toString('hex'),
    telegramSecret: randomBytes(24).toString('hex'),
    telegramToken: randomBytes(24).toString('hex'),
  };
  const half = `${file}.new`;
  writeFileSync(half, JSON.stringify(secrets), { mode: 0o600 });
  renameSync(half, file); // appears whole or not at all
}
