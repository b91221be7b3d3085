/** Answers that are awaited on one connection. stompjs forgets its receipt watchers when a connection ends; these reject. */

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The answers one connection still owes. */
export interface Receipts {
  /** Resolves when `id` is settled. The time-out only reports: whoever hears it ends the connection, which rejects everything. */
  expect(id: string, timeoutMs: number, onTimeout: () => void): Promise<void>;
  settle(id: string): void;
  rejectAll(error: Error): void;
}

/** None are owed at first. */
export function createReceipts(): Receipts {
  const waiting = new Map<string, Waiting>();
  return {
    expect: (id, timeoutMs, onTimeout) =>
      new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject, timer: setTimeout(onTimeout, timeoutMs) });
      }),
    settle: (id) => {
      const one = waiting.get(id);
      clearTimeout(one?.timer);
      waiting.delete(id);
      one?.resolve();
    },
    rejectAll: (error) => {
      for (const one of waiting.values()) {
        clearTimeout(one.timer);
        one.reject(error);
      }
      waiting.clear();
    },
  };
}
