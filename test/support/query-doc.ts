/** The statements and programs of docs/query.md. */
import { readFileSync } from 'node:fs';

/** The block with this info string, every name in it that stands for the reader's own put in place. Throws where the page has it not, or a name not. */
export function snippet(info: string, own: Readonly<Record<string, string>> = {}): string {
  const blocks = [...readFileSync('docs/query.md', 'utf8').matchAll(/^```(.+)\n([^]*?)^```$/gm)];
  const found = blocks.filter(([, name]) => name === info);
  if (found.length !== 1) throw new Error(`docs/query.md has ${found.length} blocks "${info}"`);
  return Object.entries(own).reduce((text, [name, value]) => {
    if (!text.includes(name)) throw new Error(`the block "${info}" of docs/query.md does not name ${name}`);
    return text.replaceAll(name, value);
  }, found[0]![2]!);
}
