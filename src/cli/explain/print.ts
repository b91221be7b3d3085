/** Explanations as a person reads them. */
import { counted } from '../../inspect/counted.ts';
import type { Explained, Judgement, LineFacts } from '../../inspect/explain/facts.ts';

const row = (name: string, text: string): string => `  ${name.padEnd(10)} ${text}`;

/** The explanation of every line, then what was not looked at. */
export function printExplained({ id, lines, notes }: Explained): string {
  const found =
    lines.length === 0
      ? [`${id} is not known: no judged line has it as transport id, identity or entity, and no line that waits.`]
      : lines.map(printLine);
  return [...found, ...notes.map((note) => `note: ${note.en}`)].join('\n\n');
}

function printLine(line: LineFacts): string {
  const { receipt, seal, claim, rows, documents, reports } = line;
  const size = receipt.bodyBytes === null ? '' : `, body of ${receipt.bodyBytes} bytes`;
  return [
    `${line.source} ${line.place}`,
    row('received', `${receipt.at ?? 'unknown time'}, window ${receipt.window}, id ${receipt.transportId ?? 'none'}`),
    row(
      'raw',
      receipt.readable
        ? `readable, one of ${counted(receipt.objectLines, 'lines')}${size}`
        : 'NOT readable: the object is gone, altered, or has no such line; run chatlake verify',
    ),
    ...(receipt.headers === undefined ? [] : [row('headers', JSON.stringify(receipt.headers))]),
    ...(receipt.body === undefined ? [] : [row('body', receipt.body)]),
    row(
      'seal',
      seal === null ? 'none yet' : `${seal.name} (generation ${seal.generation}, ${counted(seal.lines, 'lines')})`,
    ),
    ...line.revisions.map((judgement) => row('judged', printJudgement(judgement))),
    ...(claim === null ? [] : [row('claim', `held by ${claim.place}, received ${claim.at ?? 'at an unknown time'}`)]),
    ...rows.map(({ table, file, rowGroup, current, issues }) =>
      row(
        'row',
        (file === null ? `of ${table}: in no live file yet` : `${file}, row group ${rowGroup ?? 0}`) +
          (current ? '' : '; a later version of its entity is current') +
          (issues.length === 0 ? '' : `; noticed: ${noticed(issues)}`),
      ),
    ),
    ...documents.map(({ collection, id, state, holds }) =>
      row(
        'document',
        `${collection} ${id}: ` +
          (state === null
            ? 'not there yet'
            : state.refused !== undefined
              ? `a stub, for the database refuses the document: ${state.refused}`
              : `holds ${holds === 'not yet' ? 'an older version' : holds === 'this' ? 'this version' : 'a later version'} (version ${state.version}, of ledger version ${state.at})`),
      ),
    ),
    ...reports.map(({ name, day, ledgerVersion }) =>
      row('report', `${name} of ${day} counts it since ledger version ${ledgerVersion}`),
    ),
    row(line.station === 'done' ? 'done' : 'next', line.next.en),
  ].join('\n');
}

function printJudgement({ verdict, reason, meaning, field, revision, ledgerVersion, code, tables }: Judgement): string {
  const why =
    reason === null ? '' : `: ${reason}${field === null || field === '' ? '' : ` at ${field}`} (${meaning?.en ?? ''})`;
  const to = tables.length === 0 ? '' : `, to ${tables.join(' and ')}`;
  return `${verdict}${why}${to}; ledger entry ${ledgerVersion}, revision ${revision}, by ${code}`;
}

/** What was noticed, each thing once: a message may repeat it for every one of its words. */
export function noticed(issues: readonly { readonly field: string; readonly code: string }[]): string {
  const times = new Map<string, number>();
  for (const { field, code } of issues) times.set(`${field} ${code}`, (times.get(`${field} ${code}`) ?? 0) + 1);
  return [...times].map(([what, n]) => (n === 1 ? what : `${what} (${n} times)`)).join(', ');
}
