/** One received line, followed from its receipt to the reports that count it. */
import { REASONS, REASONS_PT, type Reason } from '../../domain/counts.ts';
import { codeWord } from '../../domain/formats/code.ts';
import { invariant, messageOf } from '../../domain/errors.ts';
import { type Text, text } from '../../domain/text.ts';
import { REPORTS } from '../../domain/kpi/index.ts';
import { ledgerRoot, parseRawKey, placeText, sealName } from '../../domain/formats/layout.ts';
import { literal } from '../../domain/sql.ts';
import type { Seal } from '../../domain/formats/seal.ts';
import type { Window } from '../../domain/window.ts';
import { readLedger, readManifest } from '../../lake/ledger.ts';
import { listRaw } from '../../lake/raw.ts';
import { readSeals } from '../../lake/seals.ts';
import { readProgress } from '../../projections/progress.ts';
import type { Readers } from '../../wiring/ports.ts';
import { type CopyPlace, isOneOf, openLedgerCopy } from '../ledger-copy.ts';
import { type ReadRaw, bodyBytes, openTransportId } from '../raw-lines.ts';
import type { Judgement, LineFacts } from './facts.ts';
import type { Place } from './find.ts';
import { followRows } from './rows.ts';

export interface LineNeeds {
  readonly ports: Readers;
  readonly readRaw: ReadRaw;
  readonly copy: CopyPlace;
  /** Bodies and headers are people's data: shown only when asked for. */
  readonly body: boolean;
}

/** Explains the line at a place. Throws PermanentError through the key's own checks only; a lost object is a fact, not an error. */
export async function explainLine(needs: LineNeeds, place: Place): Promise<LineFacts> {
  const { ports } = needs;
  const parts = parseRawKey(place.key);
  invariant(parts !== undefined, `${place.key} is no raw object`);
  const { source, window } = parts;
  const seal = (await readSeals(ports, { source, window })).find(({ objects }) =>
    objects.some(({ key }) => key === place.key),
  );
  const revisions = seal === undefined ? [] : await judgements(ports, seal, place);
  const last = revisions.at(-1);
  const common = {
    source,
    place: placeText(place.key, place.line),
    receipt: await receiptOf(needs, place),
    seal: seal === undefined ? null : { name: sealName(seal.id), generation: seal.id.generation, lines: seal.lines },
    revisions,
    claim: null,
    rows: [],
    documents: [],
    reports: [],
  };
  if (seal === undefined) {
    return { ...common, station: 'unsealed', next: await sealingOf(ports, place, window) };
  }
  if (last === undefined) {
    const next = text(
      `its seal has no ledger entry yet: the next run of ${source} ${window} judges it; chatlake status says whether one failed`,
      `o selo ainda não tem entrada no registro: a próxima execução de ${source} ${window} a avalia; chatlake status diz se alguma falhou`,
    );
    return { ...common, station: 'sealed', next };
  }
  if (last.verdict === 'quarantined') {
    const next = text(
      'it is counted as quarantined and its bytes stay in raw; chatlake quarantine fix patches it, chatlake quarantine replay judges it again',
      'conta como não lida e seus bytes ficam guardados; chatlake quarantine fix a conserta, chatlake quarantine replay a avalia de novo',
    );
    return { ...common, station: 'done', next };
  }
  if (last.verdict === 'duplicate') {
    const claim = await claimOf(needs, place, last.identity);
    return {
      ...common,
      claim,
      station: 'done',
      next: text(
        'an earlier delivery holds the claim: this one is counted, nothing more',
        'uma entrega anterior já vale: esta é contada, e nada mais',
      ),
    };
  }
  const followed = await followRows(ports, place, sealName(seal.id), last);
  const behind = await behindOf(ports, source, last.ledgerVersion);
  return {
    ...common,
    ...followed,
    station: behind === undefined ? 'done' : 'published',
    next: behind ?? text('nothing is left to do', 'não falta nada'),
  };
}

/** What has to come first for a line that no seal names. */
async function sealingOf(ports: Readers, { source, key }: Place, window: Window): Promise<Text> {
  const listed = await listRaw(ports, { source, window });
  return listed.some((object) => object.key === key)
    ? text(
        `it is in no seal yet: the next live run, or the hourly etl, seals ${source} ${window} and judges it`,
        `ainda não está em nenhum selo: a próxima execução ao vivo, ou o etl de cada hora, sela ${source} ${window} e a avalia`,
      )
    : text(
        `there is no such raw object in ${source} ${window}, and no seal names one`,
        `não há tal objeto bruto em ${source} ${window}, e nenhum selo o nomeia`,
      );
}

