/** What a bench measures, and how it adds up. */
import { readFileSync } from 'node:fs';

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

/** The peak of this process's memory, MB: on Linux what the kernel says of it now, for its resource usage begins with what the parent had when it forked. */
export function peakMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1_024;
  const [, kb] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kb) / 1_024;
}

/** The middle one, or the upper of two; NaN of none. */
export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
