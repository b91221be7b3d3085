/** The whole path of a message, from its receipt to the reports that count it: facts for terminal and pages. */
import { join } from 'node:path';
import type { Config } from '../wiring/config.ts';
import type { Readers } from '../wiring/ports.ts';
import { botIdOf } from '../wiring/telegram.ts';
import type { Explained, LineFacts } from './explain/facts.ts';
import { type IdContext, NoSuchLine, findLines } from './explain/find.ts';
import { explainLine } from './explain/line.ts';
import type { CopyPlace } from './ledger-copy.ts';
import { rawReader } from './raw-lines.ts';

export { NoSuchLine };

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

/** Explains every line of an id; `body` shows people's data too. Reads only. Throws NoSuchLine for a line that its object has not. */
export async function explain(ports: Readers, id: string, context: IdContext, body = false): Promise<Explained> {
  const readRaw = rawReader(ports);
  const { places, notes } = await findLines(ports, id, context, readRaw);
  const lines: LineFacts[] = [];
  for (const place of places) lines.push(await explainLine({ ports, readRaw, copy: context.copy, body }, place));
  return { id, lines, notes };
}
