/** `chatlake explain`: the whole path of a message, from its receipt to the reports that count it. */
import type { Command } from 'commander';
import { englishJson } from '../inspect/english.ts';
import { explain, idContext } from '../inspect/explain.ts';
import type { Config } from '../wiring/config.ts';
import { openReaders } from '../wiring/ports.ts';
import { printExplained } from './explain/print.ts';

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
        print(options.json === true ? englishJson(explained) : printExplained(explained));
        if (explained.lines.length === 0) process.exitCode = 1;
      } finally {
        await close();
      }
    });
}
