/** Where the time of a start goes. */

export interface StepClock {
  /** Seconds since the clock's last step go to this name. */
  step(name: string): void;
  /** One line: the steps, and the whole since the command began. */
  line(details: Readonly<Record<string, number>>): string;
}

/** The time before the first step is what it took to get here: packages, building, loading. */
export function stepClock(now: () => number = () => performance.now()): StepClock {
  const steps: [string, number][] = [];
  let last = 0;
  return {
    step: (name) => {
      steps.push([name, (now() - last) / 1000]);
      last = now();
    },
    line: (details) => {
      const shown = (all: readonly (readonly [string, number])[]): string =>
        all.map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`).join(', ');
      const parts = Object.entries(details);
      const inner = parts.length > 0 ? ` (parts side by side: ${shown(parts)})` : '';
      return `seconds: ${shown(steps)}${inner}; ${(now() / 1000).toFixed(1)} in all`;
    },
  };
}
