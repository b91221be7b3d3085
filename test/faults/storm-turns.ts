/**
 * Who goes on: of several lanes of work one runs at a time, from one call to the outside (the store, the documents) to another, and a
 * random generator says which. So the interleaving of everything that lanes can see of each other is a function of the seed.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface Lane {
  readonly name: string;
  /** Calls that wait for the lane's next turn. */
  readonly waiting: (() => void)[];
  /** Work of the lane on threads of its own, which nobody else can see. */
  native: number;
  /** Grows with every call, so that a lane that stands still is told from one that works. */
  calls: number;
  /** The process in which it works. */
  process: string;
  /** It waits in the middle of what others in its process wait for, too. */
  isAwaited: boolean;
}

export interface Turns {
  /** Adds a lane; it begins at its first turn. Also from within another one. */
  start(name: string, work: () => Promise<void>): void;
  /** Work in a process, which it may share with other lanes. */
  within<T>(process: string, work: () => Promise<T>): Promise<T>;
  /**
   * A call to the outside: goes on at once, or at a later turn. Nothing outside of lanes. `isAwaited`: others in this process may wait for
   * what is called, so that they cannot go on before.
   */
  pass(isPause: boolean, isAwaited?: boolean): Promise<void>;
  /** Work that takes its time without a call. */
  native<T>(work: () => Promise<T>): Promise<T>;
  /** Until every lane is over; throws the first error of any. */
  run(): Promise<void>;
}

const LOOK_MS = 2;
/** Looks in a row at which a lane neither calls nor works though it may wait for another one in its process: then it does. */
const LOOKS = 25;
/** Looks without any lane that could go on: a minute or more. */
const STUCK = 30_000;

const isReading = (): boolean => process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));

/** Opens the turns; `next` is a random generator of its own. */
export function openTurns(next: () => number): Turns {
  const current = new AsyncLocalStorage<Lane>();
  const lanes = new Set<Lane>();
  let running: Lane | undefined;
  let failed: { readonly error: unknown } | undefined;
  let changed = (): void => undefined;

  const wait = (lane: Lane): Promise<void> => new Promise((resolve) => lane.waiting.push(resolve));
  /** Until something changes, or it is time to look. */
  const look = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      changed = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** After a failure every lane ends at its next call, so that nothing of it goes on. */
  function checkGoing(): void {
    if (failed !== undefined) throw new Error('the storm is over');
  }

  function yieldTurn(lane: Lane): void {
    if (running === lane) running = undefined;
    changed();
  }

  const mayWait = ({ process: own }: Lane): boolean =>
    [...lanes].some(({ process, isAwaited, waiting }) => isAwaited && waiting.length > 0 && process === own);

  /** Until the lane has given its turn away, or waits for another lane. */
  async function settled(lane: Lane): Promise<void> {
    let seen = lane.calls;
    let idle = 0;
    for (let looks = 0; running === lane && idle < LOOKS && looks < STUCK; looks += 1) {
      await look();
      const isBusy = lane.native > 0 || lane.calls !== seen || isReading();
      idle = isBusy || !mayWait(lane) ? 0 : idle + 1;
      seen = lane.calls;
    }
    running = undefined;
  }

  return {
    start(name, work) {
      const lane: Lane = { name, waiting: [], native: 0, calls: 0, process: '', isAwaited: false };
      lanes.add(lane);
      const begin = async (): Promise<void> => {
        await wait(lane);
        await work();
      };
      void current
        .run(lane, begin)
        .catch((error: unknown) => (failed ??= { error }))
        .finally(() => {
          lanes.delete(lane);
          yieldTurn(lane);
        });
    },
    async within(process, work) {
      const lane = current.getStore();
      if (lane !== undefined) lane.process = process;
      return work();
    },
    async pass(isPause, isAwaited = false) {
      const lane = current.getStore();
      if (lane === undefined) return;
      lane.calls += 1;
      checkGoing();
      if (lane === running && !isPause) return;
      lane.isAwaited ||= isAwaited;
      yieldTurn(lane);
      await wait(lane);
      lane.isAwaited = false;
      checkGoing();
    },
    async native(work) {
      const lane = current.getStore();
      if (lane === undefined) return work();
      lane.native += 1;
      try {
        return await work();
      } finally {
        lane.native -= 1;
        lane.calls += 1;
      }
    },
    async run() {
      for (let stuck = 0; lanes.size > 0 && stuck < STUCK;) {
        const ready = [...lanes].filter(({ waiting }) => waiting.length > 0);
        const lane = ready[Math.floor(next() * ready.length)];
        stuck = lane === undefined ? stuck + 1 : 0;
        if (lane === undefined) await look();
        else {
          running = lane;
          for (const go of lane.waiting.splice(0)) go();
          await settled(lane);
        }
      }
      if (failed !== undefined) throw failed.error;
      if (lanes.size > 0)
        throw new Error(`these lanes wait for ever: ${[...lanes].map(({ name }) => name).join(', ')}`);
    },
  };
}
