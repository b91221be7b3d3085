/** park, clearAttention: the objects that say which windows need a person, since when, and why. */
import { createHash } from 'node:crypto';
import { attempts } from '../adapters/object-store/put.ts';
import { type Attention, isShared, nextStep } from '../domain/attention.ts';
import { type CodeVersion, codeWord } from '../domain/code.ts';
import {
  type AttentionKey,
  FORMAT_VERSION,
  type Source,
  attentionKey,
  attentionPrefix,
  attentionSourcePrefix,
  parseAttentionKey,
} from '../domain/layout.ts';
import type { Window } from '../domain/window.ts';
import { keepJson, readJson } from './json-object.ts';
import { type Ports, codeOf, contractOf } from './ports.ts';
import type { WindowInput } from './types.ts';

type Needs = Pick<Ports, 'store' | 'contracts' | 'engine' | 'chatlakeVersion' | 'now' | 'log' | 'alerter'>;

/** In place of a code's mark: no code gives up on a window for the sake of a step that all windows share. */
const NO_CODE = '0';

export interface ParkInput extends WindowInput, Pick<Attention, 'step' | 'kind' | 'reason' | 'workflowId' | 'runId'> {}

/** A code version as a short word that fits into a key. */
export const codeMark = (code: CodeVersion): string =>
  createHash('sha256').update(codeWord(code)).digest('hex').slice(0, 12);

/** Builds the activities. */
export function createAttention(ports: Needs) {
  /** Keeps why a window was given up on, in place of what an earlier run kept; since when stays. */
  async function park(input: ParkInput): Promise<void> {
    const { source, window, kind, step } = input;
    const code = codeOf(ports, contractOf(ports, source));
    const earlier = await attentionOf(ports, input);
    const now = ports.now();
    const sinceMs = Math.min(now, ...earlier.map((record) => record.sinceMs));
    const attention: Attention = {
      formatVersion: FORMAT_VERSION,
      ...input,
      since: new Date(sinceMs).toISOString(),
      last: new Date(now).toISOString(),
      next: nextStep(source, window, kind),
      code: codeWord(code),
    };
    const kept = await keepJson(ports.store, attention, (sha256) =>
      attentionKey({ source, window, sinceMs, code: isShared(step) ? NO_CODE : codeMark(code) }, sha256),
    );
    for (const { key } of earlier) if (key !== kept) await attempts(() => ports.store.remove(key));
    ports.log.warn('window.parked', { source, window, step: input.step, kind, reason: input.reason });
    ports.alerter.raise({
      name: 'WindowNeedsAttention',
      thing: `${source} ${window}`,
      summary: `${input.step} of ${source} ${window} was given up: ${input.reason}`,
    });
  }

  /** A window that was done needs nobody any more. */
  async function clearAttention(input: WindowInput): Promise<void> {
    for (const { key } of await attentionOf(ports, input)) await attempts(() => ports.store.remove(key));
  }

  return { park, clearAttention };
}

/** Where the windows of a source were given up on, one key each, without reading why. */
export async function parkedWindows(
  ports: Pick<Ports, 'store'>,
  source: Source,
): Promise<ReadonlyMap<Window, AttentionKey>> {
  const keys = await listKeys(ports, attentionSourcePrefix(source));
  return new Map(keys.map((key) => [key.window, key]));
}

/** Why a window was given up on. Undefined when it is no longer so. */
export async function readAttention(
  ports: Pick<Ports, 'store'>,
  { key }: AttentionKey,
): Promise<Attention | undefined> {
  if ((await attempts(() => ports.store.head(key))) === undefined) return undefined;
  return readJson<Attention>(ports.store, key, 'why a window needs a person');
}

const attentionOf = (ports: Pick<Ports, 'store'>, { source, window }: WindowInput): Promise<readonly AttentionKey[]> =>
  listKeys(ports, attentionPrefix(source, window));

async function listKeys(ports: Pick<Ports, 'store'>, prefix: string): Promise<readonly AttentionKey[]> {
  return attempts(async () => {
    const keys: AttentionKey[] = [];
    for await (const { key } of ports.store.list(prefix)) {
      const parsed = parseAttentionKey(key);
      if (parsed !== undefined) keys.push(parsed);
    }
    return keys;
  });
}
