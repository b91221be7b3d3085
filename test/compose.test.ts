/** docker-compose.yml, .env.example and docker/ against the Compose schema, against each other and against the code's own names. */
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { SEARCH_ATTRIBUTES } from '../src/domain/search-attributes.ts';
import { SCHEMA } from '../src/wiring/config.ts';
import { CHATLAKE_VERSION } from '../src/wiring/version.ts';
import {
  addressOf,
  compose,
  containerPorts,
  exists,
  interpolated,
  names,
  read,
  service,
  services,
  text,
  valueOf,
  variablesOf,
} from './support/compose-file.ts';

const broker = read('docker/activemq/activemq.xml');
const worker = service('worker');
const gateway = service('gateway');
const option = (script: string, name: string): string | undefined => new RegExp(`-${name}=(\\S+)`).exec(script)?.[1];

/** What may be left out of .env, and what it is then. */
const defaults = new Map([
  ['LOG_LEVEL', 'info'],
  ['TELEGRAM_MODE', 'off'],
  ['TELEGRAM_BOT_ID', ''],
  ['TELEGRAM_BOT_TOKEN', ''],
  ['TELEGRAM_WEBHOOK_URL', ''],
  ['DASHBOARD_USERS', ''],
  ['ALERT_WEBHOOK_URL', ''],
  ['RUNBOOK_URL', 'docs/runbook.md'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', ''],
]);

const schema = JSON.parse(read('test/fixtures/compose-spec.json')) as Record<string, unknown>;
// It names its dialect by another address than Ajv does.
Reflect.deleteProperty(schema, '$schema');

describe('the file', () => {
  test('is valid by the Compose schema', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    const isValid = ajv.compile(schema);
    expect(isValid(compose) ? [] : isValid.errors).toEqual([]);
  });

  test('its schema can refuse', () => {
    const isValid = new Ajv({ strict: false }).compile(schema);
    expect(isValid({ services: { worker: { imaje: 'a:1.0.0' } } })).toBe(false);
  });

  test.each(services)('%s: the image is pinned to an exact version', (_, { image = '' }) => {
    expect(image).toMatch(/^[a-z0-9./-]+:\d+\.\d+(\.\d+)?(-[a-z0-9.]+)*(@sha256:[0-9a-f]{64})?$/);
    const [major = '', minor = '', patch] = (image.split(':')[1] ?? '').split(/[-@]/)[0]?.split('.') ?? [];
    // PostgreSQL since 10 and SeaweedFS number their releases with two parts.
    const parts = /^(postgres|chrislusf\/seaweedfs):/.test(image) ? 2 : 3;
    expect([major, minor, patch].filter((part) => part !== undefined)).toHaveLength(parts);
  });

  test('our own image carries our version', () => {
    expect(worker.image).toBe(`chatlake/worker:${CHATLAKE_VERSION}`);
    expect(worker.build).toBeDefined();
    for (const other of [gateway, service('dashboard')])
      expect([other.image, other.build]).toEqual([worker.image, worker.build]);
  });

  test.each(services)('%s: every published port is bound to 127.0.0.1', (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test('no port is published twice', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.split(':')[1]));
    expect(new Set(published).size).toBe(published.length);
  });

  test.each(services)(
    '%s: limits, no new privileges, and either a health check or a service that waits for its end',
    (name, found) => {
      expect(found.mem_limit).toMatch(/^\d+[mg]$/);
      expect(found.security_opt).toContain('no-new-privileges:true');
      const conditions = services.flatMap(([, { depends_on = {} }]) => depends_on[name]?.condition ?? []);
      if (found.restart === 'no') {
        // Otherwise `docker compose up --wait` takes its orderly end for a fault.
        expect(conditions).toContain('service_completed_successfully');
        expect(conditions).not.toContain('service_healthy');
      } else {
        expect(found.healthcheck).toBeDefined();
        expect(conditions).not.toContain('service_completed_successfully');
      }
    },
  );

  test('what is depended on exists', () => {
    for (const [, { depends_on = {}, network_mode }] of services) {
      expect(names).toEqual(expect.arrayContaining(Object.keys(depends_on)));
      if (network_mode !== undefined) expect(names).toContain(network_mode.replace('service:', ''));
    }
  });

  test('every volume is declared and used; every mounted file exists and cannot be written', () => {
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')));
    const named = sources.filter(([source = '']) => !source.startsWith('.')).map(([source]) => source);
    expect(new Set(named)).toEqual(new Set(Object.keys(compose.volumes)));
    for (const [source = '', , mode] of sources.filter(([path = '']) => path.startsWith('.'))) {
      expect([source, exists(source)]).toEqual([source, true]);
      expect([source, mode]).toEqual([source, 'ro']);
    }
  });
});

