import type { StackFile } from '../../wiring/stack-file.ts';

export type { StackFile } from '../../wiring/stack-file.ts';

/** One row of the table every start prints: what was taken for a part, where it came from, and why that one. */
export interface PartChoice {
  readonly part: 'Temporal' | 'S3' | 'MongoDB' | 'ActiveMQ' | 'Telegram';
  readonly chosen: string;
  readonly version: string;
  readonly origin: string;
  readonly licence: string;
  readonly address: string;
  readonly why: string;
}

/** How to start. `dir` holds all data (made with mode 0700); `preferredPorts` tries the well-known ports first. */
export interface StartOptions {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly preferredPorts: boolean;
}

/** All parts, ready for clients. `stop` may be called more than once. */
export interface RunningParts {
  readonly stack: StackFile;
  readonly choices: PartChoice[];
  readonly notes: string[];
  stop(): Promise<void>;
}
