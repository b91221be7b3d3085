/** The configuration: every fault at once, by name, and never a value. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SetupError } from '../../src/domain/errors.ts';
import { type Environment, loadConfig } from '../../src/wiring/config.ts';
import { stackEnvironment } from '../../src/wiring/stack-file.ts';
import { stack } from '../support/stack.ts';

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'chatlake-config-'))));
afterAll(() => rmSync(dir, { recursive: true }));

function fault(environment: Environment): string {
  try {
    loadConfig(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(SetupError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

test('an empty environment is a configuration for one machine', () => {
  const config = loadConfig({});
  expect(config).toMatchObject({
    TEMPORAL_ADDRESS: '127.0.0.1:7233',
    S3_BUCKET: 'chatlake',
    ENGINE: 'duckdb',
    BATCH_MAX_MESSAGES: 1_000,
    PSEUDONYM_KEY: undefined,
  });
  expect(() => Object.assign(config, { ENGINE: 'node' })).toThrow(TypeError);
});

test('variables are read as what they are', () => {
  const config = loadConfig({ ENGINE: 'node', BATCH_MAX_MESSAGES: '7', CACHE_MAX_MB: '0', S3_BUCKET: 'x', HOME: '/y' });
  expect(config).toMatchObject({ ENGINE: 'node', BATCH_MAX_MESSAGES: 7, CACHE_MAX_MB: 0, S3_BUCKET: 'x' });
  expect(config).not.toHaveProperty('HOME');
});

test('every fault is told at once, by name, and no value is', () => {
  const wrong = {
    ENGINE: 'hunter2',
    LOG_LEVEL: 'hunter3',
    BATCH_MAX_MESSAGES: 'hunter4',
    BATCH_MAX_BYTES: '-777',
    ENGINE_MEMORY_MB: '77',
    STOMP_PREFETCH: '7.75',
    S3_SECRET_ACCESS_KEY_FILE: join(dir, 'nowhere'),
    PSEUDONYM_KEY_FILE: dir,
  };
  const message = fault({ ...wrong, S3_ACCESS_KEY_ID: 'hunter5', MONGODB_URI: 'mongodb://u:hunter6@h' });
  for (const name of Object.keys(wrong)) expect(message).toContain(name);
  expect(message).not.toMatch(/hunter|777|7\.75/);
  for (const name of ['S3_BUCKET', 'MONGODB_URI', 'S3_ACCESS_KEY_ID']) expect(message).not.toContain(name);
});

describe('a profile of Temporal’s own tools', () => {
  const profile = (text: string): Environment => {
    writeFileSync(join(dir, 'temporal.toml'), text);
    return { TEMPORAL_CONFIG_FILE: join(dir, 'temporal.toml'), TEMPORAL_PROFILE: 'prod' };
  };
  const prod = '[profile.prod]\naddress = "temporal.example:7233"\nnamespace = "chats"\n';

  test('says address and namespace; a variable wins over it', () => {
    const named = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'chats' };
    expect(loadConfig(profile(prod))).toMatchObject({ ...named, temporal: named });
    const own = { TEMPORAL_NAMESPACE: 'own' };
    expect(loadConfig({ ...profile(prod), ...own })).toMatchObject({ ...named, ...own });
  });

  test('that cannot be read is a fault', () =>
    expect(fault(profile('[profile'))).toContain('check TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE'));
});

describe('a secret in a file', () => {
  const file = (): string => {
    writeFileSync(join(dir, 'secret'), 'from the file\n');
    return join(dir, 'secret');
  };

  test('is read without the line feed at its end', () => {
    expect(loadConfig({ S3_SECRET_ACCESS_KEY_FILE: file() }).S3_SECRET_ACCESS_KEY).toBe('from the file');
  });

  test('yields to the variable itself, but not to an empty one', () => {
    const secret = (own: string) => loadConfig({ STOMP_PASSCODE: own, STOMP_PASSCODE_FILE: file() }).STOMP_PASSCODE;
    expect(secret('own')).toBe('own');
    expect(secret('')).toBe('from the file');
  });

  test('is absent when its variable is empty', () => {
    expect(loadConfig({ STOMP_PASSCODE: '', STOMP_PASSCODE_FILE: '' }).STOMP_PASSCODE).toBeUndefined();
  });
});

test('an address for alerts that fetch would refuse and quote is refused at the start, and not quoted', () => {
  for (const address of ['http://user:s3cret@chat.example/x', 'ftp://chat.example', 'chat.example'])
    expect(fault({ ALERT_WEBHOOK_URL: address })).toMatch(/^[^]*ALERT_WEBHOOK_URL: it must be an http(?!.*s3cret)/);
  expect(loadConfig({ ALERT_WEBHOOK_URL: 'https://chat.example/token' }).ALERT_WEBHOOK_URL).toBeDefined();
});

test('what a stack file says is a configuration', () => {
  const { s3, mongodb, stomp, temporal } = stack();
  expect(loadConfig(stackEnvironment(stack()))).toMatchObject({
    S3_ENDPOINT: s3.endpoint,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    MONGODB_URI: mongodb.uri,
    STOMP_URL: stomp.url,
    STOMP_DESTINATION: stomp.destination,
    TEMPORAL_ADDRESS: temporal.address,
  });
});
