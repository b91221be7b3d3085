/** The index of a ledger: what its entries up to a version add up to, as lines of JSON. It changes speed, never an answer. */
import { type DeltaAction, type DeltaState, EMPTY_STATE, applyActions, stateActions } from './delta.ts';
import { invariant } from './errors.ts';
import { FORMAT_VERSION, type Source } from './layout.ts';
import type { LedgerEntry } from './ledger.ts';

export interface LedgerIndex {
  readonly state: DeltaState;
  /** The commit of entry n; commits[n]. */
  readonly commits: readonly LedgerEntry[];
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
  /** Actions that follow, one per line; the commits come after them. */
  readonly actions: number;
}

/** The lines of an index: a header, the actions that make the state, the commits in order. */
export function* encodeIndex(source: Source, index: LedgerIndex): Generator<string> {
  const { state, commits, verified, reported } = index;
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
  for (const commit of commits) yield JSON.stringify(commit);
}

/** Reads an index back. Throws InvariantViolation, or SyntaxError, for lines that are no whole index of this source. */
export function decodeIndex(source: Source, lines: Iterable<string>): LedgerIndex {
  let header: Header | undefined;
  const actions: DeltaAction[] = [];
  const commits: LedgerEntry[] = [];
  for (const line of lines) {
    if (header === undefined) header = checked(source, JSON.parse(line) as Header);
    else if (actions.length < header.actions) actions.push(JSON.parse(line) as DeltaAction);
    else commits.push(JSON.parse(line) as LedgerEntry);
  }
  invariant(header !== undefined, 'it is empty');
  const { version, headSha256, verified, reported } = header;
  invariant(
    actions.length === header.actions && commits.length === version + 1,
    `it holds ${actions.length} actions and ${commits.length} commits where version ${version} has ${header.actions} and ${version + 1}`,
  );
  invariant(verified <= version, `it calls entry ${verified} verified and ends at ${version}`);
  return { state: applyActions(EMPTY_STATE, { version, sha256: headSha256 }, actions), commits, verified, reported };
}

function checked(source: Source, header: Header): Header {
  invariant(
    header.formatVersion === FORMAT_VERSION && header.source === source,
    `its format is ${header.formatVersion} of ${header.source}, not ${FORMAT_VERSION} of ${source}`,
  );
  return header;
}
