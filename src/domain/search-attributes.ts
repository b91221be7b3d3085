/** By what runs are found in the Temporal UI: names and types of the search attributes, and the words they hold. */
import type { Source } from './formats/layout.ts';
import type { Window } from './window.ts';

/** Every attribute and its type. Nothing personal is ever put into one. */
export const SEARCH_ATTRIBUTES = {
  ChatlakeSource: 'KEYWORD',
  ChatlakeStage: 'KEYWORD',
  ChatlakeOutcome: 'KEYWORD',
  ChatlakeWindow: 'DATETIME',
  ChatlakeRows: 'INT',
} as const;

/** What a run does now. */
export type Stage = 'judging' | 'projecting' | 'running' | 'done';

/** How a run ended. */
export type Outcome = 'published' | 'nothing' | 'closed' | 'reopened' | 'unchanged' | 'needs_attention';

/** What a run says of itself; only what it names changes. */
export interface Tags {
  readonly source?: Source;
  readonly stage?: Stage;
  readonly outcome?: Outcome;
  readonly window?: Window;
  /** Rows it brought into the tables. */
  readonly rows?: number;
}
