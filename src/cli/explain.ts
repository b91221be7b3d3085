/** `chatlake explain`: the whole path of a message, from its receipt to the reports that count it. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../wiring/config.ts';
import { type Readers, openReaders } from '../wiring/ports.ts';
import { botIdOf } from '../wiring/telegram.ts';
import type { Explained, LineFacts } from './explain/facts.ts';
import { type IdContext, findLines } from './explain/find.ts';
import { explainLine } from './explain/line.ts';
import { printExplained } from './explain/print.ts';
import type { CopyPlace } from './ledger-copy.ts';
import { rawReader } from './raw-lines.ts';

/** What the verbs of this file's neighbours are handed: the configuration, read when one runs, and where it prints. */
export interface VerbNeeds {
  readonly config: () => Config;
  readonly print: (text: string) => void;
  /** Progress and notices: stderr, so that what is printed can be piped. */
  readonly say: (text: string) => void;
}

interface ExplainOptions {
  readonly body?: boolean;
  readonly json?: boolean;
}

/** Adds the verb. It ends with 1 when the id is not known. */
export function addExplain(program: Command, { config, print, say }: VerbNeeds): void {
  program
    .command('explain')
    .description('the whole path of a message: receipt, raw, seal, verdict and why, file, document, reports')
    .argument('<id>', 'transport id, Telegram update id, entity or document id, or a place: raw/…ndjson.gz#line')
    .option('--body', 'show headers and body too: people’s data in clear')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  chatlake explain desk:ID:host-1:1:1:7')
    .action(async (id: string, options: ExplainOptions) => {
      const own = config();
      const { ports, close } = await openReaders(own);
      try {
        const explained = await explain(ports, id, idContext(own, say), options.body === true);
        print(options.json === true ? JSON.stringify(explained) : printExplained(explained));
        if (explained.lines.length === 0) process.exitCode = 1;
      } finally {
        await close();
      }
    });
}

/** Where copies of ledgers lie for a configuration. */
export const copyPlace = (config: Config, say: (text: string) => void): CopyPlace => ({
  folder: join(config.WORK_DIR, 'ledger-copy'),
  say,
});

/** How ids are spelt in a configuration's lake. */
export const idContext = (config: Config, say: (text: string) => void): IdContext => ({
  brokerName: config.BROKER_NAME,
  botId: botIdOf(config),
  copy: copyPlace(config, say),
});

/** Explains every line of an id; `body` shows people's data too. Reads only. Throws PermanentError for a line that its object has not. */
export async function explain(ports: Readers, id: string, context: IdContext, body = false): Promise<Explained> {
  const readRaw = rawReader(ports);
  const { places, notes } = await findLines(ports, id, context, readRaw);
  const lines: LineFacts[] = [];
  for (const place of places) lines.push(await explainLine({ ports, readRaw, copy: context.copy, body }, place));
  return { id, lines, notes };
}
