/** How far what follows a source's ledger is behind it, and whether that is longer than it may be: one answer for status, verify and health. */
import { logName } from '../domain/formats/delta.ts';
import { messageOf } from '../domain/errors.ts';
import { type Text, text } from '../domain/text.ts';
import { REPORTS } from '../domain/kpi/index.ts';
import { type Source, ledgerRoot } from '../domain/formats/layout.ts';
import { readLedger } from '../lake/ledger.ts';
import { type ForwardProgress, readProgress } from '../projections/progress.ts';
import type { Readers } from '../wiring/ports.ts';

type LagNeeds = Pick<Readers, 'store' | 'logs' | 'documents'>;

/** How far behind the ledger's head each projection is, in decisions; null: it did not answer. */
export interface Lag {
  readonly ledgerVersion: number;
  readonly tables: Readonly<Record<string, number>>;
  readonly documents: number | null;
  readonly unverified: number;
  readonly reports: number;
  /** The first decision that one of them has not taken in, and when it was made (ISO 8601); null: all have taken in all. */
  readonly oldest: { readonly ledgerVersion: number; readonly decidedAt: string } | null;
}

/** What is behind for longer than it may be, in words. */
export interface Overdue {
  /** Names each that is behind, and by how many decisions. */
  readonly what: Text;
  /** When the first decision that is missing was made (ISO 8601), and its entry in the ledger. */
  readonly since: string;
  readonly entry: string;
  readonly safe: Text;
  readonly mend: Text;
}

/** Asks tables, documents, proofs and reports how far they are. What does not answer is added to `missing`, in a sentence. */
export async function lagOf(ports: LagNeeds, source: Source, missing: Text[]): Promise<Lag> {
  const progress = await readProgress(ports, source, REPORTS.get(source));
  const { head, tables, perTable, documents, proof, reports } = progress;
  if (documents instanceof Error) {
    const why = messageOf(documents);
    missing.push(
      text(`how far the documents of ${source} are: ${why}`, `até onde estão os documentos de ${source}: ${why}`),
    );
  }
  return {
    ledgerVersion: head,
    tables:
      Object.keys(perTable).length === 0 && tables.behind > 0
        ? { tables: tables.behind }
        : Object.fromEntries(Object.entries(perTable).map(([name, { behind }]) => [name, behind])),
    documents: documents instanceof Error ? null : documents.behind,
    unverified: proof.behind,
    reports: reports.behind,
    oldest: await oldestOf(ports, source, progress),
  };
}

/** A decision's time is its entry's on the store: it carries that of its messages. */
async function oldestOf(ports: LagNeeds, source: Source, progress: ForwardProgress): Promise<Lag['oldest']> {
  const { tables, documents, proof, reports } = progress;
  const late = [tables, documents, proof, reports].filter((one) => !(one instanceof Error) && one.behind > 0);
  if (late.length === 0) return null;
  const applied = Math.min(...late.map((one) => (one instanceof Error ? Infinity : one.applied)));
  const { entries } = await readLedger(ports, source);
  const [ledgerVersion] = entries.nextDecision(applied) ?? [];
  if (ledgerVersion === undefined) return null;
  const found = await ports.store.head(`${ledgerRoot(source)}${logName(ledgerVersion)}`);
  return found === undefined ? null : { ledgerVersion, decidedAt: new Date(found.modifiedMs).toISOString() };
}

/** What is overdue at `now`, milliseconds since the epoch; undefined: nothing. At work it takes seconds, a merge or a long backfill minutes. */
export function overdueOf(source: Source, lag: Lag, limitMs: number, now: number): Overdue | undefined {
  if (lag.oldest === null || now - Date.parse(lag.oldest.decidedAt) <= limitMs) return undefined;
  const { ledgerVersion, decidedAt: since } = lag.oldest;
  const late = behind(lag);
  return {
    what: text(
      `${late.en} of ${source} behind the ledger since ${since}`,
      `atrás do registro em ${source} desde ${since}: ${late.pt}`,
    ),
    since,
    entry: `${ledgerRoot(source)}${logName(ledgerVersion)}`,
    safe: text(
      'what is decided is safe, and it goes on from where it is',
      'o que foi decidido está a salvo, e segue de onde está',
    ),
    mend: text(
      `look what forward/${source} waits for in the Temporal UI, or in chatlake status, and mend it; where no worker runs start one, where forward/${source} does not run start the workflow etl with {"source":"${source}"}; one message that stands in the way of all others can be set aside: chatlake quarantine set-aside`,
      `veja no Temporal, ou em chatlake status, o que forward/${source} espera, e conserte; se nenhum worker está no ar inicie um, se forward/${source} não está no ar inicie o workflow etl com {"source":"${source}"}; uma mensagem que impede todas as outras pode ser posta de lado: chatlake quarantine set-aside`,
    ),
  };
}

const PARTS_PT: Readonly<Record<string, string>> = {
  tables: 'tabelas',
  documents: 'documentos',
  verification: 'prova',
  proof: 'prova',
  reports: 'relatórios',
  files: 'arquivos',
};
/** What follows the ledger, by its name, in Portuguese; a table's name is its own. */
export const partPt = (name: string): string => PARTS_PT[name] ?? name;

/** By how many decisions each projection is behind the ledger, in words. */
export function behind({ tables, documents, unverified, reports }: Lag): Text {
  const parts = { ...tables, documents: documents ?? 0, verification: unverified, reports };
  const late = Object.entries(parts).filter(([, n]) => n > 0);
  if (late.length === 0) return text('nothing', 'nada');
  return text(
    late.map(([name, n]) => `${name} by ${n}`).join(', '),
    late.map(([name, n]) => `${partPt(name)} por ${n}`).join(', '),
  );
}
