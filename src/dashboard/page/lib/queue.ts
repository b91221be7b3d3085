/** A few requests at a time, those of what is on the screen first: a browser opens six to a server, and one is the live stream's. */
const AT_ONCE = 4;

interface Job {
  readonly isFirst: () => boolean;
  readonly run: () => Promise<void>;
}

const waiting: Job[] = [];
let running = 0;

/** Runs a job when its turn comes; `isFirst` is asked then. The job tells of its own failure. */
export function enqueue(run: () => Promise<void>, isFirst: () => boolean): void {
  waiting.push({ run, isFirst });
  // After this turn, so that a page's cards are all in the document when the first are chosen.
  queueMicrotask(next);
}

function next(): void {
  if (running >= AT_ONCE || waiting.length === 0) return;
  const first = waiting.findIndex(({ isFirst }) => isFirst());
  const [job] = waiting.splice(Math.max(first, 0), 1);
  running += 1;
  void job?.run().finally(() => {
    running -= 1;
    next();
  });
  next();
}
