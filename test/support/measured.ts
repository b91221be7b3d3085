/** What a bench measures, and how it adds up. */

/** Wall time, and the processor time of this process. */
export interface Turn {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Runs `work` and tells what it took. */
export async function measured(work: () => Promise<unknown>): Promise<Turn> {
  const [cpu, started] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - started, cpuMs: (user + system) / 1_000 };
}

/** The middle one, or the upper of two; NaN of none. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