async function receiptOf({ ports, readRaw, body }: LineNeeds, { key, line }: Place): Promise<LineFacts['receipt']> {
  const parts = parseRawKey(key);
  invariant(parts !== undefined, `${key} is no raw object`);
  const raw = (await readRaw(key))?.[line];
  const contract = ports.contracts.get(parts.source);
  const known = raw === undefined || contract === undefined ? undefined : openTransportId(contract, raw);
  return {
    at: raw === undefined ? null : new Date(raw.receivedAt).toISOString(),
    window: parts.window,
    transportId: known ?? null,
    readable: raw !== undefined,
    objectLines: parts.count,
    bodyBytes: raw === undefined ? null : bodyBytes(raw).byteLength,
    ...(raw === undefined || !body
      ? {}
      : { headers: raw.headers, body: raw.body ?? `base64: ${raw.bodyBase64 ?? ''}` }),
  };
}

/** Every judgement of a line: one per revision of its seal. */
async function judgements(ports: Readers, seal: Seal, place: Place): Promise<readonly Judgement[]> {
  const name = sealName(seal.id);
  const ledger = await readLedger(ports, seal.id.source);
  const result: Judgement[] = [];
  for (const n of [...ledger.entries.judgements(name)].reverse()) {
    const entry = ledger.entries.at(n);
    if (entry === undefined) continue;
    const manifest = await readManifest(ports, entry);
    const [row] = await ports.cache.withScratch(async (scratch) => {
      const file = `${ledgerRoot(seal.id.source)}${manifest.ledgerFile.path}`;
      const path = await ports.cache.fetch(file, scratch, 'a ledger file');
      const sql = `SELECT * FROM rows WHERE raw_key = ${literal(place.key)} AND line = ${place.line}`;
      return ports.reader.query([path], sql, scratch);
    });
    if (row === undefined) continue;
    const cell = (column: string): string | null => (typeof row[column] === 'string' ? row[column] : null);
    const reason = cell('reason') as Reason | null;
    const verdict = cell('verdict') as Judgement['verdict'];
    const identity = cell('identity_hash') ?? '';
    result.push({
      revision: manifest.revision,
      ledgerVersion: n,
      verdict,
      reason,
      meaning: reason === null ? null : text(REASONS[reason], REASONS_PT[reason]),
      field: cell('field'),
      identity,
      // Nearly always the message stands for itself, which the ledger does not repeat.
      entity: verdict === 'enriched' ? (cell('entity') ?? identity) : null,
      eventDate: cell('event_date'),
      tables: cell('tables')?.split(',') ?? [],
      code: codeWord(manifest.code),
      counts: manifest.counts,
    });
  }
  return result.sort((a, b) => a.revision - b.revision);
}

/** The line that claims an identity: any verdict but duplicate, at the highest revision. */
async function claimOf(needs: LineNeeds, { source }: Place, identity: string): Promise<LineFacts['claim']> {
  const copy = await openLedgerCopy(needs.ports, source, await readLedger(needs.ports, source), needs.copy);
  const [row] = await copy.query(
    `SELECT raw_key, line FROM rows WHERE ${isOneOf('identity', [identity])} AND verdict <> 'duplicate' ORDER BY revision DESC LIMIT 1`,
  );
  if (row === undefined) return null;
  const [key, line] = [String(row['raw_key']), Number(row['line'])];
  const raw = (await needs.readRaw(key))?.[line];
  return { place: placeText(key, line), at: raw === undefined ? null : new Date(raw.receivedAt).toISOString() };
}

/** What has not reached a ledger entry yet, as a sentence; undefined when everything has. */
async function behindOf(ports: Readers, source: string, version: number): Promise<Text | undefined> {
  const { perTable, documents, reports } = await readProgress(ports, source, REPORTS.get(source));
  const { name } = ports.documents;
  const behind: Text[] = Object.entries(perTable).flatMap(([table, { applied }]) =>
    applied < version ? [text(`table ${table}`, `a tabela ${table}`)] : [],
  );
  if (documents instanceof Error)
    return text(
      `how far ${name} is could not be asked: ${messageOf(documents)}`,
      `não se pôde perguntar até onde está o ${name}: ${messageOf(documents)}`,
    );
  if (documents.applied < version) behind.push(text(name, `o ${name}`));
  if (reports.applied < version) behind.push(text('the report', 'o relatório'));
  if (behind.length === 0) return undefined;
  const isOne = behind.length === 1;
  return text(
    `${behind.map(({ en }) => en).join(' and ')} ha${isOne ? 's' : 've'} not reached ledger entry ${version}: the run forward/${source} brings them there; chatlake status says whether it waits, and why`,
    `ainda não ${isOne ? 'chegou' : 'chegaram'} à entrada ${version} do registro: ${behind.map(({ pt }) => pt).join(' e ')}; a execução forward/${source} leva até lá, e chatlake status diz se ela espera, e por quê`,
  );
}
