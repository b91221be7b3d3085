/** What crosses Temporal: references and counts, never bodies (each under 10 kB). */
import type { ExportPosition } from '../adapters/telegram/export-splitter.ts';
import type { Counts } from '../domain/counts.ts';
import type { TableDiff } from '../domain/formats/diff.ts';
import type { ImportInput } from '../domain/inputs/telegram.ts';
import type { Source } from '../domain/formats/layout.ts';
import type { Window } from '../domain/window.ts';
import type { AlreadyPublished, Overtaken } from '../lake/ledger.ts';
import type { PendingQuestion } from '../lake/pending.ts';
import type { SealRef } from '../lake/seals.ts';
import type { Reached } from '../projections/progress.ts';

export type { AlreadyPublished, Overtaken, PendingQuestion, Reached, SealRef };

export interface WindowInput {
  readonly source: Source;
  readonly window: Window;
}

/** What of a source is brought forward. What is known of versions need not be asked; absent: it is asked. */
export interface ForwardInput {
  readonly source: Source;
  /** A ledger version that is there. */
  readonly ledger?: number;
  /** The ledger version that its tables have applied at least. */
  readonly reached?: number;
  /** The ledger version that the step itself has applied. */
  readonly applied?: number;
}

/** A source that there is something to do about. `isAwaited`: somebody waits for it. `ledger`: the newest version that it is about. */
export interface WakeInput {
  readonly source: Source;
  readonly isAwaited?: boolean;
  readonly ledger?: number;
}

/** Staged lines of one chunk, and the code that judged them: lines of other code are not mixed with them. */
export interface Staged {
  readonly ref: string;
  readonly lines: number;
  readonly code: string;
}

/** What was staged was staged by other code, or is gone: begin again, with cleanse. Never a reason to park a window. */
export interface Stale {
  readonly kind: 'stale';
  readonly why: string;
}

/** What `dedupe` decided at ledger version `base`. `verdicts` is the same text when a later decision judged every line alike. */
export type Decided =
  | {
      readonly kind: 'decided';
      readonly ref: string;
      readonly base: number;
      readonly verdicts: string;
      readonly counts: Counts;
      /** Ranges of event days that compress makes files of. */
      readonly ranges: number;
    }
  | AlreadyPublished
  | Overtaken
  | Stale;

export type PublishOutcome =
  | { readonly kind: 'published'; readonly version: number; readonly counts: Counts }
  | AlreadyPublished
  | Overtaken
  | Stale
  | { readonly kind: 'conflict'; readonly head: number };

export interface RebuildInput extends WindowInput {
  /** Key of the diff that has to hold still. */
  readonly expect?: string;
}

/** What a rebuild is about to judge; `nothing`: no generation of the window is published. */
export type RebuildPlan =
  | { readonly kind: 'planned'; readonly seal: SealRef; readonly revision: number; readonly generations: number }
  | AlreadyPublished
  | { readonly kind: 'nothing' };

/** A comparison kept on the store: what publishing would change. `rows`: per table, before and after. */
export interface Compared {
  readonly kind: 'compared';
  readonly ref: string;
  readonly counts: Counts;
  readonly verdictsChanged: number;
  readonly tables: readonly TableChange[];
}

export type TableChange = Omit<TableDiff, 'columns'>;

export interface ConsumeInput {
  readonly subscription: string;
  readonly sliceMs: number;
}

export interface ConsumeResult {
  readonly outcome: 'slice' | 'stolen';
  readonly messages: number;
  readonly objects: number;
  readonly windows: readonly string[];
}

export interface ImportSlice extends ImportInput {
  /** How far earlier slices came. */
  readonly from?: ImportProgress;
  readonly sliceMs: number;
}

/** How far an import came; everything before `position` is in raw. Offsets and counts only, for it stands in the history. */
export interface ImportProgress {
  readonly done: boolean;
  readonly position?: ExportPosition;
  /** The file as it was: one that changed meanwhile is not read on. */
  readonly fileBytes: number;
  readonly modifiedMs: number;
  readonly messages: number;
  readonly objects: number;
  readonly chats: number;
  /** Messages of chats whose type or id chatlake does not know; they are in raw, and quarantined. */
  readonly ofUnknownChats: number;
  /** Places of the file that are no whole message. */
  readonly broken?: BrokenPlaces;
}

export interface BrokenPlaces {
  readonly count: number;
  /** Byte of the one that is told: the first, or the one that nothing behind was read of. */
  readonly at: number;
  readonly what: string;
  readonly isCut: boolean;
  /** Whether the rest of the file was read. */
  readonly goesOn: boolean;
}

export interface BotInput {
  readonly bot: string;
}

export interface PollInput extends BotInput {
  readonly sliceMs: number;
}

export interface PollResult {
  readonly outcome: 'slice' | 'webhookActive' | 'otherPoller';
  readonly messages: number;
  readonly objects: number;
}

export interface LookInput extends BotInput {
  readonly pendingLimit: number;
  readonly recentMs: number;
}

/** What a look at a webhook found: whether one is set, whether updates fail to come through, and a sentence for each fault. */
export interface WebhookLook {
  readonly set: boolean;
  readonly failing: boolean;
  readonly pending: number;
  readonly alerts: readonly string[];
}
