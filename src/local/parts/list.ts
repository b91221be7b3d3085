/** What a start is about to do, before anything is fetched. */
import { type Fetch, cacheRoot, isCached } from './cache.ts';
import type { PartContext } from './context.ts';
import { type Plan, usable } from './ways.ts';

/** One line a part: what is here, what will be fetched and how much, what stands in; then the sum and where it goes. */
export function partsList(plans: readonly Plan[], context: PartContext): string {
  const { env, refusals } = context;
  const all = new Map<string, Fetch>();
  const lines = plans.map((plan) => {
    const [way] = usable(plan, context);
    if (way === undefined) return `  nothing   ${plan.part}: ${plan.mend}`;
    const fetches = way.fetches.filter((fetch) => !isCached(fetch, env));
    for (const fetch of fetches) all.set(fetch.name, fetch);
    const refused = plan.ways
      .slice(0, plan.ways.indexOf(way))
      .flatMap((before) => before.fetches.flatMap((fetch) => refusals.of(fetch) ?? []));
    const because = [...(way.standIn === true ? plan.missing : []), ...refused];
    const verb = fetches.length > 0 ? 'to fetch' : way.standIn === true ? 'instead' : 'here';
    const amount = fetches.length > 0 ? `, about ${megabytes(fetches)} MB` : '';
    return `  ${verb.padEnd(9)} ${plan.part}: ${way.what}${amount}${because.length > 0 ? ` (${because.join('; ')})` : ''}`;
  });
  const fetches = [...all.values()];
  const sum =
    fetches.length === 0
      ? '  nothing has to be fetched'
      : `  about ${megabytes(fetches)} MB in all, into ${cacheRoot(env)}; what cannot be had is said below, with what is done instead`;
  return ['parts:', ...lines, sum].join('\n');
}

const megabytes = (fetches: readonly Fetch[]): number => fetches.reduce((sum, fetch) => sum + fetch.megabytes, 0);