describe('secrets', () => {
  const secretName = /PASS|SECRET|TOKEN|PWD|CREDENTIAL|(^|_)KEY($|_ID$)/;

  test('no password is written down: what is named like a secret is a required variable, or the bot’s token', () => {
    for (const [name, { environment = {} }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!secretName.test(variable)) continue;
        expect(`${name} ${variable}=${value}`).toMatch(/=\$\{([A-Z0-9_]+:\?[^}]+|TELEGRAM_BOT_TOKEN:-)\}$/);
      }
    }
  });

  test('no address holds a password of its own', () => {
    const addresses = services.flatMap(([, { environment = {} }]) =>
      Object.values(environment).filter((value): value is string => /:\/\/[^/]*@/.test(interpolated(value))),
    );
    expect(addresses.length).toBeGreaterThan(0);
    for (const address of addresses) expect(address).toMatch(/^[a-z]+:\/\/[a-z]+:\$\{[A-Z0-9_]+:\?[^}]+\}@/);
  });

  test('neither do the broker’s users', () => {
    const passwords = [...broker.matchAll(/password="([^"]*)"/g)].map(([, password]) => password);
    expect(passwords).toEqual(['${STOMP_PASSCODE}', '${STOMP_DESK_PASSCODE}']);
    for (const password of passwords) {
      const [variable] = variablesOf(password ?? '');
      expect(valueOf('activemq', variable?.name ?? '')).toBe(`value-of-${variable?.name ?? ''}`);
    }
  });

  test('every variable is required with a sentence that says what to set, or has a default', () => {
    const variables = variablesOf(text.replaceAll(/^ *#.*$/gm, ''));
    expect(variables.length).toBeGreaterThan(10);
    for (const { name, operator, rest } of variables) {
      expect([name, operator]).toEqual([name, defaults.has(name) ? ':-' : ':?']);
      if (operator === ':?') expect(rest).toMatch(new RegExp(`^set ${name} in \\.env to .*openssl rand -hex 32`));
    }
  });

  test('.env.example names every variable of the compose file, and no other; secrets are empty there', () => {
    const example = read('.env.example');
    // What only a bot needs has a # before it: an empty place would be given a secret of its own.
    const entries = [...example.matchAll(/^(#?)([A-Z0-9_]+)=(.*)$/gm)].map(([, off, name = '', value = '']) => ({
      off,
      name,
      value,
    }));
    const wanted = new Set(variablesOf(text.replaceAll(/^ *#.*$/gm, '')).map(({ name }) => name));
    expect(new Set(entries.map(({ name }) => name))).toEqual(wanted);
    expect(entries).toHaveLength(wanted.size);
    for (const { off, name, value } of entries) {
      expect([name, value]).toEqual([name, defaults.get(name) ?? '']);
      expect([name, off]).toEqual([name, defaults.has(name) && name !== 'LOG_LEVEL' ? '#' : '']);
    }
  });

  test('the workflow makes .env as .env.example says', () => {
    const command = /awk -F= .*?print }' \.env\.example > \.env/.exec(read('.env.example'))?.[0] ?? 'missing';
    expect(read('.github/workflows/ci.yml')).toContain(command);
  });
});

describe('the worker', () => {
  const set = Object.keys(worker.environment ?? {});
  const known = Object.keys(SCHEMA.shape);

  test('is given no variable that the code does not read', () => {
    expect(set.filter((name) => !known.includes(name.replace(/_FILE$/, '')))).toEqual([]);
  });

  test('is given every secret and every address the code reads', () => {
    const needed = known.filter((name) => /KEY|SECRET|TOKEN|PASSCODE|PASSWORD|_(ADDRESS|ENDPOINT|URI|URL)$/.test(name));
    expect(needed).toEqual(
      expect.arrayContaining(['PSEUDONYM_KEY', 'MONGODB_URI', 'STOMP_PASSCODE', 'TELEGRAM_BOT_TOKEN']),
    );
    // The sender's: the worker must not be able to publish.
    const own = needed.filter((name) => !name.startsWith('STOMP_SEND_'));
    expect(own.filter((name) => !set.includes(name) && !set.includes(`${name}_FILE`))).toEqual([]);
  });

  test('is given values the code accepts', () => {
    const given = Object.fromEntries(set.map((name) => [name, valueOf('worker', name)]));
    const { success, error } = SCHEMA.safeParse({
      ...{ ...given, LOG_LEVEL: 'info', TELEGRAM_MODE: 'off', ALERT_WEBHOOK_URL: 'https://chat.example' },
    });
    expect(success ? [] : error.issues).toEqual([]);
  });

  test('runs without privileges on a read-only file system', () => {
    expect(worker).toMatchObject({ read_only: true, cap_drop: ['ALL'], tmpfs: ['/tmp'] });
    const writable = (worker.volumes ?? []).map((volume) => volume.split(':')[1]);
    expect(writable).toEqual([valueOf('worker', 'WORK_DIR')]);
    expect(read('Dockerfile')).toContain(`mkdir --mode=0700 ${valueOf('worker', 'WORK_DIR')} `);
  });

  test('waits for everything it talks to', () => {
    const hosts = ['TEMPORAL_ADDRESS', 'S3_ENDPOINT', 'MONGODB_URI', 'STOMP_URL'].map(
      (variable) => addressOf(variable).host,
    );
    for (const host of hosts) expect(worker.depends_on?.[host]).toEqual({ condition: 'service_healthy' });
    for (const once of ['temporal-namespace', 's3-bucket'])
      expect(worker.depends_on?.[once]).toEqual({ condition: 'service_completed_successfully' });
  });
});

describe('the services agree', () => {
  test('on Temporal', () => {
    const { host, port } = addressOf('TEMPORAL_ADDRESS');
    expect(host).toBe('temporal');
    expect(containerPorts(host)).toEqual([port]);
    expect(JSON.stringify(service(host).healthcheck)).toContain(`"${port}"`);
    for (const other of ['temporal-namespace', 'temporal-ui'])
      expect(valueOf(other, 'TEMPORAL_ADDRESS')).toBe(valueOf('worker', 'TEMPORAL_ADDRESS'));
    expect(valueOf('temporal-namespace', 'TEMPORAL_NAMESPACE')).toBe(valueOf('worker', 'TEMPORAL_NAMESPACE'));
    expect(containerPorts('temporal-ui')).toEqual([valueOf('temporal-ui', 'TEMPORAL_UI_PORT')]);
  });

  test('on Temporal’s search attributes', () => {
    const made = /attributes='([^']*)'/
      .exec(read('docker/temporal/namespace.sh'))?.[1]
      ?.split(' ')
      .map((pair) => pair.split('='));
    const ours = Object.entries(SEARCH_ATTRIBUTES);
    expect(made).toEqual(ours.map(([name, type]) => [name, type.charAt(0) + type.slice(1).toLowerCase()]));
  });

  test('on Temporal’s database', () => {
    const schema = read('docker/temporal/schema.sh');
    const [, host, port, user] = /--ep (\S+) -p (\d+) -u (\w+)/.exec(schema) ?? [];
    expect([host, port, user]).toEqual(
      ['POSTGRES_SEEDS', 'DB_PORT', 'POSTGRES_USER'].map((variable) => valueOf('temporal', variable)),
    );
    expect(names).toContain(host);
    expect(valueOf(host ?? '', 'POSTGRES_USER')).toBe(user);
    const passwords = [
      valueOf(host ?? '', 'POSTGRES_PASSWORD'),
      valueOf('temporal', 'POSTGRES_PWD'),
      valueOf('temporal-schema', 'SQL_PASSWORD'),
    ];
    expect(new Set(passwords).size).toBe(1);
    expect(service('temporal-schema').image?.split(':')[1]).toBe(service('temporal').image?.split(':')[1]);
    expect(service('temporal-namespace').image).toBe(service('temporal-schema').image);
  });

  test('on S3: port, bucket, key', () => {
    const { host, port } = addressOf('S3_ENDPOINT');
    const start = read('docker/seaweedfs/start.sh');
    expect(containerPorts(host)).toEqual([port]);
    expect(option(start, 's3.port')).toBe(port);
    expect(JSON.stringify(service(host).healthcheck)).toContain(`:${port}/healthz`);
    for (const variable of ['S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])
      expect([variable, valueOf(host, variable)]).toEqual([variable, valueOf('worker', variable)]);
    expect(valueOf('s3-bucket', 'S3_BUCKET')).toBe(valueOf('worker', 'S3_BUCKET'));
    expect(service('s3-bucket').network_mode).toBe(`service:${host}`);
    expect(service('s3-bucket').image).toBe(service(host).image);
  });

  test('on S3: only its port leaves the loopback of its container', () => {
    const start = read('docker/seaweedfs/start.sh');
    expect([option(start, 'ip'), option(start, 'ip.bind'), option(start, 's3.ip.bind')]).toEqual([
      '127.0.0.1',
      '127.0.0.1',
      '0.0.0.0',
    ]);
    expect(start).toMatch(
      /"actions": \["Read:\$S3_BUCKET", "Write:\$S3_BUCKET", "List:\$S3_BUCKET", "Tagging:\$S3_BUCKET"\]/,
    );
  });

  test('on MongoDB: host, port, set, database, users', () => {
    const { host, port } = addressOf('MONGODB_URI');
    const [start, healthy, users] = ['start.sh', 'healthy.js', 'users.js'].map((file) =>
      read(`docker/mongodb/${file}`),
    );
    const set = /--replSet (\w+)/.exec(start ?? '')?.[1] ?? 'none';
    expect(containerPorts(host)).toEqual([port]);
    expect(healthy).toContain(`_id: '${set}', members: [{ _id: 0, host: '${host}:${port}' }]`);
    expect(healthy).toContain(`setName === '${set}'`);
    const database = valueOf('worker', 'MONGODB_DATABASE');
    expect(valueOf(host, 'MONGODB_DATABASE')).toBe(database);
    // Users are made in that database, and an address without authSource authenticates in the database of its path.
    expect(valueOf('worker', 'MONGODB_URI')).toBe(
      `mongodb://chatlake:${valueOf(host, 'MONGODB_PASSWORD')}@${host}:${port}/${database}?replicaSet=${set}`,
    );
    expect(valueOf('mongo-express', 'ME_CONFIG_MONGODB_URL')).toBe(
      `mongodb://viewer:${valueOf(host, 'MONGODB_VIEWER_PASSWORD')}@${host}:${port}/${database}?replicaSet=${set}`,
    );
    expect(users).toMatch(/user: 'chatlake',\s+pwd: process\.env\.MONGODB_PASSWORD/);
    expect(users).toMatch(/user: 'viewer', pwd: process\.env\.MONGODB_VIEWER_PASSWORD, roles: \['read'\]/);
  });
});
