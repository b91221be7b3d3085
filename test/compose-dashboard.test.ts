/** The service dashboard of docker-compose.yml against the code's own names. */
import { expect, test } from '@jest/globals';
import { SCHEMA } from '../src/wiring/config.ts';
import { containerPorts, exists, service, valueOf } from './support/compose-file.ts';

const dashboard = service('dashboard');
const given = Object.fromEntries(
  Object.keys(dashboard.environment ?? {}).map((name) => [name, valueOf('dashboard', name)]),
);

test('it is given what it reads with and no other secret: not the pseudonym key, no bot, no broker', () => {
  expect(Object.keys(given).filter((name) => !Object.keys(SCHEMA.shape).includes(name))).toEqual([]);
  const secrets = Object.keys(given).filter((name) => /KEY|SECRET|TOKEN|PASS|URI/.test(name));
  expect(secrets).toEqual(['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY', 'MONGODB_URI']);
});

test('its values are accepted by the code, and are the worker’s where the worker has them', () => {
  const { success, error } = SCHEMA.safeParse({ ...given, DASHBOARD_USERS: 'ana:scrypt:x:y', LOG_LEVEL: 'info' });
  expect(success ? [] : error.issues).toEqual([]);
  for (const [name, value] of Object.entries(given))
    if (!name.startsWith('DASHBOARD_')) expect([name, value]).toEqual([name, valueOf('worker', name)]);
});

test('it runs a file that the build makes, only with its profile, without privileges, and is asked where it listens', () => {
  expect(dashboard).toMatchObject({
    command: ['node', 'dist/dashboard/main.js'],
    profiles: ['dashboard'],
    read_only: true,
    cap_drop: ['ALL'],
    tmpfs: ['/tmp'],
  });
  expect(exists('src/dashboard/main.ts')).toBe(true);
  expect(containerPorts('dashboard')).toEqual([given['DASHBOARD_PORT']]);
  expect(JSON.stringify(dashboard.healthcheck)).toContain(`http://127.0.0.1:${given['DASHBOARD_PORT']}/live`);
});
