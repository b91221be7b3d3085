/** Whether this process can make messages durable and acknowledge them: what came of the last write, and of the intake. */
import { TransientError } from '../domain/errors.ts';

/** green: it works. yellow: it failed and may succeed if tried again. red: somebody has to mend something; the log says what. */
export type Light = 'green' | 'yellow' | 'red';

/** What has to work, as it was found. */
export interface Part {
  readonly light: Light;
  readonly sinceMs: number;
  readonly says?: string;
}
export type Parts = Readonly<Record<string, Part>>;

export interface PartHealth {
  readonly status: Light;
  /** When that was found, ISO 8601. */
  readonly since: string;
  /** What it is and what to do, where that is known. */
  readonly says?: string;
}

export interface HealthReport extends PartHealth {
  /** Whether traffic should come here: false when red, and when yellow for longer than a passing fault lasts. */
  readonly serving: boolean;
  readonly parts: Readonly<Record<string, PartHealth>>;
}

export interface Health {
  readonly landed: () => void;
  readonly failed: (error: unknown) => void;
  /** What is known. Unless the store is green, asking has it tried again in the background, so that no traffic is needed to recover. */
  readonly report: () => HealthReport;
}

export interface HealthParts {
  /** Resolves when the store can be written. */
  readonly probe: () => Promise<void>;
  readonly now: () => number;
  /** What else has to work, by name. */
  readonly others?: () => Parts;
  /** What is told and keeps no traffic away: messages are made durable and acknowledged all the same. */
  readonly beside?: () => Parts;
  /** Hears when the store turns red. */
  readonly onRed?: () => void;
}

const TRY_EVERY_MS = 5_000;
/** A fault that passes within this is no reason to send the traffic elsewhere. */
export const PASSING_MS = 10_000;
const WORSE: readonly Light[] = ['green', 'yellow', 'red'];

/** Health from now on; the store starts green, because a process starts only after `probe` succeeded. */
export function createHealth({
  probe,
  now,
  others = () => ({}),
  beside = () => ({}),
  onRed = () => undefined,
}: HealthParts): Health {
  let store: Part = { light: 'green', sinceMs: now() };
  let tried = 0;
  let trying = false;

  const turn = (to: Light): void => {
    if (to === store.light) return;
    store = { light: to, sinceMs: now() };
    if (to === 'red') onRed();
  };
  const health: Health = {
    landed: () => turn('green'),
    failed: (error) => turn(error instanceof TransientError ? 'yellow' : 'red'),
    report() {
      if (store.light !== 'green' && !trying && now() - tried >= TRY_EVERY_MS) {
        tried = now();
        trying = true;
        void probe()
          .then(health.landed, health.failed)
          .finally(() => (trying = false));
      }
      const needed = { store, ...others() };
      const all = { ...needed, ...beside() };
      const { status, since } = shown(worstOf(all));
      const { light, sinceMs } = worstOf(needed);
      const passing = light === 'yellow' && now() - sinceMs < PASSING_MS;
      return {
        status,
        since,
        serving: light === 'green' || passing,
        parts: Object.fromEntries(Object.entries(all).map(([name, part]) => [name, shown(part)])),
      };
    },
  };
  return health;
}

const worstOf = (parts: Readonly<{ store: Part }> & Parts): Part =>
  Object.values(parts).reduce((a, b) => (WORSE.indexOf(b.light) > WORSE.indexOf(a.light) ? b : a));

const shown = ({ light, sinceMs, says }: Part): PartHealth => ({
  status: light,
  since: new Date(sinceMs).toISOString(),
  ...(says === undefined ? {} : { says }),
});
