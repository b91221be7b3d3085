/** What crosses Temporal: references and counts, never bodies (each under 10 kB). */
import type { ExportPosition } from '../adapters/telegram/export-splitter.ts';
import type { Counts } from '../domain/counts.ts';
import type { TableDiff } from '../domain/diff.ts';
import type { ImportInput } from '../domain/inputs/telegram.ts';
import type { Source } from '../domain/layout.ts';
import type { Window } from '../domain/window.ts';

export interface WindowInput {
  readonly source: Source;
  readonly window: Window;
}

/**
 * What is to be judged: a seal, `ref` its key; or, by the plan of a rebuild that `ref` names, every committed generation of a window,
 * `seal` the last of them. Its lines are read in `chunks` calls of cleanse.
 */
export interface SealRef {
  readonly seal: string;
  readonly ref: string;
  readonly lines: number;
  readonly chunks: number;
}

export interface Staged {
  readonly ref: string;
  readonly lines: number;
}

/** What `dedupe` decided at ledger version `base`. `verdicts` is the same text when a later decision judged every line alike. */
export type Decided =
  | {
      readonly kind: 'decided';
      readonly ref: string;
      readonly base: number;
      readonly verdicts: string;
      readonly counts: Counts;
      readonly dateLists: number;
    }
  | AlreadyPublished
  | Overtaken;

export type PublishOutcome =
  | { readonly kind: 'published'; readonly version: number; readonly counts: Counts }
  | AlreadyPublished
  | Overtaken
  | { readonly kind: 'conflict'; readonly head: number };

/** This very decision stands in the ledger; for a first judgement, any of the seal. */
export interface AlreadyPublished {
  readonly kind: 'alreadyPublished';
  readonly version: number;
}

/** Another rebuild took the revision: plan again. */
export interface Overtaken {
  readonly kind: 'overtaken';
  readonly version: number;
}

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

/** How far a projection came. `behind` is the number of ledger entries still to apply. */
export interface Progress {
  readonly applied: number;
  readonly behind: number;
  readonly rows: number;
}

/** What is not done about a window: raw objects in no seal, seals without a ledger entry, entries not verified, or not in the reports. */
export interface PendingWork {
  readonly unsealed: number;
  readonly unpublished: number;
  readonly unverified: number;
  readonly unreported: number;
}

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
