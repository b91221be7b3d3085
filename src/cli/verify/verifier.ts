/** Who verifies one source: what it is read with, how much of it, and where findings go. */
import type { Source } from '../../domain/formats/layout.ts';
import type { Readers } from '../../wiring/ports.ts';
import type { Report } from './findings.ts';

/** Receipt days, inclusive; absent: all. */
export interface Range {
  readonly from?: string;
  readonly to?: string;
}

interface Scope {
  /** False: only seals of some windows are looked at. */
  readonly all: boolean;
  readonly inRange: (day: string) => boolean;
}

export interface Verifier extends Readers, Scope {
  readonly source: Source;
  readonly report: Report;
}

/** What a range leaves to look at. */
export const scopeOf = ({ from, to }: Range): Scope => ({
  all: from === undefined && to === undefined,
  inRange: (day) => (from === undefined || day >= from) && (to === undefined || day <= to),
});
