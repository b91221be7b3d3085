import type { Children } from './children.ts';
import type { PortBook } from './ports.ts';
import type { Refusals } from './refusals.ts';
import type { Secrets } from './secrets.ts';
import type { PartChoice } from './types.ts';

/** What every part gets to work with. */
export interface PartContext {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  readonly ports: PortBook;
  readonly children: Children;
  readonly secrets: Secrets;
  readonly refusals: Refusals;
}

/** A part that accepts clients: its entry in the stack file, and its row in the table. */
export interface ReadyPart<Entry> {
  readonly entry: Entry;
  readonly choice: PartChoice;
}

/** A program of a part, and where it came from. */
export interface Program {
  readonly command: string;
  readonly version: string;
  readonly origin: string;
}
