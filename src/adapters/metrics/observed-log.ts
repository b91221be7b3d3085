/** A log whose lines are counted, too: what happened is said once, by the step that did it. */
import type { Counts } from '../../domain/counts.ts';
import { parseRawKey, parseSealName } from '../../domain/formats/layout.ts';
import type { Metrics } from './definitions.ts';

interface Facts {
  readonly [name: string]: unknown;
}
/** As activities know it. */
export interface EventLog {
  info(event: string, facts: Facts): void;
  warn(event: string, facts: Facts): void;
}

type Count = (metrics: Metrics, facts: Facts) => void;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

function countLanded(metrics: Metrics, { source: name, key, count, bytes }: Facts): void {
  const source = text(name);
  metrics.landed.inc({ source }, number(count));
  metrics.rawObjects.inc({ source });
  metrics.rawBytes.inc({ source }, number(bytes));
  metrics.newestLanded.raise({ source }, (parseRawKey(text(key))?.openedAtMs ?? 0) / 1_000);
}

/** What each event adds. Events that are not here are only logged. */
const COUNTED: Readonly<Record<string, Count>> = {
  'batch.landed': countLanded,
  'export.landed': countLanded,
  'window.published': (metrics, { seal, version, reasons, newestReceipt, ...counts }) => {
    const { source } = parseSealName(text(seal));
    metrics.published.inc({ source });
    const { enriched, duplicates, quarantined } = counts as unknown as Counts;
    metrics.verdicts.inc({ source, verdict: 'enriched' }, enriched);
    metrics.verdicts.inc({ source, verdict: 'duplicate' }, duplicates);
    metrics.verdicts.inc({ source, verdict: 'quarantined' }, quarantined);
    for (const [reason, n] of Object.entries((reasons ?? {}) as Record<string, number>))
      metrics.quarantined.inc({ source, reason }, n);
    metrics.ledgerVersion.raise({ source, reached: 'head' }, number(version));
    metrics.newestPublished.raise({ source }, number(newestReceipt) / 1_000);
  },
  'webhook.looked': (metrics, { pending }) => metrics.updatesWaiting.set(number(pending)),
  'ledger.verified': (metrics, { source, upTo }) =>
    metrics.ledgerVersion.raise({ source: text(source), reached: 'verified' }, number(upTo)),
  'pending.listed': (metrics, { source: name, windows, parked }) => {
    const source = text(name);
    metrics.pending.set({ source }, number(windows));
    if (typeof parked === 'number') metrics.parked.set({ source }, parked);
  },
};

/** The same log. */
export function observedLog(log: EventLog, metrics: Metrics): EventLog {
  const watched =
    (level: 'info' | 'warn') =>
    (event: string, facts: Facts): void => {
      COUNTED[event]?.(metrics, facts);
      log[level](event, facts);
    };
  return { info: watched('info'), warn: watched('warn') };
}
