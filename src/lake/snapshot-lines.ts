/** The snapshot of a ledger: what its entries up to a version add up to, as lines of JSON. It changes speed, never an answer. */
import { type DeltaAction, type DeltaState, EMPTY_STATE, applyActions, stateActions } from '../domain/formats/delta.ts';
import { invariant } from '../domain/errors.ts';
import { FORMAT_VERSION, type Source } from '../domain/formats/layout.ts';
import { LedgerEntries } from './ledger-entries.ts';
import type { LedgerEntry } from '../domain/formats/ledger.ts';

/** Entries that are unpacked at the same time. */
const ENTRIES_AT_ONCE = 1_024;

export interface LedgerSnapshot {
  readonly state: DeltaState;
  readonly entries: LedgerEntries;
  /** Every entry up to this one is verified; −1 for none. */
  readonly verified: number;
  /** By report, the last entry that it has taken in. */
  readonly reported: Readonly<Record<string, number>>;
}

interface Header {
  readonly formatVersion: number;
  readonly source: Source;
  readonly version: number;
  readonly headSha256: string | null;
  readonly verified: number;
  readonly reported: Readonly<Record<string, number>>;
  /** Actions that follow, one per line; the entries come after them. */
  readonly actions: number;
}

/** The lines of a snapshot: a header, the actions that make the state, the entries in order. */
export function* encodeSnapshot(source: Source, snapshot: LedgerSnapshot): Generator<string> {
  const { state, entries, verified, reported } = snapshot;
  const actions = stateActions(state, 0);
  const header: Header = {
    formatVersion: FORMAT_VERSION,
    source,
    version: state.version,
    headSha256: state.headSha256,
    verified,
    reported,
    actions: actions.length,
  };
  yield JSON.stringify(header);
  for (const action of actions) yield JSON.stringify(action);
  for (const entry of entries) yield JSON.stringify(entry);
}

/** Reads a snapshot back. Throws InvariantViolation, or SyntaxError, for lines that are no whole snapshot of this source. */
export function decodeSnapshot(source: Source, lines: Iterable<string>): LedgerSnapshot {
  let header: Header | undefined;
  const actions: DeltaAction[] = [];
  let entries = LedgerEntries.NONE;
  let some: LedgerEntry[] = [];
  for (const line of lines) {
    if (header === undefined) header = checked(source, JSON.parse(line) as Header);
    else if (actions.length < header.actions) actions.push(JSON.parse(line) as DeltaAction);
    else if (some.push(JSON.parse(line) as LedgerEntry) >= ENTRIES_AT_ONCE) {
      entries = entries.with(some);
      some = [];
    }
  }
  entries = entries.with(some);
  invariant(header !== undefined, 'it is empty');
  const { version, headSha256, verified, reported } = header;
  invariant(
    actions.length === header.actions && entries.length === version + 1,
    `it holds ${actions.length} actions and ${entries.length} entries where version ${version} has ${header.actions} and ${version + 1}`,
  );
  invariant(verified <= version, `it calls entry ${verified} verified and ends at ${version}`);
  return { state: applyActions(EMPTY_STATE, { version, sha256: headSha256 }, actions), entries, verified, reported };
}

function checked(source: Source, header: Header): Header {
  invariant(
    header.formatVersion === FORMAT_VERSION && header.source === source,
    `its format is ${header.formatVersion} of ${header.source}, not ${FORMAT_VERSION} of ${source}`,
  );
  return header;
}
