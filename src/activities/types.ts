/** What crosses Temporal: references and counts, never bodies (each under 10 kB). */
import type { ExportPosition } from '../adapters/telegram/export-splitter.ts';
import type { Counts } from '../domain/counts.ts';
import type { ImportInput } from '../domain/inputs/telegram.ts';
import type { Source } from '../domain/layout.ts';
import type { Window } from '../domain/window.ts';

export interface WindowInput {
  readonly source: Source;
  readonly window: Window;
}

/** A seal to be run. `ref` is its key; its lines are read in `chunks` calls of cleanse. */
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
  | { readonly kind: 'alreadyPublished'; readonly version: number };

export type PublishOutcome =
  | { readonly kind: 'published'; readonly version: number; readonly counts: Counts }
  | { readonly kind: 'alreadyPublished'; readonly version: number }
  | { readonly kind: 'conflict'; readonly head: number };

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
  /** Messages of chats whose type chatlake does not know; they are in raw, and quarantined. */
  readonly ofUnknownChats: number;
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
