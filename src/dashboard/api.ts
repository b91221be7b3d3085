/**
 * What the pages are, what they ask their server and what it answers, as both sides import it. Every path is relative to `/api/`, answers JSON unless
 * said, and refuses with `{error, erro}`: one sentence that a person can act on, in English and in pt-BR.
 *
 *   GET state                                      → State
 *   GET definitions                                → FigureDefinition[]
 *   GET figures/<id>?from&to[&channel][&source]    → FigureAnswer
 *   GET figures/<id>.csv?from&to[&…]&lang          → text/csv, cells neutralised
 *   GET operations                                 → Operations
 *   GET message?id=<any id that explain takes>     → MessageWay
 *   GET events                                     → text/event-stream: event `state` with a State whenever the lake has moved on
 *   POST /login {name, password}, POST /logout     → 204; 401, 429 with {error}
 */
import type { Cells, Figure, FigureColumn } from '../domain/kpi/figures/figure.ts';
import type { Language, Text } from '../domain/text.ts';

/** The pages, in the order of their links; the first is what the root shows. */
export const PAGES = ['overview', 'desk', 'telegram', 'operations', 'message'] as const;
export type PageName = (typeof PAGES)[number];

/** The path of a page’s address. */
export const pathOf = (page: PageName): string => `/${page === PAGES[0] ? '' : page}`;

/** Days with data, inclusive, ISO 8601; null: none yet. */
export type Days = { readonly from: string; readonly to: string } | null;

/** Where the lake stood when an answer was made. */
export interface State {
  /** Changes whenever any answer may have changed. */
  readonly id: string;
  /** Ledger version that each source's tables hold; −1: nothing. */
  readonly versions: Readonly<Record<string, number>>;
  /** Days with data: of events by source (`desk`, `telegram`), of receipts under `lake`, those of one source under `lake/<source>`. */
  readonly days: Readonly<Record<string, Days>>;
  readonly channels: readonly string[];
  /** IANA zone of the days and hours. */
  readonly zone: string;
  /** True where a login is needed; a name where somebody is logged in. */
  readonly login: { readonly needed: boolean; readonly user: string | null };
  readonly chatlakeVersion: string;
}

/** A figure without its SQL. */
export type FigureDefinition = Omit<Figure, 'sql' | 'finish'>;

export interface FigureAnswer {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly channel: string | null;
  readonly source: string | null;
  /** The State's id that the rows belong to, and its versions. */
  readonly state: string;
  readonly versions: Readonly<Record<string, number>>;
  readonly rows: readonly Cells[];
}

export type WindowState = 'open' | 'pending' | 'published' | 'verified' | 'parked';

export interface WindowOfPages {
  readonly source: string;
  /** UTC hour of receipt, such as 2026-11-22T03. */
  readonly window: string;
  readonly state: WindowState;
  readonly received: number;
  readonly enriched: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Its run's page in the Temporal UI; null: no address of the UI is known. */
  readonly link: string | null;
}

/** What needs a person, and what to do about it. */
export interface Attention {
  readonly source: string;
  readonly thing: string;
  readonly since: string | null;
  readonly why: Text;
  /** The command or page that mends it. */
  readonly next: Text;
  readonly link: string | null;
}

/** How far one loop of `forward` is behind the ledger. */
export interface Lag {
  readonly source: string;
  readonly name: 'tables' | 'documents' | 'reports' | 'proof';
  readonly applied: number;
  readonly behind: number;
  readonly waiting: Text | null;
}

export interface ScheduleOfPages {
  readonly id: string;
  readonly paused: boolean;
  readonly next: string | null;
  readonly last: string | null;
  readonly link: string | null;
}

export interface Operations {
  readonly windows: readonly WindowOfPages[];
  readonly attention: readonly Attention[];
  readonly lags: readonly Lag[];
  readonly schedules: readonly ScheduleOfPages[];
  /** The newest messages that could not be read: where they lie and why, never what they say. */
  readonly samples: readonly {
    readonly source: string;
    readonly reason: string;
    readonly field: string;
    readonly at: string;
    readonly place: string;
  }[];
  /** Parts that did not answer, one sentence each: what is shown is without them. */
  readonly missing: readonly Text[];
  readonly temporalUi: string | null;
}

/** One message's way from receipt to report: places, counts and verdicts; no identity, no entity, no pseudonym, no content. */
export interface MessageWay {
  readonly notes: readonly Text[];
  readonly lines: readonly {
    readonly source: string;
    readonly place: string;
    /** How far it has come, and what happens next in one sentence. */
    readonly station: 'unsealed' | 'sealed' | 'published' | 'done';
    readonly next: Text;
    readonly receipt: {
      /** Null where its object cannot be read. */
      readonly at: string | null;
      readonly window: string;
      readonly readable: boolean;
      readonly objectLines: number;
      readonly bodyBytes: number | null;
    };
    readonly seal: string | null;
    readonly revisions: readonly {
      readonly revision: number;
      readonly ledgerVersion: number;
      readonly verdict: string;
      readonly reason: string | null;
      readonly meaning: Text | null;
      readonly field: string | null;
      readonly eventDate: string | null;
      readonly tables: readonly string[];
    }[];
    readonly rows: readonly {
      readonly table: string;
      readonly eventDate: string;
      /** Null: no live file holds it yet. */
      readonly file: string | null;
      readonly current: boolean;
    }[];
    readonly documents: readonly { readonly collection: string; readonly holds: 'this' | 'later' | 'not yet' }[];
    readonly reports: readonly { readonly name: string; readonly day: string; readonly ledgerVersion: number }[];
  }[];
}

export type { Cells, FigureColumn, Language, Text };
