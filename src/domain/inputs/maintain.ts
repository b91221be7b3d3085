/** What `maintain` takes. */
import { CONTRACTS } from '../sources/index.ts';
import type { Source } from '../formats/layout.ts';
import { givenFields } from './given.ts';

/** The steps of upkeep, in the order in which they run. */
export const UPKEEP_STEPS = [
  ...(['compact', 'merge', 'snapshot', 'checkpoint'] as const),
  ...(['settle', 'vacuum', 'purge', 'sweep', 'oddities'] as const),
] as const;
export type UpkeepStep = (typeof UPKEEP_STEPS)[number];

/** What an hourly round does; the rest looks at everything there is, once a day. */
const HOURLY_STEPS: readonly UpkeepStep[] = ['compact', 'merge', 'snapshot', 'checkpoint'];

export interface MaintainInput {
  /** Absent: every source. */
  readonly source?: Source;
  /** Absent: those of the hourly round. */
  readonly steps?: readonly UpkeepStep[];
  /** Lists what would be done. */
  readonly dryRun?: boolean;
}

/** What a round does, in full. */
export interface Round {
  readonly sources: readonly Source[];
  readonly steps: readonly UpkeepStep[];
  readonly dryRun: boolean;
}

const MAINTAIN = {
  fields: ['source', 'steps', 'dryRun'],
  sample: `{"steps":["vacuum"],"dryRun":true}, {"source":"desk","steps":["compact"]} or {} for the hourly round; steps: ${UPKEEP_STEPS.join(', ')}`,
} as const;

/** Reads the input of `maintain`. Throws PermanentError. */
export function readMaintainInput(value: unknown): Round {
  const given = givenFields(value, MAINTAIN);
  const source = given.source('source');
  const named = given.value('steps');
  const isStep = (step: unknown): step is UpkeepStep => UPKEEP_STEPS.some((name) => name === step);
  if (named !== undefined && !(Array.isArray(named) && named.length > 0 && named.every(isStep)))
    given.fail(`"steps" must be a list of ${UPKEEP_STEPS.join(', ')}`);
  const wanted = (named as readonly UpkeepStep[] | undefined) ?? HOURLY_STEPS;
  return {
    sources: source === undefined ? [...CONTRACTS.keys()] : [source],
    steps: UPKEEP_STEPS.filter((step) => wanted.includes(step)),
    dryRun: given.flag('dryRun', false),
  };
}
