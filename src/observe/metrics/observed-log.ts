/** A log whose lines are counted, too: what happened is said once, by the step that did it. */
import { parseRawKey, parseSealName } from '../../domain/formats/layout.ts';
import type { EventName, Events, Log } from '../events.ts';
import type { Metrics } from './definitions.ts';

function countLanded(metrics: Metrics, { source, key, count, bytes }: Events['batch.landed' | 'export.landed']): void {
  metrics.landed.inc({ source }, count);
  metrics.rawObjects.inc({ source });
  metrics.rawBytes.inc({ source }, bytes);
  metrics.newestLanded.raise({ source }, (parseRawKey(key)?.openedAtMs ?? 0) / 1_000);
}

/** What each event adds. Events that are not here are only logged. */
const COUNTED: { readonly [E in EventName]?: (metrics: Metrics, facts: Events[E]) => void } = {
  'batch.landed': countLanded,
  'export.landed': countLanded,
  'window.published': (metrics, { seal, version, reasons, newestReceipt, enriched, duplicates, quarantined }) => {
    const { source } = parseSealName(seal);
    metrics.published.inc({ source });
    metrics.verdicts.inc({ source, verdict: 'enriched' }, enriched);
    metrics.verdicts.inc({ source, verdict: 'duplicate' }, duplicates);
    metrics.verdicts.inc({ source, verdict: 'quarantined' }, quarantined);
    for (const [reason, n] of Object.entries(reasons)) metrics.quarantined.inc({ source, reason }, n);
    metrics.ledgerVersion.raise({ source, reached: 'head' }, version);
    metrics.newestPublished.raise({ source }, newestReceipt / 1_000);
  },
  'webhook.looked': (metrics, { pending }) => metrics.updatesWaiting.set(pending),
  'ledger.verified': (metrics, { source, upTo }) => metrics.ledgerVersion.raise({ source, reached: 'verified' }, upTo),
  'pending.listed': (metrics, { source, windows, parked }) => {
    metrics.pending.set({ source }, windows);
    metrics.parked.set({ source }, parked);
  },
};

/** The same log. */
export function observedLog(log: Log, metrics: Metrics): Log {
  const watched =
    (level: keyof Log) =>
    <E extends EventName>(event: E, facts: Events[E]): void => {
      COUNTED[event]?.(metrics, facts);
      log[level](event, facts);
    };
  return { info: watched('info'), warn: watched('warn') };
}
