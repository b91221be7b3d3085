/** Programs in processes of their own, so that memory and processor time that are measured are theirs alone. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a program answers its parent: one question at a time. */
export type Answering<Question, Answer> = (question: Question) => Promise<Answer>;

export interface OwnProcess<Question, Answer> {
  /** Throws when the process ends before it has answered. */
  readonly ask: Answering<Question, Answer>;
  close(): Promise<void>;
}

/** Starts a program that calls `answerParent`. */
export function startProcess<Question extends object, Answer>(program: URL): OwnProcess<Question, Answer> {
  const running = fork(program);
  const ended = once(running, 'exit');
  const failed = ended.then(() => Promise.reject(new Error(`${program.pathname} ended before it had answered`)));
  failed.catch(() => undefined);
  return {
    async ask(question) {
      const answered = once(running, 'message');
      running.send(question);
      const [answer] = (await Promise.race([answered, failed])) as [Answer];
      return answer;
    },
    async close() {
      if (running.connected) running.disconnect();
      await ended;
    },
  };
}

/** A process of the program that is asked once: what it measured is of that question alone. */
export function inOwnProcess<Question extends object, Answer>(program: URL): Answering<Question, Answer> {
  return async (question) => {
    const own = startProcess<Question, Answer>(program);
    try {
      return await own.ask(question);
    } finally {
      await own.close();
    }
  };
}

/** In such a process: answers what the parent asks until it hangs up. An error ends the process. Elsewhere nothing happens. */
export function answerParent<Question, Answer>(work: Answering<Question, Answer>): void {
  if (process.send === undefined) return;
  process.on('message', (question: Question) => {
    void work(question).then(
      (answer) => process.send?.(answer),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
