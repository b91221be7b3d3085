/** getUpdates: waits for updates as the real server does; one caller at a time, the newer wins. */
import { ApiError } from './api-error.ts';
import type { Inbox } from './inbox.ts';

export interface PollRequest {
  readonly offset: number;
  readonly limit: number;
  readonly timeoutS: number;
}

const MAX_TIMEOUT_S = 50;
const MAX_LIMIT = 100;

export interface LongPoll {
  /** The updates as JSON texts. Throws ApiError 409 when another caller, or setWebhook, ends the waiting. */
  read(request: PollRequest, signal: AbortSignal): Promise<readonly string[]>;
  /** Ends the caller that waits, saying which request did. */
  terminate(by: string): void;
}

/** Nobody waits at first. A timeout is counted in real seconds, because the caller waits in them. */
export function openLongPoll(inbox: Inbox): LongPoll {
  let end: ((reason: ApiError | 'time' | 'gone') => void) | undefined;
  const terminate = (by: string): void => end?.(new ApiError(409, `Conflict: terminated by ${by}`));
  return {
    terminate,
    async read({ offset, limit, timeoutS }, signal) {
      terminate('other getUpdates request; make sure that only one bot instance is running');
      const many = Math.min(limit > 0 ? limit : MAX_LIMIT, MAX_LIMIT);
      const texts = (): string[] => inbox.read(offset, many).map(({ text }) => text);
      const found = texts();
      if (found.length > 0 || timeoutS <= 0) return found;
      const reason = await new Promise<ApiError | 'time' | 'gone'>((resolve) => {
        const look = (): void => {
          if (inbox.waiting().length > 0) done('time');
        };
        const gone = (): void => done('gone');
        const done = (why: ApiError | 'time' | 'gone'): void => {
          clearTimeout(timer);
          inbox.listeners.delete(look);
          signal.removeEventListener('abort', gone);
          if (end === done) end = undefined;
          resolve(why);
        };
        const timer = setTimeout(() => done('time'), Math.min(timeoutS, MAX_TIMEOUT_S) * 1_000);
        inbox.listeners.add(look);
        signal.addEventListener('abort', gone);
        end = done;
      });
      if (reason instanceof ApiError) throw reason;
      return reason === 'gone' ? [] : texts();
    },
  };
}
