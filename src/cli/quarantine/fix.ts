/** Patching quarantined messages by rules, and landing what then passes as messages of their own. */
import { keysOf } from '../../adapters/object-store/put.ts';
import { NO_MOVES, cleanseLine } from '../../domain/judge/cleanse.ts';
import type { CleanseContext } from '../../domain/judge/judged.ts';
import type { Contract } from '../../domain/sources/contract.ts';
import { applyRules, fixedMessage } from '../../domain/judge/fix.ts';
import { FORMAT_VERSION, type Source, placeText } from '../../domain/formats/layout.ts';
import { fixKey, fixesPrefix } from '../../domain/formats/marks.ts';
import { type ReceivedMessage, decodeRawLine, encodeRawLine } from '../../domain/formats/raw.ts';
import type { Window } from '../../domain/window.ts';
import { keepJson, readJson } from '../../lake/json.ts';
import { writeRaw } from '../../lake/raw.ts';
import type { Readers } from '../../wiring/ports.ts';
import { type ReadRaw, bodyBytes, rawReader } from '../../inspect/raw-lines.ts';
import type { Quarantined } from './groups.ts';
import type { RuleFile } from './rule-file.ts';

export interface Fixed {
  readonly matched: number;
  /** Fixed by an earlier run. */
  readonly already: number;
  /** No rule changes them, or says what text their bytes are. */
  readonly unchanged: number;
  /** Changed, and still not usable, by reason. */
  readonly failing: Readonly<Record<string, number>>;
  /** Changed, and usable under today's contract. */
  readonly passing: number;
  readonly samples: readonly { readonly place: string; readonly from: string; readonly to: string }[];
  /** Raw objects written; none in a dry run. */
  readonly written: readonly string[];
  readonly windows: readonly Window[];
}

const SAMPLES = 5;
const BATCH = 1_000;

/** The rules of a file, tried on messages of a contract's source. */
interface Trial {
  readonly contract: Contract;
  readonly file: RuleFile;
  readonly context: CleanseContext;
  readonly dryRun: boolean;
  readonly now: number;
}

interface Landing {
  readonly place: string;
  readonly message: ReceivedMessage;
}

/**
 * Tries the rules on these messages; unless `dryRun`, lands those that pass. Run again, by others at the same time or by other rules, it
 * makes one message of each: a fixed message's identity is the place of the one it was made of, so what is landed twice is a duplicate.
 */
export async function fix(ports: Readers, trial: Trial, messages: readonly Quarantined[]): Promise<Fixed> {
  const done = await fixedPlaces(ports, trial.contract.source);
  const readRaw = rawReader(ports);
  const failing: Record<string, number> = {};
  const samples: { place: string; from: string; to: string }[] = [];
  const landings: Landing[] = [];
  const counts = { already: 0, unchanged: 0 };
  for (const one of messages) {
    const place = placeText(one.key, one.line);
    if (done.has(place)) {
      counts.already += 1;
      continue;
    }
    const message = await patched(readRaw, trial, one, place);
    if (message === undefined) {
      counts.unchanged += 1;
      continue;
    }
    const reason = judge(trial, message);
    if (samples.length < SAMPLES)
      samples.push({ place, from: `${one.reason} ${one.field}`.trim(), to: reason ?? 'passes' });
    if (reason === null) landings.push({ place, message });
    else failing[reason] = (failing[reason] ?? 0) + 1;
  }
  const landed = trial.dryRun ? [] : await land(ports, trial, landings);
  return {
    matched: messages.length,
    ...counts,
    failing,
    passing: landings.length,
    samples,
    written: landed.map(({ key }) => key),
    windows: [...new Set(landed.map(({ window }) => window))],
  };
}

/** The fixed message, or undefined when no rule changes it. */
async function patched(
  readRaw: ReadRaw,
  { contract, file: { rules, sha256 } }: Trial,
  { key, line, reason, field }: Quarantined,
  place: string,
): Promise<ReceivedMessage | undefined> {
  const raw = (await readRaw(key))?.[line];
  if (raw === undefined) return undefined;
  const body = applyRules(rules, { reason, field }, raw.body ?? bodyBytes(raw));
  return body === undefined || body === raw.body
    ? undefined
    : fixedMessage(contract, raw, { place, body: new TextEncoder().encode(body), rulesSha256: sha256 });
}

/** Why the message could still not be used; null: it could. */
function judge({ contract, context }: Trial, message: ReceivedMessage): string | null {
  const line = decodeRawLine(encodeRawLine(message, 0, (bytes) => Buffer.from(bytes).toString('base64')));
  return cleanseLine({ contract, moves: NO_MOVES }, context, 'fix', line).reason;
}

/** Places of messages that were fixed. */
async function fixedPlaces({ store }: Readers, source: Source): Promise<ReadonlySet<string>> {
  const keys = await keysOf(store, fixesPrefix(source));
  const lists = await Promise.all(
    keys.map((key) => readJson<{ readonly places: readonly string[] }>(store, key, 'a list of fixed messages')),
  );
  return new Set(lists.flatMap(({ places }) => places));
}

/** Raw first, then the list, which only saves work: a process killed in between lands again, which counts as a duplicate. */
async function land({ store }: Readers, { contract: { source }, file, now }: Trial, landings: readonly Landing[]) {
  const written = [];
  for (let i = 0; i < landings.length; i += BATCH) {
    const some = landings.slice(i, i + BATCH);
    const raw = await writeRaw(
      store,
      source,
      now,
      some.map(({ message }) => message),
    );
    const list = {
      formatVersion: FORMAT_VERSION,
      rules: file.sha256,
      raw: raw.key,
      places: some.map(({ place }) => place),
    };
    await keepJson(store, list, (sha256) => fixKey(source, sha256));
    written.push(raw);
  }
  return written;
}
