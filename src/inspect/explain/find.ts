/** Which received lines an id stands for: judged ones by the local copy of the ledger, waiting ones by reading what waits. */
import { PermanentError } from '../../domain/errors.ts';
import { type Text, text } from '../../domain/text.ts';
import { fixedId } from '../../domain/judge/fix.ts';
import { type Source, parsePlace, parseRawKey, placeText, sealName } from '../../domain/formats/layout.ts';
import type { Window } from '../../domain/window.ts';
import { publishedAs, readLedger } from '../../lake/ledger.ts';
import { pendingWindows } from '../../lake/pending.ts';
import { listRaw } from '../../lake/raw.ts';
import { readSeals } from '../../lake/seals.ts';
import type { Readers } from '../../wiring/ports.ts';
import { type CopyPlace, isOneOf, openLedgerCopy } from '../ledger-copy.ts';
import { type ReadRaw, openTransportId } from '../raw-lines.ts';

export interface Place {
  readonly source: Source;
  readonly key: string;
  readonly line: number;
}

export interface IdContext {
  /** Prefix of transport ids of the desk. */
  readonly brokerName: string;
  readonly botId: string | undefined;
  readonly copy: CopyPlace;
}

/** A place whose object is known and has fewer lines. */
export class NoSuchLine extends PermanentError {}

export interface Found {
  readonly places: readonly Place[];
  readonly notes: readonly Text[];
}

/** Lines of one id that are shown. */
const MOST_LINES = 50;
/** Objects that wait and are read for an id. */
const MOST_WAITING = 200;

/** Finds the lines of an id: a place, a transport id, a Telegram update id, an identity, an entity or document. */
export async function findLines(ports: Readers, id: string, context: IdContext, readRaw: ReadRaw): Promise<Found> {
  const place = parsePlace(id);
  const object = place === undefined ? undefined : parseRawKey(place.key);
  if (place !== undefined && object !== undefined) {
    if (place.line >= object.count)
      throw new NoSuchLine(`${place.key} holds the lines 0 to ${object.count - 1}, so there is no line ${place.line}.`);
    return { places: [{ source: object.source, ...place }], notes: [] };
  }
  const asked = { id, spelt: transportIds(id, context) };
  const places: Place[] = [];
  const notes: Text[] = [];
  for (const name of ports.contracts.keys()) {
    const judged = await findJudged(ports, name, asked, context.copy);
    const waiting = await findWaiting(ports, name, asked.spelt, readRaw);
    const known = new Set(judged.map(({ key, line }) => placeText(key, line)));
    places.push(...judged, ...waiting.places.filter(({ key, line }) => !known.has(placeText(key, line))));
    notes.push(...waiting.notes);
  }
  if (places.length > MOST_LINES)
    notes.push(
      text(
        `the id stands for more lines than are shown; the first ${MOST_LINES} are`,
        `o identificador vale para mais linhas do que se mostra; aqui estão as primeiras ${MOST_LINES}`,
      ),
    );
  return { places: places.slice(0, MOST_LINES), notes };
}

/** An id, and how the transports spell it. */
interface AskedId {
  readonly id: string;
  readonly spelt: readonly string[];
}

/** How the transports spell an id: with the broker's name or the bot before it, and as that of a message fixed from it. */
function transportIds(id: string, { brokerName, botId }: IdContext): readonly string[] {
  const spelt = [id, `${brokerName}:${id}`, ...(botId !== undefined && /^\d+$/.test(id) ? [`${botId}:${id}`] : [])];
  return [...spelt, ...spelt.map(fixedId)];
}

async function findJudged(
  ports: Readers,
  source: Source,
  { id, spelt }: AskedId,
  place: CopyPlace,
): Promise<readonly Place[]> {
  const copy = await openLedgerCopy(ports, source, await readLedger(ports, source), place);
  const rows = await copy.query(
    `SELECT DISTINCT raw_key, line FROM rows WHERE ${isOneOf('transport', spelt)} OR ${isOneOf('identity', [id])} OR ${isOneOf('entity', [id])}
     ORDER BY raw_key, line LIMIT ${MOST_LINES + 1}`,
  );
  return rows.map((row) => ({ source, key: String(row['raw_key']), line: Number(row['line']) }));
}

/** Looks into raw objects that no published seal names: few, for what was received is soon published. */
async function findWaiting(ports: Readers, source: Source, ids: readonly string[], readRaw: ReadRaw): Promise<Found> {
  const contract = ports.contracts.get(source);
  if (contract === undefined) return { places: [], notes: [] };
  const wanted = new Set(ids);
  const keys = await waitingObjects(ports, source);
  const places: Place[] = [];
  for (const key of keys.slice(0, MOST_WAITING))
    for (const line of (await readRaw(key)) ?? [])
      if (wanted.has(openTransportId(contract, line) ?? '')) places.push({ source, key, line: line.n });
  const left = keys.length - MOST_WAITING;
  const notes =
    left > 0
      ? [
          text(
            `${left} raw objects of ${source} that wait to be judged were not read; ask again when etl has run`,
            `${left} objetos brutos de ${source} que esperam avaliação não foram lidos; pergunte de novo depois que o etl rodar`,
          ),
        ]
      : [];
  return { places, notes };
}

/** Raw objects without a verdict, of the windows that are not done. */
async function waitingObjects(ports: Readers, source: Source): Promise<readonly string[]> {
  const log = { info: () => undefined, warn: () => undefined };
  const { windows } = await pendingWindows({ ...ports, log, now: Date.now }, { source });
  const keys: string[] = [];
  for (const window of windows) keys.push(...(await waitingIn(ports, source, window)));
  return keys;
}

async function waitingIn(ports: Readers, source: Source, window: Window): Promise<readonly string[]> {
  const [seals, raw] = await Promise.all([readSeals(ports, { source, window }), listRaw(ports, { source, window })]);
  const ledger = await readLedger(ports, source);
  const judged = new Set(
    seals
      .filter((seal) => publishedAs(ledger, sealName(seal.id), 0) !== undefined)
      .flatMap((seal) => seal.objects.map(({ key }) => key)),
  );
  return raw.map(({ key }) => key).filter((key) => parseRawKey(key) !== undefined && !judged.has(key));
}
