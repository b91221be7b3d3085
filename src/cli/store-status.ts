/** What the store says of each source: what is not done, what needs a person, and how far the projections are. */
import { parkedWindows, readAttention } from '../activities/attention.ts';
import { readLedger, verifiedVersions } from '../activities/ledger-view.ts';
import { createPending } from '../activities/pending.ts';
import { appliedBy } from '../activities/project.ts';
import { lastReported } from '../activities/report.ts';
import type { Attention } from '../domain/attention.ts';
import type { Contract } from '../domain/contracts/contract.ts';
import { messageOf } from '../domain/errors.ts';
import { REPORTS } from '../domain/kpi/index.ts';
import { tableRoot } from '../domain/layout.ts';
import type { Window } from '../domain/window.ts';
import type { Readers } from '../wiring/ports.ts';

/** How far behind the ledger's head each projection is, in entries; null: it did not answer. */
export interface Lag {
  readonly ledgerVersion: number;
  readonly tables: Readonly<Record<string, number>>;
  readonly documents: number | null;
  readonly unverified: number;
  readonly reports: number | null;
}

export interface SourceStatus {
  readonly pending: { readonly windows: number; readonly oldest: Window | null; readonly more: boolean };
  /** The first windows that need a person; `parkedWindows` counts all. */
  readonly parked: readonly Attention[];
  readonly parkedWindows: number;
  readonly lag: Lag;
}

/** Parked windows that are read and shown. */
const SHOWN = 50;

/** Reads one source. What does not answer is added to `missing`, in a sentence. */
export async function sourceStatus(ports: Readers, contract: Contract, missing: string[]): Promise<SourceStatus> {
  const { source } = contract;
  const log = { info: () => undefined, warn: () => undefined };
  const { listPending } = createPending({ ...ports, log, now: Date.now }, REPORTS);
  const pending = await listPending({ source });
  const keys = [...(await parkedWindows(ports, source)).values()];
  const read = await Promise.all(keys.slice(0, SHOWN).map((key) => readAttention(ports, key)));
  return {
    pending: { windows: pending.windows.length, oldest: pending.windows[0] ?? null, more: pending.more },
    parked: read.filter((attention) => attention !== undefined),
    parkedWindows: keys.length,
    lag: await lagOf(ports, contract, missing),
  };
}

async function lagOf(ports: Readers, { source, tables }: Contract, missing: string[]): Promise<Lag> {
  const { state, commits } = await readLedger(ports, source);
  const head = state.version;
  const behind: Record<string, number> = {};
  for (const { name } of tables) behind[name] = head - appliedBy(await ports.logs(tableRoot(name)).refresh(), source);
  const loaded = await ports.documents.applied(source).catch((error: unknown) => {
    missing.push(`how far the documents of ${source} are: ${messageOf(error)}`);
    return undefined;
  });
  const definition = REPORTS.get(source);
  return {
    ledgerVersion: head,
    tables: behind,
    documents: loaded === undefined ? null : head - loaded,
    unverified: commits.length - (await verifiedVersions(ports, source)).size,
    reports: definition === undefined ? null : Math.max(0, head - (await lastReported(ports, source, definition))),
  };
}
