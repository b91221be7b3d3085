/** A backfill as a person reads it: in a terminal, and in Markdown in the Temporal UI. */
import { countsLine } from '../counts.ts';
import type { BackfillPlan, BackfillProgress, CombinedDiff } from './backfill.ts';
import type { Window } from '../window.ts';

/** What a compared rebuild would change, line by line. */
export const diffText = ({ windows, totals, ref }: CombinedDiff): readonly string[] => [
  `${windows} window(s) compared: ${totals.lines} messages with another verdict or reason`,
  ...Object.entries(totals.tables).map(
    ([table, { before, after, onlyBefore, onlyAfter, changed }]) =>
      `${table}: ${before} rows before, ${after} after; ${onlyBefore} go, ${onlyAfter} come, ${changed} change`,
  ),
  `the diffs of the windows: ${ref}`,
];

const BAR = 24;

/** A bar of blocks with its share, such as `██████░░ 75 %`. */
export function bar(done: number, all: number): string {
  const share = all === 0 ? 1 : done / all;
  return `${'█'.repeat(Math.floor(share * BAR)).padEnd(BAR, '░')} ${Math.floor(100 * share)} %`;
}

/** `1 h 5 min`, `2 min 10 s`, `8 s`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole >= 3_600) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole} s`;
}

/** The plan in a sentence or two. */
export function planText({
  windows,
  lines,
  bytes,
  skipped,
  unpublished,
  first,
  last,
  estimate: time,
}: BackfillPlan): string {
  const others = [
    ...(skipped === 0 ? [] : [`${skipped} of the range are done already`]),
    ...(unpublished === 0 ? [] : [`${unpublished} are not published yet and left to etl`]),
  ];
  const rest = others.length === 0 ? '' : ` ${others.join('; ')}.`;
  if (windows === 0) return `Nothing is to be done.${rest}`;
  return `${windows} window(s) from ${first ?? ''} to ${last ?? ''}: ${lines} messages, ${(bytes / 1e6).toFixed(1)} MB of raw objects; about ${duration(time.seconds)} (${time.basis}).${rest}`;
}

/** The progress as one line for a terminal. */
export function progressLine(progress: BackfillProgress): string {
  const { phase, paused, plan, total, done, failed, left, perSecond, secondsLeft } = progress;
  if (plan === null) return 'planning';
  const tail = [
    `${done} done`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    `${left} left`,
    ...(perSecond > 0 ? [`${perSecond.toFixed(1)}/s`, `${duration(secondsLeft)} to go`] : []),
  ];
  return `${bar(total - left, total)}  ${paused ? 'paused' : phase}: ${tail.join(', ')}`;
}

/** The progress in Markdown, for the Temporal UI. `linkOf` gives the address of a window's own run. */
export function progressMarkdown(progress: BackfillProgress, linkOf: (window: Window) => string): string {
  const { plan, running, failed, failures, counts, diff, decideBy } = progress;
  const linked = (window: Window): string => `[${window}](${linkOf(window)})`;
  const waits =
    decideBy === null
      ? []
      : [`**Compared, nothing published.** Send the signal \`publish\` or \`discard\`; discarded at ${decideBy}.`];
  const sentence = (text: string): string => text.replace(/[|\s]+/g, ' ');
  return [
    `\`${progressLine(progress)}\``,
    ...waits,
    ...(plan === null ? [] : [planText(plan)]),
    `published: ${countsLine(counts)}`,
    ...(diff === null
      ? []
      : [
          diffText(diff)
            .map((line) => `- ${line}`)
            .join('\n'),
        ]),
    ...(running.length === 0 ? [] : [`at work: ${running.map(linked).join(', ')}`]),
    ...(failed === 0
      ? []
      : [
          [
            '| failed | why |',
            '|---|---|',
            ...failures.map(({ window, reason }) => `| ${linked(window)} | ${sentence(reason)} |`),
            ...(failed > failures.length ? [`| and ${failed - failures.length} more | |`] : []),
          ].join('\n'),
        ]),
  ].join('\n\n');
}
