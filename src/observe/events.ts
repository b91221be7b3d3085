/** What can happen, each with its facts: a step says it once, and the log's line and the metrics follow from it. Names are noun.past-verb; facts hold no body, no secret, nothing of a person. */
import type { Counts, Reason } from '../domain/counts.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { Text } from '../domain/text.ts';
import type { Window } from '../domain/window.ts';

interface OfSource {
  readonly source: Source;
}
interface Why {
  readonly reason: string;
}
/** A raw object that is durable: its key, messages and bytes. */
interface Landed extends OfSource {
  readonly key: string;
  readonly count: number;
  readonly bytes: number;
}
/** A day of receipt was closed: for the first time, as it was, or with what came late. */
type Closed = OfSource & Counts & { readonly day: string; readonly n: number; readonly ledger: number };
type OfBot<Facts = object> = Facts & { readonly bot: string };
type Rewritten<Facts> = Facts & { readonly replaced: number; readonly files: number; readonly rows: number };

interface Intake {
  'batch.landed': Landed & { readonly acknowledged?: boolean };
  'batch.failed': OfSource & Why & { readonly count: number; readonly bytes: number };
  'export.landed': Landed;
  'message.too_large': OfSource & { readonly id: string; readonly bytes: number; readonly limit: number };
  'request.failed': Why;
  'subscription.ended': Why & { readonly subscription: string; readonly how: string };
  'poll.ended': OfBot<{ readonly how: string }>;
  'poll.unconfirmed': OfBot<Why>;
  'watch.omitted': Why;
  'webhook.looked': OfBot<{ readonly pending: number; readonly failing: boolean }>;
  'webhook.alerted': OfBot<{ readonly pending: number; readonly alerts: readonly unknown[] }>;
  'webhook.left': OfBot;
  'webhook.entered': OfBot;
}

interface OfWindows {
  'pending.listed': OfSource & { readonly windows: number; readonly parked: number };
  'raw.stray': { readonly folder: string } | { readonly key: string };
  'window.sealed': { readonly seal: string; readonly lines: number; readonly objects: number };
  'chunk.cleansed': {
    readonly seal: string;
    readonly chunk: number;
    readonly lines: number;
    readonly bytes: number;
  };
  'seal.deduped': Counts & { readonly seal: string; readonly base: number };
  'days.compressed': {
    readonly seal: string;
    readonly range: number;
    readonly from: string;
    readonly to: string;
    readonly files: number;
    readonly rows: number;
  };
  'window.published': Counts & {
    readonly seal: string;
    readonly version: number;
    readonly files: number;
    readonly reasons: Partial<Record<Reason, number>>;
    /** Milliseconds since the epoch. */
    readonly newestReceipt: number;
  };
  'window.parked': OfSource & Why & { readonly window: Window; readonly step: string; readonly kind: string };
  'rebuild.planned': {
    readonly seal: string;
    readonly revision: number;
    readonly generations: number;
    readonly lines: number;
  };
  'rebuild.compared': { readonly seal: string; readonly revision: number; readonly verdictsChanged: number };
}

interface Forward {
  'table.projected': {
    readonly table: string;
    readonly ledger: number;
    readonly decisions: number;
    readonly added: number;
    readonly removed: number;
  };
  'documents.loaded': {
    readonly collection: string;
    readonly ledger: number;
    readonly decisions: number;
    readonly inserted: number;
    readonly updated: number;
    readonly unchanged: number;
    readonly refused: number;
  };
  'entry.verified': OfSource & Counts & { readonly ledger: number };
  'ledger.verified': OfSource & { readonly upTo: number; readonly head: number };
  'report.built': { readonly report: string; readonly ledger: number; readonly days: number };
}

interface Upkeep {
  'day.closed': Closed;
  'day.reopened': Closed;
  'day.settled': OfSource & { readonly day: string; readonly objects: number };
  'day.unsettled': OfSource & { readonly day: string; readonly objects: number };
  'documents.purged': OfSource & { readonly tombstones: number };
  'ledger.merged': Rewritten<OfSource & { readonly version: number }>;
  'ledger.snapshot': OfSource & { readonly version: number; readonly verified: number };
  'snapshot.ignored': { readonly key: string; readonly error: string };
  'log.checkpointed': { readonly root: string; readonly version: number; readonly files: number };
  'log.cleaned': { readonly root: string; readonly below: number; readonly removed: number };
  'oddities.reported': OfSource & {
    readonly reusedIds: number;
    readonly changedRedeliveries: number;
    readonly twins: number;
  };
  'staging.swept': OfSource & { readonly dryRun: boolean; readonly files: number; readonly bytes: number };
  'table.compacted': Rewritten<{ readonly table: string; readonly bytes: number }>;
  'table.vacuumed': OfSource & {
    readonly list: string;
    readonly files: number;
    readonly bytes: number;
    readonly spared: number;
  };
  'weekly.written': { readonly week: string; readonly files: number; readonly page: string | undefined };
}

interface Processes {
  'alert.raised': { readonly alert: string; readonly thing: string; readonly summary: string };
  'alert.undelivered': Why & { readonly alert: string; readonly thing: string };
  'announcement.failed': OfSource & Why & { readonly windows: number };
  'announcement.recovered': OfSource & { readonly left_to_the_sweep: number };
  'page.failed': Why;
  'schedule.applied': { readonly id: string; readonly was: string; readonly differences: readonly unknown[] };
  'schedule.unknown': { readonly id: string; readonly mend: Text };
  'searchAttributes.absent': Why & { readonly next: string };
  'snapshot.failed': Why;
  'standing.unseen': Why & { readonly workflow: string };
}

/** Every event by its name. */
export interface Events extends Intake, OfWindows, Forward, Upkeep, Processes {}

export type EventName = keyof Events;

/** Where events are told: `info` what went as it should, `warn` what somebody may have to look at. */
export interface Log {
  info<E extends EventName>(event: E, facts: Events[E]): void;
  warn<E extends EventName>(event: E, facts: Events[E]): void;
}
