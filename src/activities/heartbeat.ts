/** Heartbeats of activities that work for long: they carry cancellation and let a dead worker be noticed. */
import { Context } from '@temporalio/activity';

const EVERY_MS = 5_000;

/** Beats while `work` runs. The event loop stays free: the heavy lifting is DuckDB's own threads. */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Throws CancelledFailure when this activity was cancelled: called between two units of work. */
export function throwIfCancelled(): void {
  Context.current().cancellationSignal.throwIfAborted();
}
