/** Updates as receipts bring them, and what the contract makes of them; pseudonyms show what they are made of. */
import { readFileSync, readdirSync } from 'node:fs';
import type { Receipt, RecordIdentity, RecordVerdict, RuleContext } from '../../../../src/domain/sources/contract.ts';
import { telegramContract } from '../../../../src/domain/sources/telegram/contract.ts';
import { type Json, type JsonObject, isJsonObject } from '../../../../src/domain/json.ts';

export const BOT = '4242';
/** 2025-11-01T12:26:40Z, 09:26:40 in São Paulo. */
export const NOW = 1_762_000_000;
export const context: RuleContext = {
  pseudonym: (purpose, id) => `k1:${purpose}:${id.replaceAll('\n', '/')}`,
};

export const receipt = (headers: Record<string, string> = {}, moves: [string, string][] = []): Receipt => ({
  receivedAt: NOW * 1000,
  headers: { origin: 'webhook', bot: BOT, ...headers },
  moves: new Map(moves),
});

interface Way {
  readonly headers?: Record<string, string>;
  readonly chats?: readonly string[];
  readonly texts?: boolean;
  readonly moves?: [string, string][];
}

/** The verdict on a message that came in a way; by webhook unless told. */
export function judged(message: JsonObject, { headers, chats, texts = true, moves }: Way = {}): RecordVerdict {
  return telegramContract({ texts, chats }).rules.judge(receipt(headers, moves), message, context);
}

/** As judged, for what must be a row. */
export function row(message: JsonObject, way: Way = {}): RecordVerdict & { readonly kind: 'row' } {
  const verdict = judged(message, way);
  if (verdict.kind !== 'row') throw new Error(`refused: ${verdict.reason} ${verdict.field}`);
  return verdict;
}

/** `<reason> <field>` of what must be refused. */
export function refused(message: JsonObject, way: Way = {}): string {
  const verdict = judged(message, way);
  if (verdict.kind === 'row') throw new Error('it is a row');
  return `${verdict.reason} ${verdict.field}`;
}

export const identified = (message: JsonObject, headers: Record<string, string> = {}): RecordIdentity | undefined =>
  telegramContract({ texts: true, chats: undefined }).rules.identify(receipt(headers), message, context);

export const ANA = { id: 71, is_bot: false, first_name: 'Ana', username: 'ana_souza', language_code: 'pt-br' };
export const GROUP = { id: -1_001_234_567_890, type: 'supergroup', title: 'Posto Central' };
export const PRIVATE = { id: 71, type: 'private', first_name: 'Ana', username: 'ana_souza' };

/** A message as the Bot API sends it. */
export const message = (more: JsonObject = {}): JsonObject => ({
  message_id: 10,
  from: ANA,
  chat: GROUP,
  date: NOW - 60,
  text: 'Bom dia',
  ...more,
});

/** An update that holds `payload` under `kind`. */
export const update = (payload: Json, kind = 'message', id = 1): JsonObject => ({ update_id: id, [kind]: payload });

const FIXTURES = new URL('../../../fixtures/telegram-updates/', import.meta.url);

/** Updates that other people's bots received, by the name of their file. */
export function fixtures(): ReadonlyMap<string, JsonObject> {
  const names = readdirSync(FIXTURES).filter((name) => name.endsWith('.json'));
  return new Map(
    names.sort().map((name) => {
      const value = JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')) as Json;
      if (!isJsonObject(value)) throw new Error(`${name} is no object`);
      return [name.replace('.json', ''), value];
    }),
  );
}
