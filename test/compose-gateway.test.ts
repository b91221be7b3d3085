/** The service gateway of docker-compose.yml against the code's own names. */
import { describe, expect, test } from '@jest/globals';
import { SCHEMA } from '../src/wiring/config.ts';
import { containerPorts, exists, service, services, valueOf } from './support/compose-file.ts';

const gateway = service('gateway');

describe('the gateway', () => {
  const given = Object.fromEntries(
    Object.keys(gateway.environment ?? {}).map((name) => [name, valueOf('gateway', name)]),
  );

  test('is given the secrets it needs and no other: not the bot’s token, not the pseudonym key, no database, no broker', () => {
    expect(Object.keys(given).filter((name) => !Object.keys(SCHEMA.shape).includes(name))).toEqual([]);
    const secrets = Object.keys(given).filter((name) => /KEY|SECRET|TOKEN|PASS|URI/.test(name));
    expect(secrets).toEqual(['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY', 'TELEGRAM_WEBHOOK_SECRET']);
  });

  test('has a key of the store of its own, and reaches no database, broker or worker', () => {
    expect([given['S3_ACCESS_KEY_ID'], given['S3_SECRET_ACCESS_KEY']]).toEqual([
      valueOf('s3', 'S3_GATEWAY_ACCESS_KEY_ID'),
      valueOf('s3', 'S3_GATEWAY_SECRET_ACCESS_KEY'),
    ]);
    expect(given['S3_SECRET_ACCESS_KEY']).not.toBe(valueOf('worker', 'S3_SECRET_ACCESS_KEY'));
    expect(gateway.networks).toEqual(['edge']);
    const beside = services.filter(([, { networks }]) => networks?.includes('edge')).map(([name]) => name);
    expect(beside).toEqual(['temporal', 's3', 'gateway']);
    for (const name of ['temporal', 's3']) expect(service(name).networks).toEqual(['default', 'edge']);
  });

  test('is given values the code accepts, and the worker’s where the worker has them', () => {
    const { success, error } = SCHEMA.safeParse({ ...given, LOG_LEVEL: 'info' });
    expect(success ? [] : error.issues).toEqual([]);
    for (const [name, value] of Object.entries(given))
      if (!/^(GATEWAY_|S3_.*KEY)/.test(name)) expect([name, value]).toEqual([name, valueOf('worker', name)]);
  });

  test('runs a file that the build makes, only with its profile, without privileges, on a read-only file system', () => {
    expect(gateway).toMatchObject({
      command: ['node', 'dist/gateway/main.js'],
      profiles: ['telegram'],
      read_only: true,
      cap_drop: ['ALL'],
      tmpfs: ['/tmp'],
    });
    expect(exists('src/gateway/main.ts')).toBe(true);
    expect(gateway.volumes).toBeUndefined();
  });

  test('tells of itself on a private port, is asked for its health there, and waits for the store alone', () => {
    const port = given['GATEWAY_PORT'];
    const own = given['METRICS_PORT'];
    expect(containerPorts('gateway')).toEqual([port, own]);
    expect(own).not.toBe(port);
    expect(JSON.stringify(gateway.healthcheck)).toContain(`http://127.0.0.1:${own}/health`);
    expect(gateway.depends_on).toEqual({
      s3: { condition: 'service_healthy' },
      's3-bucket': { condition: 'service_completed_successfully' },
    });
  });
});
