/** `.chatlake/stack.json`: how any tool reaches the parts that `npm start` runs. */
import { readFileSync } from 'node:fs';
import { SetupError, messageOf } from '../domain/errors.ts';
import type { Environment } from './config.ts';

/** The folder of a lake that `npm start` runs, in its clone; in it, how to connect. */
export const LAKE_FOLDER = '.chatlake';
export const STACK_FILE = 'stack.json';
export const KEY_FILE = 'pseudonym.key';

/** How to connect; written with mode 0600. */
export interface StackFile {
  readonly temporal: {
    readonly address: string;
    readonly ui: string;
    readonly namespace: string;
    readonly taskQueue: string;
  };
  readonly s3: {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** The gateway's identity, where the store is our own: it may add to raw, and nothing else. */
    readonly gateway?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly mongodb: { readonly uri: string; readonly database: string };
  readonly stomp: {
    readonly url: string;
    readonly webSocketUrl: string;
    readonly login: string;
    readonly passcode: string;
    /** What the worker consumes. */
    readonly destination: string;
    /** How messages are sent: whoever sends cannot read. */
    readonly send: { readonly login: string; readonly passcode: string; readonly destination: string };
  };
  readonly gateway: { readonly url: string };
  readonly dashboard: { readonly url: string };
  readonly telegram: { readonly apiRoot: string; readonly token: string; readonly secret: string };
}

/** The variables that say the same as a stack file. */
export function stackEnvironment(stack: StackFile): Environment {
  return {
    TEMPORAL_ADDRESS: stack.temporal.address,
    TEMPORAL_NAMESPACE: stack.temporal.namespace,
    TEMPORAL_UI_URL: stack.temporal.ui,
    CHATLAKE_TASK_QUEUE: stack.temporal.taskQueue,
    S3_ENDPOINT: stack.s3.endpoint,
    S3_REGION: stack.s3.region,
    S3_BUCKET: stack.s3.bucket,
    S3_ACCESS_KEY_ID: stack.s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: stack.s3.secretAccessKey,
    MONGODB_URI: stack.mongodb.uri,
    MONGODB_DATABASE: stack.mongodb.database,
    STOMP_URL: stack.stomp.url,
    STOMP_LOGIN: stack.stomp.login,
    STOMP_PASSCODE: stack.stomp.passcode,
    STOMP_DESTINATION: stack.stomp.destination,
    STOMP_SEND_LOGIN: stack.stomp.send.login,
    STOMP_SEND_PASSCODE: stack.stomp.send.passcode,
    STOMP_SEND_DESTINATION: stack.stomp.send.destination,
    GATEWAY_HOST: new URL(stack.gateway.url).hostname,
    GATEWAY_PORT: new URL(stack.gateway.url).port,
    DASHBOARD_HOST: new URL(stack.dashboard.url).hostname,
    DASHBOARD_PORT: new URL(stack.dashboard.url).port,
    TELEGRAM_API_ROOT: stack.telegram.apiRoot,
    TELEGRAM_BOT_TOKEN: stack.telegram.token,
    TELEGRAM_WEBHOOK_SECRET: stack.telegram.secret,
  };
}

/** Reads a stack file, or undefined when nothing runs there. */
export function readStackFile(path: string): StackFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StackFile;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw new SetupError(`${path} cannot be read: ${messageOf(error)}; remove it and start again`);
  }
}
