import type { PortName } from './ports.ts';
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
  /** Ports a person has named; one that is taken is refused. */
  readonly ports?: Readonly<Partial<Record<PortName, number>>>;
  /** Ask again for what was refused within the last day. */
  readonly retry?: boolean;
}

/** All parts, ready for clients. `stop` may be called more than once. */
export interface RunningParts {
  readonly stack: StackFile;
  readonly choices: PartChoice[];
  readonly notes: string[];
  /** Seconds each part took, fetching included. */
  readonly took: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}
