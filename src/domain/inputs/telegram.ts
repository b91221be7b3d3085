/** What `importExport`, `poll` and `watchWebhook` take. */
import { isZone } from '../judge/rules/local-time.ts';
import { type Given, givenFields, present } from './given.ts';

export interface ImportInput {
  /** Name of an export's `result.json` inside the worker's folder of imports, such as `ChatExport_2026-11-20/result.json`. */
  readonly file: string;
  /** Zone of the computer that made it; only exports before 2021 need one. */
  readonly zone?: string;
  /** Numeric id of the bot it belongs to; absent: the worker's own. */
  readonly bot?: string;
  /**
   * A name for the account that made it; absent: the export's own. Needed for private chats and basic groups, where each account numbers
   * the messages for itself. It stands in the run's history, so it is better a word than a person's id.
   */
  readonly account?: string;
}

export interface PollWorkflowInput {
  /** Numeric id of the bot. */
  readonly bot: string;
}

export interface WatchInput extends PollWorkflowInput {
  /** Poll, as soon as updates fail to come through the webhook. */
  readonly fallBack?: boolean;
  /** More waiting updates than this are told. */
  readonly pendingLimit?: number;
  readonly everySeconds?: number;
}
export type WatchSettings = Required<WatchInput>;

const IMPORT = {
  fields: ['file', 'zone', 'bot', 'account'],
  sample:
    '{"file":"result.json"} or {"file":"ChatExport_2026-11-20/result.json","zone":"America/Sao_Paulo","account":"reception"}',
} as const;

/** Names of folders and a file, none of them hidden; no way out of the folder. */
const NAME = /^[\p{L}\p{N}_][^/\\\0]*(\/[\p{L}\p{N}_][^/\\\0]*)*$/u;

/** Reads the input of `importExport`. Throws PermanentError. */
export function readImportInput(value: unknown): ImportInput {
  const given = givenFields(value, IMPORT);
  const file = given.value('file');
  const zone = given.value('zone');
  const bot = given.value('bot');
  const account = given.value('account');
  if (typeof file !== 'string' || !NAME.test(file))
    return given.fail('"file" must be the name of an export inside the worker’s folder of imports (IMPORT_DIR)');
  if (zone !== undefined && (typeof zone !== 'string' || !isZone(zone)))
    return given.fail('"zone" must be a time zone by its IANA name, such as America/Sao_Paulo');
  if (bot !== undefined && (typeof bot !== 'string' || !/^[1-9]\d{0,14}$/.test(bot)))
    return given.fail('"bot" must be the numeric id of a bot, as text');
  if (account !== undefined && (typeof account !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(account)))
    return given.fail('"account" must be a word of letters, digits, dots, dashes and underscores, such as reception');
  return { file, ...present<Pick<ImportInput, 'zone' | 'bot' | 'account'>>({ zone, bot, account }) };
}

/** Reads the input of `poll`. Throws PermanentError. */
export function readPollInput(value: unknown): PollWorkflowInput {
  return { bot: neededBot(givenFields(value, { fields: ['bot'], sample: '{"bot":"1234567"}' })) };
}

const WATCH = {
  fields: ['bot', 'fallBack', 'pendingLimit', 'everySeconds'],
  sample: '{"bot":"1234567"} or {"bot":"1234567","fallBack":true,"pendingLimit":100,"everySeconds":180}',
} as const;

/** Reads the input of `watchWebhook`. Throws PermanentError. */
export function readWatchInput(value: unknown): WatchSettings {
  const given = givenFields(value, WATCH);
  return {
    bot: neededBot(given),
    fallBack: given.flag('fallBack', false),
    pendingLimit: given.whole('pendingLimit', 100, 0),
    everySeconds: given.whole('everySeconds', 180, 1),
  };
}

/** A bot's id, also where somebody typed it as a number. */
function neededBot<F extends 'bot'>(given: Pick<Given<F | 'bot'>, 'value' | 'fail'>): string {
  const typed = given.value('bot');
  const bot = typeof typed === 'number' ? String(typed) : typed;
  if (typeof bot === 'string' && /^\d{1,20}$/.test(bot)) return bot;
  // What was typed is not repeated: it may be the whole token.
  return given.fail('"bot" is needed: the numeric id of the bot, the digits before the colon of its token');
}
