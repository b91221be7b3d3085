/** Whether this gateway can write: what came of the last write. */
import { TransientError } from '../domain/errors.ts';

/** green: the last write landed. yellow: it failed and may succeed if tried again. red: somebody has to mend something; the log says what. */
export type Light = 'green' | 'yellow' | 'red';

export interface HealthReport {
  readonly status: Light;
  /** When that was found, ISO 8601. */
  readonly since: string;
}

export interface Health {
  readonly landed: () => void;
  readonly failed: (error: unknown) => void;
  /** What is known. Unless it is green, asking has the store tried again in the background, so that no traffic is needed to recover. */
  readonly report: () => HealthReport;
}

const TRY_EVERY_MS = 5_000;

/** Health from now on; starts green, because a gateway starts only after `probe` succeeded. */
export function createHealth({
  probe,
  now,
}: {
  readonly probe: () => Promise<void>;
  readonly now: () => number;
}): Health {
  let light: Light = 'green';
  let since = now();
  let tried = 0;
  let trying = false;

  const turn = (to: Light): void => {
    if (to !== light) since = now();
    light = to;
  };
  const health: Health = {
    landed: () => turn('green'),
    failed: (error) => turn(error instanceof TransientError ? 'yellow' : 'red'),
    report() {
      if (light !== 'green' && !trying && now() - tried >= TRY_EVERY_MS) {
        tried = now();
        trying = true;
        void probe()
          .then(health.landed, health.failed)
          .finally(() => (trying = false));
      }
      return { status: light, since: new Date(since).toISOString() };
    },
  };
  return health;
}
