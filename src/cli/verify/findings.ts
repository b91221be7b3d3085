/** What `verify` finds, and what it says of it. */

/** One broken promise: what, where, what is safe all the same, and what to do. */
export interface Finding {
  readonly what: string;
  /** A key of the store, or the place in a table or collection. */
  readonly where: string;
  readonly safe: string;
  readonly mend: string;
}

/** What a verification cannot vouch for. `where` is a key, or a prefix that ends in `/`. */
export interface Uncovered {
  readonly where: string;
  readonly why: string;
  readonly objects?: number;
  /** True for work that is not done yet: the next run makes it go away. */
  readonly waits?: true;
}

export type Kind =
  | 'ledger entries'
  | 'manifests'
  | 'ledger files'
  | 'seals'
  | 'table descriptions'
  | 'raw objects'
  | 'verified objects'
  | 'table files'
  | 'documents'
  | 'reports';

/** Collects while a verification goes on. */
export interface Report {
  readonly findings: Finding[];
  readonly uncovered: Uncovered[];
  readonly checked: Map<Kind, number>;
  /** Keys of the objects that were read, or are gone, but for the entries of logs. */
  readonly read: Set<string>;
  find(finding: Finding): void;
  count(kind: Kind, n?: number): void;
  /** Tells a person how far it is, not too often. */
  progress(text: string): void;
}

const PROGRESS_MS = 2_000;

/** An empty report; progress goes to `say`. */
export function newReport(say: (text: string) => void): Report {
  const report: Omit<Report, 'find' | 'count' | 'progress'> = {
    findings: [],
    uncovered: [],
    checked: new Map(),
    read: new Set(),
  };
  let shownAt = Date.now();
  return {
    ...report,
    find: (finding) => void report.findings.push(finding),
    count: (kind, n = 1) => void report.checked.set(kind, (report.checked.get(kind) ?? 0) + n),
    progress: (text) => {
      if (Date.now() - shownAt < PROGRESS_MS) return;
      shownAt = Date.now();
      say(text);
    },
  };
}

/** A finding as one sentence. */
export const sentence = ({ what, where, safe, mend }: Finding): string => `${where}: ${what}; ${safe}; ${mend}.`;

/** What is safe, and what to do, by what is broken. */
export const ADVICE = {
  ledger: {
    safe: 'raw, tables and documents are untouched',
    mend: 'restore the object from the bucket’s versions or a copy, and run no etl of this source before',
  },
  raw: {
    safe: 'its messages are judged, counted and in the tables',
    mend: 'restore the object from the bucket’s versions or a copy; until then its window cannot be rebuilt',
  },
  table: {
    safe: 'raw and the ledger hold every message',
    mend: 'restore the object; where its name does not begin with compact-, starting the workflow rebuildWindow for its windows makes its rows again',
  },
  documents: {
    safe: 'the table holds the rows',
    mend: 'run etl for the source; if it stays so, start the workflow rebuildWindow for the windows of the day',
  },
  reports: {
    safe: 'the table it was made of holds the rows',
    mend: 'restore the object, or start the workflow rebuildWindow for a window of the day: its report is made anew',
  },
  verified: {
    safe: 'it is a note about other objects, which are checked by themselves',
    mend: 'remove it and the snapshots below meta/ledger/, which cost time only, start the workers anew and run etl: reconcile proves the entry again',
  },
} as const;
