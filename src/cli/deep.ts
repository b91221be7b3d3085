/** The rows of `chatlake status --deep`. */
import type { Config } from '../wiring/config.ts';
import { askDeep } from '../wiring/deep.ts';
import type { DeepRow } from '../wiring/deep-row.ts';

const SIGNS = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const;

/** Tries every part and prints a line each, or with `json` one object. Resolves with the exit code: 1 when anything failed. */
export async function statusDeep(config: Config, json: boolean, print: (text: string) => void): Promise<0 | 1> {
  const rows = await askDeep(config);
  const failed = rows.some(({ verdict }) => verdict === 'fail');
  print(json ? JSON.stringify({ ok: !failed, rows }) : linesOf(rows).join('\n'));
  return failed ? 1 : 0;
}

function linesOf(rows: readonly DeepRow[]): readonly string[] {
  const width = Math.max(...rows.map(({ part, what }) => `${part}: ${what}`.length));
  return rows.map(({ part, what, verdict, found, mend }) => {
    const line = `${SIGNS[verdict]} ${`${part}: ${what}`.padEnd(width)}  ${found}`;
    return mend === undefined ? line : `${line}; ${mend}`;
  });
}
