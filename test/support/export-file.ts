/** Telegram Desktop exports for tests, as its own writer lays them out, of any size without holding them. */
import { closeSync, openSync, writeSync } from 'node:fs';

/** An ordinary message of about 700 bytes, as a busy group has them. */
export function exportMessageText(id: number): string {
  const text = `Pedido ${id}: \\"caixa {${id % 97}}\\" não chegou € 😀 `.repeat(5);
  return JSON.stringify(
    {
      id,
      type: 'message',
      date: '2026-11-20T09:00:00',
      date_unixtime: String(1_795_000_000 + id),
      from: 'Cliente',
      from_id: `user${1_000 + (id % 500)}`,
      text,
      text_entities: [{ type: 'plain', text }],
    },
    undefined,
    1,
  ).replaceAll('\n', '\n  ');
}

/** Writes an export of one supergroup with at least `bytes` of messages; returns how many messages it holds. */
export function writeExport(path: string, bytes: number): number {
  const file = openSync(path, 'w');
  try {
    writeSync(file, '{\n "name": "Atendimento",\n "type": "private_supergroup",\n "id": 1500000001,\n "messages": [');
    let id = 0;
    for (let written = 0; written < bytes;) {
      const part: string[] = [];
      for (let n = 0; n < 1_000; n += 1) part.push(`${id === 0 ? '' : ','}\n  ${exportMessageText((id += 1))}`);
      written += writeSync(file, part.join(''));
    }
    writeSync(file, '\n ]\n}');
    return id;
  } finally {
    closeSync(file);
  }
}
