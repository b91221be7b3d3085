/** What `maintain` takes. */
import { CONTRACTS } from '../contracts/index.ts';
import type { Source } from '../layout.ts';
import type { Scope } from '../upkeep/compaction.ts';
import { givenFields } from './given.ts';

/** The steps of upkeep, in the order in which they run. */
export const UPKEEP_STEPS = [
  ...(['compact', 'merge', 'index', 'checkpoint'] as const),
  ...(['settle', 'vacuum', 'purge', 'sweep', 'oddities'] as const),
] as const;
export type UpkeepStep = (typeof UPKEEP_STEPS)[number];

/** What an hourly round does; the rest looks at everything there is, once a day. */
const STEPS_OF_CURRENT: readonly UpkeepStep[] = ['compact', 'merge', 'index', 'checkpoint'];
const SCOPES: readonly Scope[] = ['current', 'closed', 'all'];

export interface MaintainInput {
  /** Absent: every source. */
  readonly source?: Source;
  /** Absent: those that suit the scope. */
  readonly steps?: readonly UpkeepStep[];
  /** Lists what would be done. */
  readonly dryRun?: boolean;
  /** Which event dates are compacted; absent: the current one. */
  readonly scope?: Scope;
}

/** What a round does, in full. */
export interface Round {
  readonly sources: readonly Source[];
  readonly steps: readonly UpkeepStep[];
  readonly dryRun: boolean;
  readonly scope: Scope;
}

const MAINTAIN = {
  fields: ['source', 'steps', 'dryRun', 'scope'],
  sample: `{"scope":"closed","dryRun":true}, {"source":"desk","steps":["compact"],"scope":"all"} or {} for the hourly round; steps: ${UPKEEP_STEPS.join(', ')}`,
} as const;

/** Reads the input of `maintain`. Throws PermanentError. */
export function readMaintainInput(value: unknown): Round {
  const given = givenFields(value, MAINTAIN);
  const source = given.source('source');
  const asked = given.value('scope') ?? 'current';
  const scope = SCOPES.find((name) => name === asked) ?? given.fail(`"scope" must be one of ${SCOPES.join(', ')}`);
  const named = given.value('steps');
  const isStep = (step: unknown): step is UpkeepStep => UPKEEP_STEPS.some((name) => name === step);
  if (named !== undefined && !(Array.isArray(named) && named.length > 0 && named.every(isStep)))
    given.fail(`"steps" must be a list of ${UPKEEP_STEPS.join(', ')}`);
  const wanted =
    (named as readonly UpkeepStep[] | undefined) ?? (scope === 'current' ? STEPS_OF_CURRENT : UPKEEP_STEPS);
  return {
    sources: source === undefined ? [...CONTRACTS.keys()] : [source],
    steps: UPKEEP_STEPS.filter((step) => wanted.includes(step)),
    dryRun: given.flag('dryRun', false),
    scope,
  };
}
